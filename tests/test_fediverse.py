"""Mastodon and Bluesky, played on loopback: paging, limits, login, and words that are somebody else's."""

from datetime import UTC, date, datetime, timedelta

import platforms as p

from crawlers import archive
from monitor.privacy import author_key
from monitor.records import Fate


def test_mastodon_pages_back_skips_boosts_and_keeps_warnings(net, tmp_path):
    ours = "https://server.example/@who/"
    net.tags = {"полиция": [
        p.toot(9, "Первая строка<br>вторая</p><p>и <a href='https://a.example/long'><span class='invisible'>https://"
                "</span>a.example/long</a>", spoiler_text="О драке"),
        p.toot(8, reblog=p.toot(1)), p.toot(7, visibility="private"), p.toot(6, url=None),
        *(p.toot(n) for n in (5, 4, 3, 2)),
    ]}  # fmt: skip
    known = {"mastodon": {ours + n: p.NOW for n in "45"}}
    items = p.collect(tmp_path, [p.source(net, "mastodon", "/tags/полиция")], known)
    uri = "https://server.example/users/who/6"
    assert set(items) == {ours + "9", uri, ours + "5", ours + "4"}
    assert items[ours + "9"].post.text == "О драке\nПервая строка\nвторая\nи https://a.example/long"
    assert items[ours + "9"].post.author_key == author_key("https://server.example/@who", "mastodon")
    assert items[ours + "9"].post.published == p.RECENT
    assert [q.get("max_id") for _, q, _ in net.calls] == [None, "8", "6"]  # the third page is known: no fourth


def test_mastodon_limits_are_obeyed_and_the_token_stays_on_its_server(net, tmp_path, monkeypatch):
    until = (p.NOW + timedelta(minutes=20)).isoformat()
    net.tags = {"полиция": [p.toot(n) for n in range(9, 1, -1)]}
    net.limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": until}
    sources = [p.source(net, "mastodon", "/tags/полиция"), p.source(net, "mastodon", "/tags/other", id="other")]
    monkeypatch.setenv("SENIM_MASTODON_TOKEN", f"other.example:{p.MASTODON}")
    items = p.collect(tmp_path, sources)
    assert len(net.calls) == 1
    assert "Authorization" not in net.headers[0]
    assert [i.fate for i in items.values()].count(Fate.STORED) == 2
    assert all("limit is reached until" in i.detail for i in items.values() if i.post is None)
    net.limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": (datetime.now(UTC)).isoformat()}
    net.broken["*/api/v1/timelines/tag/members"] = (422, {}, {"error": "This method requires an authenticated user"})
    net.broken["/api/v1/timelines/tag/away"] = (
        200, {"Link": '<http://127.0.0.9:1/steal>; rel="next"'}, [p.toot(50)],
    )  # fmt: skip
    monkeypatch.setenv("SENIM_MASTODON_TOKEN", f"{net.url.removeprefix('http://')}:{p.MASTODON}")
    paths = {"m": "/tags/members", "a": "/tags/away", "s": "/search?q=помогла"}
    items = p.collect(tmp_path, [p.source(net, "mastodon", path, id=name) for name, path in paths.items()])
    assert "wants a login (This method requires" in items[net.url + "/tags/members"].detail
    assert sum(i.fate is Fate.STORED for i in items.values()) == 9  # one, and eight of the search
    assert [i.key for i in items.values() if i.fate is not Fate.STORED] == [net.url + "/tags/members"]


def test_bluesky_logs_in_once_pages_and_leaves_quotes_out(net, tmp_path):
    text = "Смотрите a.example/lon... и #полиция"
    first = len("Смотрите ".encode())
    link = {"index": {"byteStart": first, "byteEnd": first + len("a.example/lon...")},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/long"}]}  # fmt: skip
    quoted = {"$type": "app.bsky.embed.record#view", "record": {"value": {"text": "Чужие слова"}}}
    hidden = {"did": "did:plc:h", "handle": "h.example", "labels": [{"val": "!no-unauthenticated"}]}
    early = {"text": "Дата из прошлого века", "createdAt": "1970-01-01T00:00:00Z"}
    net.posts = [
        p.skeet(9, text, facets=[link, {"index": {"byteStart": 900, "byteEnd": 9}, "features": [{"uri": "http://x"}]}]),
        p.skeet(8, embed=quoted), p.skeet(7, ""), p.skeet(6, author=hidden), p.skeet(5, record=early),
        *(p.skeet(n) for n in (4, 3, 2, 1)),
    ]  # fmt: skip
    ours = "https://bsky.app/profile/did:plc:abc/post/3k"
    sources = [p.source(net, "bluesky", "/search?q=полиция"), p.source(net, "bluesky", "/hashtag/полиция", id="tag")]
    known = {s.id: {f"{ours}{n}": p.NOW for n in (2, 3, 4)} for s in sources}
    kept = tmp_path / "pass.warc.gz"
    items = p.collect(tmp_path, sources, known, date.today() - timedelta(days=9), kept)
    assert {k.removeprefix(ours): i.fate for k, i in items.items()} == {
        "9": Fate.STORED, "8": Fate.STORED, "7": Fate.TOO_SHORT, "5": Fate.STORED, "4": Fate.STORED, "3": Fate.STORED,
        "2": Fate.STORED,  # known, and so is the rest of its page: 1 is not asked for
    }  # fmt: skip
    assert items[ours + "9"].post.text == "Смотрите https://a.example/long и #полиция"
    assert "Чужие" not in str(items)
    assert items[ours + "5"].post.published == p.RECENT  # an implausible claim does not count
    assert net.paths().count("/xrpc/com.atproto.server.createSession") == 1
    asked = [q for path, q, _ in net.calls if path.endswith("searchPosts")]
    assert {q["q"] for q in asked} == {"полиция", "#полиция"}
    assert all(q["since"].endswith("T19:00:00Z") for q in asked)  # midnight in Almaty
    assert not any("createSession" in r.url for r in archive.read(kept, 10**6))


def test_a_refused_login_is_told_to_all_sources(net, tmp_path, monkeypatch):
    monkeypatch.setenv("SENIM_BLUESKY_PASSWORD", "wrong")
    sources = [p.source(net, "bluesky", f"/search?q={n}", id=f"b{n}") for n in range(2)]
    items = p.collect(tmp_path, sources)
    assert all(items[s.url].fate is Fate.FORBIDDEN for s in sources)
    assert "an app password" in items[sources[1].url].detail
