"""YouTube, played on loopback: comments below the newest videos, and a budget that is never passed."""

import json
from datetime import UTC, date, datetime, timedelta

import platforms as p

from crawlers import archive
from crawlers.spiders.quota import Budget
from monitor.privacy import author_key
from monitor.records import Fate


def spent(folder):
    return json.loads((folder / "var" / "quota.json").read_text())["spent"]


def test_youtube_comments_and_replies_stand_below_their_video(net, tmp_path):
    threads = [
        p.thread(
            p.yt_comment("c1", "Приехали быстро, молодцы"), *(p.yt_comment(f"r{n}", f"Да, {n}") for n in range(3))
        ),
        p.thread(p.yt_comment("c2", "")),
        p.thread(p.yt_comment("c3", "Взятку просили", "2026-02-08T10:00:00+05:00", author="UCother")),
    ]
    net.channels = {"@kanal": [
        p.video("v1", "Полиция сообщает", "2026-02-09T05:00:00Z", threads),
        p.video("v2", "Без обсуждения", "2026-02-09T04:00:00Z", disabled=True, count=5),
        p.video("v3", "Никто не ответил", "2026-02-09T03:00:00Z"),
    ]}  # fmt: skip
    tube = p.source(net, "youtube", "/@kanal")
    items = p.collect(tmp_path, [tube], archive=tmp_path / "pass.warc.gz")
    assert {k.removeprefix(p.YT): i.fate for k, i in items.items() if k.startswith(p.YT)} == {
        **dict.fromkeys(("v1", "v2", "v3", "v1&lc=c1", "v1&lc=r0", "v1&lc=r1", "v1&lc=r2", "v1&lc=c3"), Fate.STORED),
        "v1&lc=c2": Fate.TOO_SHORT,
    }  # fmt: skip
    (refused,) = [i for k, i in items.items() if not k.startswith(p.YT)]
    assert (refused.fate, "comments are disabled" in refused.detail) == (Fate.FORBIDDEN, True)
    post, comment = items[p.YT + "v1"].post, items[p.YT + "v1&lc=c3"].post
    assert (comment.kind, comment.parent, comment.text) == ("comment", post.id, "Взятку просили")
    assert (post.kind, post.text) == ("post", "Полиция сообщает\nВыпуск новостей")
    assert comment.published == datetime(2026, 2, 8, 5, tzinfo=UTC)
    assert comment.author_key == author_key("UCother", "youtube") != items[p.YT + "v1&lc=c1"].post.author_key
    # channel, uploads, videos, two pages of v1, two of replies, v2; nothing for a video without comments
    assert spent(tmp_path) == {"youtube": len(net.calls)} == {"youtube": 8}
    # kept are those that gave posts: videos, two pages of v1, two of replies
    assert len(list(archive.read(tmp_path / "pass.warc.gz", 10**6))) == 5
    known = {"youtube": {k: p.NOW for k in items}}
    net.calls.clear()
    again = p.collect(tmp_path, [tube], known)
    assert net.paths().count("/youtube/v3/commentThreads") == 2  # first pages only: nothing there is new
    assert "/youtube/v3/comments" not in net.paths()
    assert again[p.YT + "v1&lc=c1"].fate is Fate.STORED  # an edit would be seen


def test_a_search_reads_the_comments_of_what_it_finds_and_since_leaves_out_what_is_older(net, tmp_path):
    thread = [p.thread(p.yt_comment("c1", "Сегодня помогли", p.RECENT.isoformat())),
              p.thread(p.yt_comment("c2", "Давно было", p.OLD.isoformat()))]  # fmt: skip
    net.channels = {
        "@x": [p.video("v1", "Полиция", p.RECENT.isoformat(), thread), p.video("v2", "Т", p.OLD.isoformat())]
    }
    net.found = ["v1", "v2"]
    tube = p.source(net, "youtube", "/results?search_query=полиция")
    items = p.collect(tmp_path, [tube], since=date.today() - timedelta(days=7))
    assert {k.removeprefix(p.YT) for k in items} == {"v1", "v1&lc=c1"}
    assert net.calls[0][1]["q"] == "полиция"
    assert net.calls[0][1]["publishedAfter"].endswith("T00:00:00Z")
    assert spent(tmp_path) == {"youtube": 102}


def test_searches_are_spread_over_the_day():
    budget = Budget(None)
    morning = datetime(2026, 2, 10, 8, 30, tzinfo=UTC)  # half an hour after midnight in California
    assert not budget.ahead("a", 2400, morning)
    assert budget.take("a", 150, 2400, morning)
    assert budget.ahead("a", 2400, morning + timedelta(minutes=30))
    assert not budget.ahead("a", 2400, morning + timedelta(minutes=60))


def test_the_budget_is_never_passed_and_comes_back_the_next_day(net, tmp_path):
    net.channels = {f"@{c}": [p.video(f"{c}{n}", "Полиция", "2026-02-09T05:00:00Z", [p.thread(p.yt_comment(
        f"{c}c{n}", "Слова"))]) for n in range(4)] for c in "ab"}  # fmt: skip
    sources = [p.source(net, "youtube", f"/@{c}", id=c, quota=5 if c == "a" else 100) for c in "ab"]
    items = p.collect(tmp_path, sources)
    assert spent(tmp_path) == {"a": 5, "b": 7}
    (told,) = [i for i in items.values() if i.fate is Fate.SPENT]
    assert (told.source, "budget of 5 units" in told.detail) == ("a", True)
    net.calls.clear()
    assert p.collect(tmp_path, sources[:1])[sources[0].url].fate is Fate.SPENT
    assert net.calls == []
    file = tmp_path / "var" / "quota.json"
    file.write_text(json.dumps({"day": "2026-02-01", "spent": {"a": 5, "*": 1}}))
    net.broken["/youtube/v3/playlistItems"] = p.refuse("quotaExceeded", message="spent")
    p.collect(tmp_path, sources[:1])
    assert spent(tmp_path) == {"a": 2, "*": 1}  # it was asked again on a new day, and YouTube itself said no
    net.calls.clear()
    assert p.collect(tmp_path, sources)[sources[1].url].fate is Fate.SPENT
    assert net.calls == []


def test_the_day_of_a_budget_ends_at_midnight_in_california(tmp_path):
    budget = Budget(tmp_path / "quota.json")
    late = datetime(2026, 2, 10, 7, 59, tzinfo=UTC)
    assert budget.take("a", 90, 100, late)
    assert not Budget(tmp_path / "quota.json").take("a", 11, 100, late)
    assert Budget(tmp_path / "quota.json").take("a", 11, 100, late + timedelta(minutes=2))
    (tmp_path / "quota.json").write_text("{broken")
    assert Budget(tmp_path / "quota.json").take("a", 1, 100, late)
    assert budget.take("free", 0, 0, late)
