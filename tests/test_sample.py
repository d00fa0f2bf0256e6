"""The sample web serves what it declares, and the real spiders read it as it was written."""

from __future__ import annotations

import html
import re
import socket
import urllib.request
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
import world as w
from hypothesis import given
from hypothesis import strategies as st

from crawlers.crawl import crawl
from crawlers.pages import dates
from crawlers.sample import library, web
from crawlers.sample.server import serve, sources
from crawlers.spiders import feed, sitemap, telegram
from monitor import alerts, settings, weeks
from monitor.cleaning import digest_key
from monitor.places import Gazetteer, regions_of
from monitor.records import Fate, Judged
from monitor.relevance import Matcher
from monitor.weeks import shift, week_of

NOW = datetime.now(UTC)
LOUD, CALM = library.load(NOW), library.load(NOW, quiet=True)
SPIKE = ("KZ-35", "formalism")
LAST = shift(week_of(NOW), -1)


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


def collect(served, known=None):
    items = []
    crawl(w.settings(), sources(served.url), items.append, lambda s: (known or {}).get(s, ()), None)
    return {i.key.removeprefix(served.url): i for i in items}


@pytest.fixture(scope="module")
def served():
    with serve(NOW) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(served):
    return collect(served)


def stories(pages, region, reason):
    """Week -> distinct stories that name the reason in the region."""
    found = defaultdict(set)
    for page in pages:
        if page.region == region and reason in page.reasons:
            found[week_of(page.published)].add(page.story or page.path)
    return found


# -- what it holds


def test_it_is_large_and_varied():
    pages = CALM.pages
    languages = Counter(p.language for p in pages)
    assert len(pages) >= 130
    assert len({p.site for p in pages}) >= 5
    assert set(languages) == {"kk", "ru", "en", "mixed"}
    assert languages["en"] >= 5
    assert 0.7 < (languages["kk"] + languages["mixed"]) / languages["ru"] < 1.4
    assert len({p.region for p in pages} - {""}) >= 8
    reasons = Counter(r for p in pages for r in p.reasons)
    assert len(reasons) == 16
    assert min(reasons.values()) >= 3


def test_most_pages_say_something_about_the_police_and_many_do_not():
    about = [p for p in CALM.pages if p.stance]
    assert 0.6 < len(about) / len(CALM.pages) < 0.8
    stances = Counter(p.stance for p in about)
    assert min(stances.values()) / len(about) > 0.15


def test_codes_are_those_of_the_codebook_and_agree_with_the_stance():
    known = {r.code: r.polarity for r in settings.load().reasons}
    for page in LOUD.pages:
        assert {known[r] for r in page.reasons} <= (
            {"negative", "positive"} if page.stance == "neutral" else {page.stance}
        )


def test_each_of_the_twelve_weeks_has_pages_and_no_other_week():
    counts = Counter(week_of(p.published) for p in CALM.pages)
    assert set(counts) == set(weeks.between(shift(LAST, -11), LAST))
    assert min(counts.values()) >= 9


@given(st.datetimes(datetime(2024, 4, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_everything_lies_in_the_full_weeks_before_any_now(now):
    written = library.load(now)
    moments = [m for p in written.pages for m in (p.published, *(c.published for c in p.comments))]
    assert {week_of(m) for m in moments} == set(weeks.between(shift(week_of(now), -12), shift(week_of(now), -1)))
    assert max(moments) < now


def test_the_spike_is_in_the_last_week_only():
    loud, calm = stories(LOUD.pages, *SPIKE), stories(CALM.pages, *SPIKE)
    assert 9 <= len(loud[LAST]) <= 13
    assert len({p.site for p in LOUD.pages if p.spike}) >= 3
    assert all(1 <= len(calm[week]) <= 2 for week in weeks.between(shift(LAST, -11), LAST))
    assert {w: s for w, s in loud.items() if w != LAST} == {w: s for w, s in calm.items() if w != LAST}


def test_a_quiet_web_differs_by_the_spike_alone():
    assert {p.path for p in LOUD.pages if not p.spike and p.title} == {p.path for p in CALM.pages if p.title}
    texts = {p.paragraphs for p in CALM.pages}
    assert {p.paragraphs for p in LOUD.pages if not p.spike} == texts
    assert not any(p.spike for p in CALM.pages)


def test_no_other_region_and_reason_is_loud_in_the_last_week():
    cells = Counter((p.region, r) for p in LOUD.pages if week_of(p.published) == LAST for r in p.reasons)
    assert {cell for cell, n in cells.items() if n >= 4} == {SPIKE}


def test_texts_name_the_region_they_are_counted_for():
    shipped = settings.load()
    gazetteer = Gazetteer.load(shipped.config, shipped.regions)
    for page in LOUD.pages:
        found = regions_of(gazetteer.locate("\n".join((page.title, *page.paragraphs))))
        assert not page.region or page.region in found, page.path


def test_texts_with_a_stance_name_a_body_and_no_foreign_one():
    matcher = Matcher(settings.load().bodies)
    for page in LOUD.pages:
        text = "\n".join(page.paragraphs)
        assert not page.stance or matcher.mentions(page.title, text), page.path
        assert not (page.stance and matcher.is_foreign(page.title, text)), page.path


@pytest.mark.parametrize("pages", [LOUD.pages, CALM.pages], ids=["loud", "calm"])
def test_a_perfect_reader_would_ring_once_for_the_spike_and_never_without_it(pages):
    shipped = settings.load()
    official = {s.id for s in LOUD.sites if s.source.get("official")}
    judged = [
        Judged(post_id=p.path, source=p.site, official=p.site in official, published=p.published,
               regions=(p.region,) if p.region else (), language=p.language, bodies=("police",), sentiment=p.stance,
               reasons=p.reasons, story=p.story or p.path, abstained=False)
        for p in pages if p.stance
    ]  # fmt: skip
    counts = alerts.count(judged, [r.code for r in shipped.reasons if r.polarity == "negative"])
    rung = [(a.region, a.reason) for a in alerts.decide(counts, shipped.rules, LAST)]
    assert rung == ([SPIKE] if pages is LOUD.pages else [])


def test_no_text_is_a_copy_but_the_reprint():
    def shingles(page):
        words = re.findall(r"\w+", " ".join(page.paragraphs).lower())
        return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}

    sets = [(p, shingles(p)) for p in LOUD.pages]
    close = [
        (a.path, b.path)
        for n, (a, x) in enumerate(sets)
        for b, y in sets[n + 1 :]
        if len(x & y) > 0.3 * len(x | y) and not (a.story and a.story == b.story)
    ]
    assert close == []
    reprints = [p for p in LOUD.pages if p.story]
    assert len({p.site for p in reprints}) == 2
    assert len({digest_key(" ".join(p.paragraphs)) for p in reprints}) == 2


# -- what it serves


def test_every_page_is_served_with_its_title_text_and_notice(served):
    for page in LOUD.pages:
        status, body = get(served.url + page.path)
        channel = {"qala_uni": "kk", "dvor_signal": "ru"}.get(page.site)
        notice = LOUD.notice[channel or ("kk" if page.language == "mixed" else page.language)]
        assert status == 200
        assert html.escape(page.paragraphs[0], quote=False) in body.decode().replace("&#39;", "'").replace("&#34;", '"')
        assert f'<footer class="notice">{notice}</footer>' in body.decode()


def test_front_pages_lead_to_all_sites(served):
    body = get(served.url + "/")[1].decode()
    links = re.findall(r'href="(/[^"]+)"', body)
    assert len(links) == len(LOUD.sites)
    assert {get(served.url + link)[0] for link in links} == {200}


def test_feeds_and_sitemaps_list_every_page_and_every_fault(served):
    broken = Counter(t.site for t in LOUD.troubles)
    for source in sources(served.url):
        if source.kind == "telegram":
            continue
        body = get(source.url)[1]
        if source.kind == "feed":
            listing = feed.read(body, source.url, "application/xml", 2000, NOW)
            links = listing.links
        else:
            listing = sitemap.read(body, source.url, 2000, 10**7, NOW)
            links = listing.links + tuple(
                link
                for more in listing.more
                for link in sitemap.read(get(more.url)[1], more.url, 2000, 10**7, NOW).links
            )
        assert listing.trouble == ""
        assert len(links) == len(LOUD.of(source.id)) + broken[source.id]
        assert {p.path for p in LOUD.of(source.id)} <= {link.url.removeprefix(served.url) for link in links}


def test_channels_page_back_to_their_first_message(served):
    for channel in ("qala_uni", "dvor_signal"):
        address, numbers = f"{served.url}/s/{channel}", []
        while address:
            messages, address = telegram.read(get(address)[1].decode(), address, NOW)
            numbers[:0] = [int(m.url.rsplit("/", 1)[1]) for m in messages]
        assert numbers == list(range(1, len(LOUD.of(channel)) + 1))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_written_dates_are_read_back(language):
    moment = datetime(2026, 1, 12, 14, 5, tzinfo=dates.ZONE)
    for month in range(1, 13):
        at = moment.replace(month=month)
        assert dates.parse(web.written(at, language), NOW + timedelta(days=800)) == at


def test_the_server_leaves_no_port_behind():
    with serve(NOW) as running:
        port = int(running.url.rsplit(":", 1)[1])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


# -- what the real spiders make of it


def test_every_address_is_read_word_for_word_with_its_date(crawled):
    for page in LOUD.pages:
        item = crawled[page.path]
        assert item.fate is Fate.STORED
        assert item.post.text == "\n".join(page.paragraphs)
        assert item.post.title == page.title
        assert item.post.published == page.published


def test_the_date_ladder_is_climbed_on_every_step(crawled):
    steps = defaultdict(set)
    for item in crawled.values():
        if item.post and item.post.kind != "comment":
            steps[item.source].add(item.post.published_from)
    assert steps == {
        "kokzhiek": {"jsonld"}, "region-news": {"meta"}, "forum": {"text"}, "portal": {"feed"},
        "qala_uni": {"selector"}, "dvor_signal": {"selector"},
    }  # fmt: skip


def test_every_fault_meets_its_fate(crawled):
    wanted = {"gone": Fate.GONE, "cut": Fate.UNREADABLE, "empty": Fate.UNREADABLE, "loop": Fate.UNREACHABLE,
              "forbidden": Fate.FORBIDDEN}  # fmt: skip
    assert {t.what: crawled[t.path].fate for t in LOUD.troubles} == wanted
    assert [k for k, i in crawled.items() if i.post is None and k not in {t.path for t in LOUD.troubles}] == []


def test_the_forbidden_page_is_never_asked(served, crawled):
    assert "/robots.txt" in served.requests
    assert not [path for path in served.requests if path.startswith("/region-news/internal/")]


def test_comments_come_with_their_words_and_times(crawled):
    read = {(i.post.text, i.post.published) for i in crawled.values() if i.post and i.post.kind == "comment"}
    assert read == {(c.text, c.published) for p in LOUD.pages for c in p.comments}


def test_an_edit_is_seen_by_the_next_pass():
    with serve(NOW) as running:
        first = collect(running)
        known = defaultdict(dict)
        for item in first.values():
            if item.post:
                known[item.source][item.post.url] = item.post.fetched
        running.edit()
        second = collect(running, known)
    path = LOUD.edition.path
    assert second[path].fate is Fate.STORED
    assert second[path].post.text == "\n".join(LOUD.edition.paragraphs)
    assert second[path].post.id != first[path].post.id
    assert second[path].post.published == first[path].post.published
