"""The dashboard as a browser meets it: real HTTP on loopback, real database, hostile words in it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode

import lxml.html
import pytest
from builders import MONDAY, make_item, make_opinion
from dashboard_site import NOW, Site, filled, words

from monitor.dashboard import filters
from monitor.errors import StoreError
from monitor.records import Alert, BodyStance, Citation, Fate
from monitor.store import Store
from monitor.stories import fingerprint

HOSTILE = "<script>alert(1)</script> \"quoted\" 'single' &amp; \u202eRTL\u202c <img src=x onerror=alert(2)>"
PATHS = ("/", "/posts", "/alerts", "/sources", "/method")


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    made = filled(tmp_path_factory.mktemp("full"))
    yield made
    made.close()


def test_the_overview_tells_index_interval_regions_reasons_and_stories(full):
    page = full.page("/")
    text = words(page)
    assert "9–15 February 2026" in text
    assert "with probability 90%" in text
    assert page.xpath('//section[@class="headline"]//p[@class="figure"]/b')[0].text[0] in "−+0"
    assert len(page.xpath("//figure[@class='chart']/svg[@role='img' and @aria-label]")) >= 3
    rows = {words(r[0]): words(r) for r in page.xpath('//section[@aria-labelledby="h-map"]//tbody/tr')}
    assert len(rows) == 20
    assert "fewer than 5 posts" in rows["Astana"]
    assert "1" not in rows["Astana"].replace("posts", "")
    assert re.search(r"Almaty 1[0-9]|Almaty 2[0-9]", rows["Almaty"])
    assert page.xpath('//section[@aria-labelledby="h-stories"]//mark')
    assert "Тихий голос" in words(page.xpath('//section[@aria-labelledby="h-gaps"]')[0])
    assert "remains the claim of the source" in words(page.xpath("//footer")[0])


def test_a_new_post_changes_the_figures_at_once(full):
    before = full.get("/").text
    assert full.get("/").text == before
    full.put(900, {"sentiment": "positive"})
    assert full.get("/").text != before


def test_too_few_posts_give_no_figure_anywhere(site):
    for n in range(3):
        site.put(n, {})
    page = site.page("/")
    assert "too few posts" in words(page.xpath("//section[@class='headline']")[0])
    assert not page.xpath("//p[@class='figure']")
    cells = json.loads(site.get("/api/cells.json?by=region,week,reason").text)
    assert cells
    assert all(c["suppressed"] and c["posts"] is None and c["net"] is None for c in cells)


def test_on_monday_morning_the_page_opens_with_the_week_that_is_over(site):
    for n in range(6):
        site.put(n, {}, published=MONDAY - timedelta(days=2, minutes=n))
    site.put(9, {}, published=MONDAY)
    assert "2–8 February 2026" in words(site.page("/").xpath("//h1")[0])
    assert "9–15 February 2026" in words(site.page("/?week=2026-W07").xpath("//h1")[0])


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_in_every_language_is_sound_html(full, path, language):
    answer = full.get(f"{path}?lang={language}")
    page = lxml.html.fromstring(answer.text)
    assert page.get("lang") == language
    assert len(page.xpath("//h1")) == 1
    assert not page.xpath("//script|//*[@style]|//style|//*[starts-with(name(@*), 'on')]")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {x.get("for") for x in page.xpath("//label")} == {
        x.get("id") for x in page.xpath("//select|//input[@type='search']")
    }
    assert all(a.get("href") for a in page.xpath("//a"))
    assert not page.xpath("//*[@src]|//link[starts-with(@href, 'http')]")
    assert f"lang={language}" in answer.headers["set-cookie"]


def test_the_language_is_asked_for_then_remembered_then_the_browsers(full):
    tell = lambda path, **headers: full.page(path, **headers).get("lang")  # noqa: E731
    assert tell("/posts?lang=kk", Cookie="lang=ru") == "kk"
    assert tell("/posts", Cookie="lang=ru") == "ru"
    assert tell("/posts", **{"Accept-Language": "de, ru-RU;q=0.8"}) == "ru"
    assert tell("/posts?lang=xx", **{"Accept-Language": "de"}) == "kk"
    kept = full.page("/posts?week=2026-W07&reason=slow_ineffective").xpath("//nav[@class='languages']//a/@href")
    assert all("week=2026-W07" in href and "reason=slow_ineffective" in href for href in kept)


def test_filters_narrow_the_list_and_pages_turn(full):
    count = lambda **asked: len(full.page("/posts?" + urlencode(asked)).xpath("//article"))  # noqa: E731
    assert count(sentiment="neutral") == 10
    assert count(region="KZ-71") == 3
    assert count(query="вызов 17") == 1
    assert count(week="2031-W01") == 0
    first, second = full.page("/posts"), full.page("/posts?page=2")
    assert len(first.xpath("//article")) == filters.PAGE
    assert not set(first.xpath("//article/h2/a/@href")) & set(second.xpath("//article/h2/a/@href"))
    assert first.xpath("//a[@rel='next']/@href") == ["/posts?page=2"]
    chosen = full.page("/posts?sentiment=neutral").xpath("//select[@name='sentiment']/option[@selected]/@value")
    assert chosen == ["neutral"]


def test_a_post_in_the_list_says_where_it_is_from_and_why(full):
    article = full.page("/posts?sentiment=positive").xpath("//article")[0]
    text = words(article)
    assert "Қала <жаңалықтары>" in text
    assert "Almaty (named in the text)" in text
    assert "90%" in text
    assert words(article.xpath(".//mark")[0]) == "Полиция"
    assert words(article.xpath(".//span[contains(@class, 'why')]")[0]).strip("[] ")


def test_hostile_words_stay_words(site):
    post = site.put(
        1, {"reasons": (Citation(code=HOSTILE, start=0, end=8, confidence=0.5),), "model": HOSTILE},
        title=HOSTILE, text=HOSTILE, url="javascript:alert(3)", source="<b>x</b>",
    )  # fmt: skip
    site.store.record_job(HOSTILE, NOW, NOW, False, HOSTILE)
    for path in ("/posts", f"/posts/{post.id}", "/sources", "/posts?" + urlencode({"query": HOSTILE}), "/"):
        answer = site.get(path)
        page = lxml.html.fromstring(answer.text)
        assert not page.xpath("//script|//img|//b[not(ancestor::p[@class='figure'])]"), path
        assert not [h for h in page.xpath("//@href") if "javascript:" in h]
    whole = site.page(f"/posts/{post.id}")
    assert HOSTILE in whole.xpath("//div[@class='text']")[0].text_content().replace(f" [{HOSTILE}] ", "")
    assert whole.xpath("//h1/bdi")[0].text == HOSTILE


@pytest.mark.parametrize("path", [*PATHS, "/static/style.css", "/api/cells.json", "/nowhere", "/posts/0"])
def test_every_answer_forbids_scripts_and_frames(full, path):
    head = full.get(path).headers
    assert "default-src 'none'" in head["content-security-policy"]
    assert "unsafe" not in head["content-security-policy"]
    assert head["x-content-type-options"] == "nosniff"
    assert head["referrer-policy"] == "no-referrer"


def test_no_author_is_shown(site):
    post = site.put(1, {}, author_key="abcdef0123456789", kind="comment")
    site.store.add_opinions([make_opinion(post, model="person:fedcba9876543210")])
    for path in (*PATHS, f"/posts/{post.id}", "/api/posts.json", "/api/cells.json"):
        text = site.get(path).text
        assert "abcdef0123456789" not in text
        assert "fedcba98" not in text
    assert "a person" in words(site.page(f"/posts/{post.id}"))


def test_praise_of_one_body_and_blame_of_another_stand_side_by_side(site):
    praise, blame = "Полиция приехала через минуту, спасибо.", "КНБ <b>молчит</b> второй месяц."
    chances = {"confidence": 0.8, "probabilities": (0.1, 0.1, 0.8)}
    text = f"{praise} {blame}"
    toward = (
        BodyStance(body="knb", sentiment="negative", start=len(praise) + 1, end=len(text), **chances),
        BodyStance(body="police", sentiment="positive", start=0, end=len(praise), **chances),
    )
    post = site.put(1, {"bodies": ("courts", "knb", "police"), "stances": toward}, text=text)
    page = site.page(f"/posts/{post.id}")
    assert [words(x) for x in page.xpath("//dl[@class='bodies']//q")] == [blame, praise]
    badges = [x.get("class").split()[-1] for x in page.xpath("//dl[@class='bodies']//*[contains(@class, 'badge')]")]
    assert badges == ["negative", "negative", "positive"]
    assert len(site.page("/posts?body=police&sentiment=positive").xpath("//article")) == 1
    assert not site.page("/posts?body=police&sentiment=negative").xpath("//article")
    (row,) = json.loads(site.get("/api/posts.json?body=knb&sentiment=negative").text)["posts"]
    assert [(s["body"], s["quote"]) for s in row["stances"]] == [("knb", blame), ("police", praise)]


def test_an_edited_page_shows_both_versions_and_what_changed(site):
    old = site.put(1, {}, text="Полиция приехала через час.")
    new = site.put(1, {}, text="Полиция приехала через десять минут.", fetched=MONDAY + timedelta(days=2))
    page = site.page(f"/posts/{new.id}")
    assert [x.text for x in page.xpath("//del")] == ["час."]
    assert [x.text for x in page.xpath("//ins")] == ["десять минут."]
    assert f"/posts/{old.id}" in page.xpath("//a/@href")
    assert "earlier version" in words(site.page(f"/posts/{old.id}"))
    assert len(site.page("/posts").xpath("//article")) == 1


def test_comments_at_one_address_are_not_versions_of_each_other(site):
    one = site.put(1, {}, kind="comment", author_key="a" * 16, text="Полиция молодцы, спасибо.")
    site.put(1, {}, kind="comment", author_key="b" * 16, text="Полиция опять не приехала.")
    assert not site.page(f"/posts/{one.id}").xpath("//section[@aria-labelledby='h-versions']")


def test_a_post_names_its_reprints(site):
    text = "Полиция Алматы задержала водителя, который трижды проехал на красный свет возле школы номер семь."
    posts = [
        site.put(n, {}, text=text, source=s, fingerprint=fingerprint(text)) for n, s in enumerate(("example", "other"))
    ]
    site.store.link_stories()
    assert words(
        site.page(f"/posts/{posts[0].id}").xpath("//section[@aria-labelledby='h-story']//li/span")[0]
    ).startswith("other")


def test_alerts_stand_on_the_first_page_but_not_below_the_floor(site):
    for n in range(6):
        site.put(n, {})
    alert = Alert(
        id="a1", rule="spike", week="2026-W07", region="KZ-75", reason="slow_ineffective", observed=9, expected=1.5,
        upper=4.0, p=0.001, q=0.01, sources=3, posts=(),
    )  # fmt: skip
    shift = replace(alert, id="a3", reason="", q=0.02, kind="shift", since="2026-W03", before=0.1, after=-0.25)
    site.store.add_alerts([alert, replace(alert, id="a2", region="KZ-71", observed=3), shift])
    shown = [words(li) for li in site.page("/").xpath("//ul[@class='alerts']/li")]
    assert "9 stories" in shown[0].replace("\u00a0", " ")
    assert "fewer than 5" in shown[1]
    assert "stance has become worse" in shown[2]
    assert "\u221225" in shown[2]


def test_what_was_said_to_alerts_is_shown(site):
    assert "Nothing found" in words(site.page("/alerts"))
    site.put(1, {}, published=MONDAY - timedelta(days=7))
    first = Alert(
        id="a1", rule="spike", week="2026-W06", region="KZ-75", reason="slow_ineffective", observed=9, expected=1.5,
        upper=4.0, p=0.001, q=0.01, sources=3, posts=(),
    )  # fmt: skip
    other = replace(first, id="a2", week="2026-W07", region="KZ-71")
    site.store.add_alerts([first, other])
    site.store.acknowledge("a1", "somebody", NOW)
    site.store.mute("a1", "somebody", NOW, NOW + timedelta(days=7))
    shown = [words(li) for li in site.page("/alerts").xpath("//ul[@class='alerts']/li")]
    assert shown[0].endswith("a2")
    assert "Acknowledged, 12 February 2026" in shown[1]
    assert "Muted until 19 February 2026" in shown[1]
    assert "Muted" not in shown[0]
    assert "somebody" not in site.get("/alerts").text
    assert "Acknowledged" in words(site.page("/?week=2026-W06"))
    assert not site.page("/alerts").xpath("//form[@method='post']")


def test_sources_pages_tell_fates_and_failures(site):
    site.put(1, {})
    site.store.add(
        site.pass_id, [make_item(2, Fate.UNREACHABLE, source="silent"), make_item(3, Fate.TOO_SHORT, source="old")]
    )
    site.store.record_job("crawl", NOW, NOW, True, "done")
    rows = {words(r[0]): words(r) for r in site.page("/sources").xpath("//tbody/tr[th]")}
    assert "working" in rows["Қала <жаңалықтары>"]
    assert "stored: 1" in rows["Қала <жаңалықтары>"]
    assert "not answering" in rows["Тихий голос"]
    assert "unreachable: 1" in rows["Тихий голос"]
    assert "not asked yet" in rows["Пресс-служба Official source"]
    assert "too short: 1" in rows["old"]


def test_pages_that_do_not_exist_say_so_in_the_readers_language(full):
    answer = full.get("/posts/" + quote("нет"), Cookie="lang=ru")
    assert answer.status == 404
    assert "Такой страницы нет" in answer.text


@pytest.mark.parametrize(
    "asked", ["page=99999999999999999999", "page=-1", "query=%00%22", "query=" + "а" * 40, "week=%ED%A0%80"]
)
def test_odd_questions_are_answered(full, asked):
    assert full.get("/posts?" + quote(asked, safe="=%&")).status == 200


def test_a_database_that_cannot_be_opened_is_explained_and_may_come_back(tmp_path):
    broken = [True]

    def factory():
        if broken[0]:
            raise StoreError("there is no database", where="/secret/place", advice="Make one with `senim init DIR`.")
        return Store.open(tmp_path / "senim.db", read_only=True)

    site = Site(tmp_path, factory)
    answer = site.get("/")
    assert answer.status == 503
    assert "senim init" in answer.text
    assert "/secret/place" not in answer.text
    broken[0] = False
    assert site.get("/").status == 200
    site.close()


def test_an_empty_database_gives_pages_that_say_so(site):
    assert "no crawl has run" in words(site.page("/"))
    for path in PATHS:
        assert site.get(path).status == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_error_tells_nothing_of_itself_and_is_guarded_too(tmp_path):
    def factory():
        raise RuntimeError("a secret thing")

    site = Site(tmp_path, factory, log_level="critical")
    answer = site.get("/posts")
    assert answer.status == 500
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    site.close()
