"""What holds for all platforms: keys are asked for, kept nowhere and sent to no stranger; odd JSON has a fate."""

import logging
import re
import shutil
from collections import Counter

import platforms as p
import pytest
import world as w
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crawlers import wire
from crawlers.spiders import bluesky, desk, mastodon, vk
from crawlers.spiders.api import Answer, Busy, Call
from crawlers.spiders.ledger import Ledger
from monitor import pipeline, settings
from monitor.declarations import Source
from monitor.errors import BadItem, SettingsError
from monitor.records import Fate


def test_without_keys_each_source_says_what_to_do_and_the_others_go_on(net, tmp_path, monkeypatch):
    for name in ("YOUTUBE_KEY", "VK_TOKEN", "BLUESKY_HANDLE"):
        monkeypatch.delenv(f"SENIM_{name}")
    net.tags = {"полиция": [p.toot(1)]}
    sources = [
        p.source(net, "youtube", "/@kanal"), p.source(net, "vk", "/kanal"), p.source(net, "bluesky", "/search?q=a"),
        p.source(net, "mastodon", "/search?q=b", id="members"), p.source(net, "mastodon", "/tags/полиция"),
    ]  # fmt: skip
    items = p.collect(tmp_path, sources)
    told = {i.source: i.detail for i in items.values() if i.fate is Fate.FORBIDDEN}
    for name, words in {
        "youtube": "SENIM_YOUTUBE_KEY is not set", "vk": "Set it in the environment: a service token",
        "bluesky": "Set SENIM_BLUESKY_HANDLE", "members": "watch a hashtag",
    }.items():  # fmt: skip
        assert words in told[name]
    assert [i.source for i in items.values() if i.fate is Fate.STORED] == ["mastodon"]


def test_robots_rule_pages_and_not_the_calls_of_an_api(net, tmp_path):
    net.broken["*/robots.txt"] = (503, {}, b"oops")
    net.tags = {"полиция": [p.toot(n) for n in range(9, 1, -1)]}
    items = p.collect(tmp_path, [w.source(net), p.source(net, "mastodon", "/tags/полиция")])
    assert Counter(i.fate for i in items.values()) == {Fate.STORED: 8, Fate.UNREACHABLE: 1}
    assert "/feed.xml" not in net.paths()


BAD = [b"", b"<html>", b"[[[", b"[]", b'"x"', b"{}", b'{"items": 5}', b'{"error": {"errors": "x"}}', b"[" * 99_999]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_odd_answers_have_a_fate(net, tmp_path, body):
    paths = ("/youtube/v3/channels", "/method/wall.get", "/api/v1/timelines/tag/a", "/xrpc/app.bsky.feed.searchPosts")
    net.broken = {"*" + path: (200, {}, body) for path in paths}
    sources = [p.source(net, "youtube", "/@k"), p.source(net, "vk", "/k"), p.source(net, "mastodon", "/tags/a"),
               p.source(net, "bluesky", "/search?q=a")]  # fmt: skip
    if body not in BAD[:2]:  # a child for each body would be slow: what differs is read in this process
        made = desk.Desk(wire.Job(crawl=w.settings().senim.crawl, sources=tuple(sources), known={}), None, None)
        for call in [c for s in sources for c in made.platforms[s.kind].open(s)]:
            fate_of(made, call, desk.values.parse(body))
        return
    items = p.collect(tmp_path, sources)
    assert {items[s.url].fate for s in sources} == {Fate.UNREADABLE}


def fate_of(made, call, data, status=200):
    answer = Answer(status=status, headers={}, data=data, now=p.NOW)
    try:
        made.platforms[call.source.kind].check(answer)
        return list(call.step(answer))
    except (BadItem, Busy) as error:
        return [error]


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats()
NAMES = st.sampled_from(
    ["items", "error", "errors", "response", "id", "snippet", "posts", "record", "text", "content", "date", "thread",
     "uri", "videoId", "replies", "comments", "topLevelComment", "statuses", "owner_id", "facets", "index", "cursor"]
)  # fmt: skip
ODD = st.recursive(LEAVES, lambda c: st.lists(c, max_size=3) | st.dictionaries(NAMES, c, max_size=4), max_leaves=12)


@given(ODD, st.sampled_from([200, 403, 500]))
def test_no_json_breaks_a_reader(data, status):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENIM_YOUTUBE_KEY", "k")
        patch.setenv("SENIM_VK_TOKEN", "t")
        paths = {"youtube": "/@k", "vk": "/k", "mastodon": "/tags/a", "bluesky": "/search?q=a"}
        sources = tuple(
            Source(id=k, name=k, kind=k, url=f"http://127.0.0.1{v}", language="ru", comments=True)
            for k, v in paths.items()
        )
        job = wire.Job(crawl=w.settings().senim.crawl, sources=sources, known={})
        made = desk.Desk(job, Ledger(job, lambda item: None), lambda request: None)
        for opened in [c for s in sources for c in made.platforms[s.kind].open(s)]:
            wrapped = {"items": data, "posts": data, "response": {"items": data}, "statuses": data}
            calls = [opened]
            for _ in range(3):
                calls = [c for call in calls for c in fate_of(made, call, wrapped, status) if isinstance(c, Call)][:4]


def test_words_without_markup():
    assert mastodon.plain("<p>a</p><p class='quote-inline'>RE: x</p><p>b &amp; c</p>") == "a\nb & c"
    assert mastodon.plain("") == mastodon.plain("<p></p>") == ""
    assert vk._plain("[id5|Имя], спасибо [club1|Полиции]") == "спасибо Полиции"
    assert bluesky.unfold("полиция", [{"index": {"byteStart": True}, "features": None}, {}]) == "полиция"


@pytest.mark.parametrize(
    ("kind", "url"),
    [("youtube", "https://youtube.example/@kanal"), ("youtube", "https://www.youtube.com/watch?v=1"),
     ("vk", "https://vk.example/kanal"), ("mastodon", "https://server.example/@who"), ("bluesky", "https://bsky.app/x"),
     ("youtube", "http://www.youtube.com/@kanal"), ("bluesky", "https://bsky.app.example/search?q=a")],
)  # fmt: skip
def test_a_key_goes_to_no_other_host(kind, url):
    with pytest.raises(ValidationError, match="is no address of this kind; write https://"):
        Source(id="a", name="a", kind=kind, url=url, language="ru")


def test_check_names_file_line_and_key(tmp_path):
    shutil.copytree(settings.shipped_config(), tmp_path / "config")
    block = '[[source]]\nid = "t"\nname = "T"\nkind = "vk"\nurl = "https://x.example/a"\nlanguage = "ru"\nquota = 0\n'
    (tmp_path / "config" / "sources" / "mine.toml").write_text("# mine\n" + block)
    with pytest.raises(SettingsError) as error:
        settings.load(tmp_path)
    assert re.search(r"sources/mine\.toml:6: source\.url: .*write https://vk\.com/NAME", str(error.value))
    assert "sources/mine.toml:8: source.quota" in str(error.value)


def test_no_key_lies_anywhere_after_a_pass(net, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    host = net.url.removeprefix("http://")
    monkeypatch.setenv("SENIM_MASTODON_TOKEN", f"{host}:{p.MASTODON}")
    net.channels = {"@k": [p.video("v", "Полиция Алматы", p.RECENT.isoformat(), [p.thread(p.yt_comment("c", "Спасибо"
        " за быстрый приезд"))])]}  # fmt: skip
    net.walls, net.tags = {"k": [p.post(1, "Полиция города ответила жителям")], "no": 15}, {"a": [p.toot(1)]}
    net.posts = [p.skeet(1, "Полиция города приехала через час")]
    shutil.copytree(settings.shipped_config(), tmp_path / "config")
    loaded = settings.load(tmp_path)
    quick = loaded.senim.crawl.model_copy(update={"allow_loopback": True, "delay_seconds": 0.0})
    loaded = loaded.model_copy(update={"senim": loaded.senim.model_copy(update={"crawl": quick})})
    paths = [("youtube", "/@k"), ("vk", "/k"), ("vk", "/no"), ("mastodon", "/tags/a"), ("bluesky", "/search?q=a")]
    sources = [p.source(net, kind, path, id=f"{kind}{n}") for n, (kind, path) in enumerate(paths)]
    with pipeline.open_store(loaded) as store:
        fates = pipeline.collect(loaded, store, sources)
        stored = {x.text: x for x in store.posts(limit=20)}
    assert fates[Fate.STORED] == 5
    assert stored["Спасибо за быстрый приезд"].parent  # read by what it stands below
    sent = str(net.headers)
    assert all(secret in sent for secret in p.SECRETS if secret != p.PASSWORD)  # the password went in a body
    files = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert {"senim.db", "quota.json"} <= {f.name for f in files}
    everything = b"".join(f.read_bytes() for f in files).decode("latin-1") + caplog.text
    asked = " ".join(f"{path} {query}" for path, query, _ in net.calls)
    assert [s for s in p.SECRETS if s in everything or s in asked] == []
