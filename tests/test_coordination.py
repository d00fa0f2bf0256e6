"""Many accounts in near-identical words are found, whatever the order; people who say the same short thing are not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import MONDAY, make_item, make_judged, make_opinion, make_post, make_settings
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from monitor import alerts, coordination, digest, issue, settings
from monitor.cli import main
from monitor.coordination import Said, find, once
from monitor.declarations import Rule
from monitor.privacy import SECRET
from monitor.records import Fate, Item
from monitor.settings import CoordinationSettings
from monitor.store import Store
from monitor.stories import fingerprint
from monitor.trends import tally

RULE = CoordinationSettings()
SLOGAN = "Полиция нашего города работает честно и быстро, жители благодарны за порядок на каждой улице и спокойный сон"
SHORT = "Спасибо полиции за тишину в городе"
OTHERS = "Вчера полиция приехала через час после звонка, протокол писали до утра, а вора так и не нашли, стыдно читать"


def said(number, text=SLOGAN, minutes=None, **given):
    values = {"post_id": f"p{number:04}", "account": f"a{number}", "source": "forum", "kind": "comment",
              "published": MONDAY + timedelta(minutes=number if minutes is None else minutes), "text": text,
              "fingerprint": fingerprint(text)} | given  # fmt: skip
    return Said(**values)


def sizes(found):
    return sorted((sum(p.chorus == c for p in found.values()), max(p.account for p in found.values() if p.chorus == c))
                  for c in {p.chorus for p in found.values()})  # fmt: skip


def test_near_identical_words_of_many_accounts_are_one_chorus():
    changed = SLOGAN.replace("спокойный сон", "мирный сон")
    voices = [said(n, changed if n % 2 else SLOGAN) for n in range(6)]
    voices.append(said(7, account="a1", text=SLOGAN.upper() + "!!!"))  # one of them says it twice
    other = said(9, OTHERS)
    found = find([other, *voices], RULE)
    assert {p.chorus for p in found.values()} == {"p0000"}
    assert sizes(found) == [(7, 6)]
    assert found["p0007"].account == found["p0001"].account
    assert other.post_id not in found


@pytest.mark.parametrize(
    "voices",
    [
        [said(n, "Молодцы, полиция!") for n in range(40)],
        [said(n, SHORT, n) for n in range(RULE.short_accounts - 1)],
        [said(n) for n in range(RULE.accounts - 1)],
        [said(n, account="the same") for n in range(30)],
        [said(n, minutes=n * 60 * 13) for n in range(30)],
        [said(n, kind="article") for n in range(0)],
        [said(n, kind="post", source=f"channel{n}", account=f"channel{n}") for n in range(12)],
        [said(n, " ".join(f"{w}{n}" for w in SLOGAN.split())) for n in range(30)],
    ],
    ids=["well done, police", "few in short words", "few", "one who repeats", "over weeks", "nobody",
         "channels that reprint", "other words"],
)  # fmt: skip
def test_what_is_no_coordination(voices):
    assert find(voices, RULE) == {}


def test_short_words_must_be_the_same_and_of_many():
    voices = [said(n, SHORT if n % 2 else SHORT.upper() + "!") for n in range(RULE.short_accounts)]
    assert sizes(find(voices, RULE)) == [(10, 10)]
    other = [said(n, SHORT if n % 2 else SHORT + " нашем") for n in range(2 * RULE.short_accounts - 2)]
    assert find(other, RULE) == {}


def test_posts_of_people_in_one_source_count_and_a_wall_that_joins_in_is_told_with_them():
    voices = [said(n, kind="post", source="network") for n in range(5)]
    wall = said(9, kind="post", source="wall", account="wall")
    assert sizes(find([*voices, wall], RULE)) == [(6, 6)]
    assert find([*voices[:4], wall], RULE) == {}


def test_a_formula_that_is_usual_is_no_coordination():
    crowd = [said(1000 + n, f"Мнение {n} о патруле", minutes=n * 10) for n in range(400)]
    formula = [said(n, minutes=40_000 + n) for n in range(5)]
    before = [said(100 + n, minutes=3000 + 400 * n) for n in range(90)]  # now and then in the weeks before
    assert sizes(find([*crowd, *formula], RULE)) == [(5, 5)]
    assert find([*crowd, *formula, *before], RULE) == {}


def test_days_of_a_campaign_do_not_become_usual():
    days = [said(100 * day + n, minutes=1440 * day + n) for day in range(10) for n in range(6)]
    assert sizes(find(days, RULE)) == [(6, 6)] * 10


def plainly(posts, rule):
    """Find cores by their definition, and join them until nothing changes; for texts that are the same or not."""
    reach = timedelta(hours=rule.hours)
    posts = sorted(posts, key=lambda p: (p.published, p.post_id))

    def around(post, among):
        return [p for p in among if p.text == post.text and abs(p.published - post.published) <= reach]

    dense = [p for p in posts if len({x.account for x in around(p, posts)}) >= rule.accounts]
    cores = [p for p in dense if _rare(p, posts, dense, around, rule)]
    chorus = {p.post_id: p.post_id for p in cores}
    for _ in cores:
        for p in cores:
            chorus[p.post_id] = min(chorus[x.post_id] for x in around(p, cores))
    for p in posts:
        if p.post_id not in chorus and (near := around(p, cores)):
            chorus[p.post_id] = chorus[near[0].post_id]
    return chorus


def _rare(post, posts, dense, around, rule):
    from scipy.stats import nbinom

    reach = timedelta(hours=rule.hours)
    now = [p for p in posts if abs(p.published - post.published) <= reach]
    begin = post.published - reach
    past = [p for p in posts if begin - timedelta(days=rule.history_days) <= p.published < begin]
    usual = sum(p.text == post.text and p not in dense for p in past)
    accounts = len({p.account for p in around(post, posts)})
    seen = coordination.SEEN + len(past)
    return nbinom.sf(accounts - 1, coordination.SHAPE + usual, seen / (seen + len(now))) <= rule.level


POSTS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 60), st.sampled_from([SLOGAN, OTHERS])), min_size=1, max_size=40
)
LOOSE = CoordinationSettings(accounts=3, hours=3, history_days=1, level=1e-4)


@hypothesis(max_examples=150, deadline=None)
@given(POSTS, st.randoms())
def test_the_definition_and_the_order(drawn, random):
    posts = [said(n, text, account=f"a{who}", minutes=hour * 60) for n, (who, hour, text) in enumerate(drawn)]
    found = find(posts, LOOSE)
    plain = plainly(posts, LOOSE)
    first = {c: min((p.published, p.post_id) for p in posts if plain.get(p.post_id) == c)[1] for c in plain.values()}
    assert {p: part.chorus for p, part in found.items()} == {p: first[c] for p, c in plain.items()}
    random.shuffle(posts)
    assert find(posts, LOOSE) == found


@hypothesis(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(POSTS, st.randoms(), st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_the_database_finds_the_same_however_posts_arrive(tmp_path_factory, drawn, random, batches):
    posts = [
        make_post(n, kind="comment", text=text, title="", author_key=f"a{who}", fingerprint=fingerprint(text),
                  published=MONDAY + timedelta(hours=hour, seconds=n))
        for n, (who, hour, text) in enumerate(drawn)
    ]  # fmt: skip
    everything = [Said(post_id=p.id, account=p.author_key, source=p.source, kind=p.kind, published=p.published,
                       text=p.text, fingerprint=p.fingerprint) for p in posts]  # fmt: skip
    random.shuffle(posts)
    with Store.open(tmp_path_factory.mktemp("store") / "senim.db") as store:
        while posts:
            size = batches[len(posts) % len(batches)]
            store.add(
                store.begin("test"), [Item(key=p.url, source=p.source, fate=Fate.STORED, post=p) for p in posts[:size]]
            )
            del posts[:size]
            store.mark_choruses(LOOSE)
            assert store.mark_choruses(LOOSE) == 0
        rows = store.rows(
            "SELECT id, chorus.chorus AS name, account FROM chorus JOIN post ON number = post WHERE name != ''"
        )
        assert {r["id"]: (r["name"], r["account"]) for r in rows} == {
            post: (part.chorus, part.account) for post, part in find(everything, LOOSE).items()
        }
        store.mark_choruses(CoordinationSettings(accounts=50))
        assert store.choruses() == []


def test_a_chorus_counts_once_in_every_cell_and_is_shown_apart():
    own = [make_judged(n, sentiment="negative") for n in range(6)]
    loud = [make_judged(50 + n, sentiment="positive", chorus="c", account=n % 7 + 1, story="c", source=f"s{n}",
                        regions=("KZ-71",) if n % 2 else ("KZ-75",)) for n in range(20)]  # fmt: skip
    cells = {c.region: c for c in tally([*own, *loud], by=("region", "week"), k=1)}
    whole = cells[""]
    assert (whole.posts, whole.positive, whole.coordinated, whole.accounts) == (7, 1, 20, 7)
    assert (whole.stories, whole.independent) == (7, 2)
    assert whole.net == pytest.approx(-5 / 7)
    assert (cells["KZ-71"].posts, cells["KZ-71"].coordinated) == (1, 10)
    assert [p.post_id for p in once([*own, *loud])] == [p.post_id for p in [*own, loud[0]]]


def test_a_chorus_alone_rings_no_alert():
    rule = Rule(id="r", level=0.05, min_stories=3, min_sources=1, min_weeks=8, history_weeks=26)
    past = [make_judged(n, published=MONDAY - timedelta(weeks=n + 1)) for n in range(12)]
    crowd = [make_judged(100 + n, source=f"s{n}") for n in range(30)]
    loud = [make_judged(100 + n, source=f"s{n}", chorus="c", account=n + 1) for n in range(30)]
    assert alerts.decide(alerts.count([*past, *crowd], ["slow_ineffective"]), [rule], "2026-W07")
    assert not alerts.decide(alerts.count([*past, *loud], ["slow_ineffective"]), [rule], "2026-W07")


def test_the_digest_says_so():
    shipped = settings.load(settings.shipped_config().parent)
    rows = [make_judged(n) for n in range(8)] + [make_judged(50 + n, chorus="c", account=n + 1) for n in range(6)]
    made = digest.compose("2026-W07", rows, [make_post(0)], {}, make_settings(languages=shipped.languages))
    assert made.cell.posts == 9
    text = issue.render(made, "en", make_settings(languages=shipped.languages)).text.replace("\u00a0", " ")
    assert "6 posts by 6 accounts in near-identical words within a short time: counted once" in text


def test_trends_at_the_door(tmp_path, monkeypatch):
    monkeypatch.setenv(SECRET, "a secret of this test")
    run = CliRunner()
    assert run.invoke(main, ["init", str(tmp_path / "here")]).exit_code == 0
    lines = [
        {
            "id": f"s{n}",
            "text": SLOGAN,
            "author": f"reader {n}",
            "kind": "comment",
            "source": "forum",
            "url": f"https://forum.example/{n}",
            "published": f"2026-02-09T10:0{n}:00+05:00",
        }
        for n in range(8)
    ]
    other = "Полиция города номер {0} приехала {0} раз, улица {0} и дом {0} без света, патруль {0} не вышел из машины"
    lines += [{"id": f"o{n}", "text": other.format(f"{n}{chr(0x430 + n) * 5}"), "author": f"guest {n}",
               "kind": "comment", "source": "forum", "url": f"https://forum.example/o{n}",
               "published": f"2026-02-10T10:0{n}:00+05:00"}
              for n in range(6)]  # fmt: skip
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    at = ["--home", str(tmp_path / "here")]
    made = run.invoke(main, [*at, "import", str(file)])
    assert made.exit_code == 0, made.output
    database = settings.load(tmp_path / "here").database
    with Store.open(database) as store:
        posts = store.posts(limit=50)
        assert len(posts) == 14
        store.add_opinions([make_opinion(p, sentiment="positive" if p.text == SLOGAN else "negative") for p in posts])
        (chorus,) = store.choruses()
        assert (chorus.posts, chorus.accounts) == (8, 8)
        assert store.chorus_of(posts[-1].id) == chorus
    found = run.invoke(main, [*at, "trends", "--by", "week", "--json"])
    (row,) = json.loads(found.output)
    assert (row["posts"], row["positive"], row["negative"], row["coordinated"], row["accounts"]) == (7, 1, 6, 8, 8)
    assert "8 by 8" in run.invoke(main, [*at, "trends", "--by", "week"]).output


def test_a_few_accounts_of_a_cell_are_withheld():
    from monitor import tables

    rows = [make_judged(n) for n in range(8)] + [make_judged(50 + n, chorus="c", account=n + 1) for n in range(2)]
    (row,) = tables.rows(tally(rows, by=("week",)), 5)
    assert (row["posts"], row["coordinated"], row["accounts"]) == (9, None, None)


def test_an_item_without_an_author_is_nobody(tmp_path):
    with Store.open(tmp_path / "senim.db") as store:
        store.add(store.begin("test"), [make_item(n, kind="comment", text=SLOGAN, fingerprint=fingerprint(SLOGAN))
                                        for n in range(20)])  # fmt: skip
        assert store.mark_choruses(RULE) == 0
