"""VK, played on loopback: walls, comments, threads, and errors that come with status 200."""

import logging
from itertools import pairwise

import platforms as p

from crawlers import archive
from crawlers.spiders import desk
from monitor.privacy import author_key
from monitor.records import Fate


def test_vk_walls_comments_threads_and_reposts(net, tmp_path):
    repost = [{"id": 1, "owner_id": -99, "text": "Чужие слова о полиции"}]
    net.walls = {"kanal": [
        p.post(1, "Закреплено: полиция и мы", p.OLD, is_pinned=1),
        p.post(5, "Полиция [club7|района] отчиталась", comments=3),
        p.post(4, "", copy_history=repost), p.post(3, "Наши слова к этому", copy_history=repost), {"id": "odd"},
    ]}  # fmt: skip
    answer = {k: v for k, v in p.remark(13, "[id101|Имя], неправда, ждали час").items() if k != "thread"}
    last = {k: v for k, v in p.remark(14, "А мне помогли").items() if k != "thread"}
    net.below = {
        (5, 0): [p.remark(11, "Молодцы", answer, count=2), p.remark(12, "", deleted=True)], (5, 11): [answer, last],
    }  # fmt: skip
    net.broken["/method/wall.getComments"] = p.vk_error(6, "Too many requests per second")
    items = p.collect(tmp_path, [p.source(net, "vk", "/kanal", comments=True)], since=None)
    assert {k.removeprefix(p.VK): i.fate for k, i in items.items()} == {
        **dict.fromkeys(("1", "5", "3", "5?reply=11", "5?reply=13&thread=11", "5?reply=14&thread=11"), Fate.STORED),
        "4": Fate.TOO_SHORT,
    }  # fmt: skip
    texts = {k.removeprefix(p.VK): i.post.text for k, i in items.items() if i.post}
    assert texts["3"] == "Наши слова к этому"
    assert texts["5"] == "Полиция района отчиталась"
    assert texts["5?reply=13&thread=11"] == "неправда, ждали час"
    comment = items[p.VK + "5?reply=14&thread=11"].post
    assert (comment.parent, comment.published) == (items[p.VK + "5"].post.id, p.RECENT)
    assert comment.author_key == author_key("114", "vk")
    moments = [at for _, _, at in net.calls]
    gaps = [b - a for a, b in pairwise(moments)]
    assert min(gaps) >= 0.34  # three a second
    assert gaps[1] >= 1.0  # after error 6


def test_vk_refusals_have_names_and_the_echoed_token_is_hidden(net, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    net.walls = {"closed": 15, "private": 30, "daily": 29, "-12": [p.post(2, "о полиции"), p.post(1, "о погоде")]}
    kept = tmp_path / "pass.warc.gz"
    paths = {"closed": "/closed", "private": "/private", "daily": "/daily", "none": "/none", "s": "/wall-12?q=полиц"}
    items = p.collect(tmp_path, [p.source(net, "vk", at, id=name) for name, at in paths.items()], archive=kept)
    told = {i.source: (i.fate, i.detail) for i in items.values() if i.post is None}
    assert {name: fate for name, (fate, _) in told.items()} == {
        "closed": Fate.FORBIDDEN, "private": Fate.FORBIDDEN, "daily": Fate.UNREACHABLE, "none": Fate.GONE,
    }  # fmt: skip
    for name, words in {"closed": "error 15", "private": "profile is private", "daily": "daily limit"}.items():
        assert words in told[name][1]
    assert [i.post.text for i in items.values() if i.post] == ["о полиции"]
    bodies = b"".join(r.body + r.url.encode() for r in archive.read(kept, 10**6))
    assert p.TOKEN not in bodies.decode() + caplog.text + str(items)


def test_vk_pages_back_until_a_page_is_known(net, tmp_path):
    net.walls = {"kanal": [p.post(n, f"Полиция, запись {n}") for n in range(205, 0, -1)]}
    known = {"vk": {f"{p.VK}{n}": p.NOW for n in range(1, 106)}}
    items = p.collect(tmp_path, [p.source(net, "vk", "/kanal", official=True)], known)
    assert [(q.get("offset"), q["filter"]) for _, q, _ in net.calls] == [(None, "owner"), ("100", "owner")]
    assert len(items) == 200


def test_vk_gives_up_when_it_stays_too_fast(net, tmp_path, monkeypatch):
    net.broken["*/method/wall.get"] = p.vk_error(6, "Too many requests per second")
    wall = p.source(net, "vk", "/kanal")
    (item,) = p.collect(tmp_path, [wall]).values()
    assert (item.key, item.fate, "error 6" in item.detail) == (wall.url, Fate.UNREACHABLE, True)
    assert len(net.calls) == desk.TRIES
