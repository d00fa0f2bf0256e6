"""YouTube, VK, Mastodon and Bluesky as one server on loopback: they answer in the documented formats, errors too."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import world as w

from crawlers.crawl import crawl

KEY, TOKEN, JWT = "yt-key-5Qd8", "vk-token-9Zx1", "bsky-jwt-7Lm3"
MASTODON, PASSWORD = "masto-token-2Rt6", "bsky-pass-4Wv0"
SECRETS = (KEY, TOKEN, JWT, MASTODON, PASSWORD)
NOW = datetime.now(UTC).replace(microsecond=0)
RECENT, OLD = NOW - timedelta(days=2), NOW - timedelta(days=90)
YT, VK = "https://www.youtube.com/watch?v=", "https://vk.com/wall-7_"


class Platforms:
    """What the platforms hold, and what they were asked: (path, query, moment) of each call."""

    def __init__(self):
        self.url = ""
        self.calls = []
        self.headers = []
        self.broken = {}  # path -> (status, headers, body as bytes or JSON), answered once or, with "*" before, always
        self.channels = {}  # handle -> videos, newest first
        self.found = []  # ids that a search answers
        self.walls = {}  # domain or owner id -> posts
        self.below = {}  # (post, comment or 0) -> comments, newest first
        self.tags = {}  # hashtag -> posts, newest first
        self.posts = []  # of Bluesky, newest first
        self.size = 2  # of a page
        self.limits = {}  # headers of Mastodon

    def paths(self):
        return [path for path, _, _ in self.calls]

    def answer(self, path, query, headers, body):
        for name in (path, "*" + path):
            if name in self.broken:
                return self.broken[name] if name[0] == "*" else self.broken.pop(name)
        for start, reader in (("/youtube/v3/", youtube), ("/method/", vk), ("/api/", mastodon), ("/xrpc/", bluesky)):
            if path.startswith(start):
                return reader(self, path.removeprefix(start), query, headers, body)
        return 404, {}, b"<html>none</html>"


def refuse(reason, code=403, message="no"):
    return code, {}, {"error": {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}}


def slice_of(items, query, world, name):
    start = int(query.get(name, "0"))
    more = {"nextPageToken": str(start + world.size)} if start + world.size < len(items) else {}
    return items[start : start + world.size], more


def video(mark, title, published, threads=(), disabled=False, count=None):
    return {
        "id": mark, "title": title, "published": published, "threads": list(threads), "disabled": disabled,
        "count": len(threads) if count is None else count,
    }  # fmt: skip


def yt_comment(mark, text, published="2026-02-09T06:00:00Z", author="UCauthor"):
    return {
        "kind": "youtube#comment", "id": mark,
        "snippet": {
            "textDisplay": text, "textOriginal": text, "authorDisplayName": "@сосед", "publishedAt": published,
            "authorChannelId": {"value": author}, "likeCount": 3, "updatedAt": published,
        },
    }  # fmt: skip


def thread(top, *replies):
    return {"top": top, "replies": list(replies)}


def youtube(world, method, query, headers, body):
    if headers.get("X-Goog-Api-Key") != KEY:
        return refuse("badRequest", 400, "API key not valid. Please pass a valid API key: yt-key-5Qd8")
    videos = {v["id"]: v for listed in world.channels.values() for v in listed}
    if method == "channels":
        handle = query.get("forHandle", "")
        if handle not in world.channels:
            return 200, {}, {"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}
        uploads = {"relatedPlaylists": {"likes": "", "uploads": f"UU{handle}"}}
        return 200, {}, {"items": [{"id": f"UC{handle}", "contentDetails": uploads}]}
    if method == "playlistItems":
        listed = world.channels[query["playlistId"].removeprefix("UU")]
        return 200, {}, {"items": [{"contentDetails": {"videoId": v["id"]}} for v in listed]}
    if method == "search":
        return 200, {}, {"items": [{"id": {"kind": "youtube#video", "videoId": mark}} for mark in world.found]}
    if method == "videos":
        return 200, {}, {"items": [
            {
                "id": mark,
                "snippet": {"title": videos[mark]["title"], "description": "Выпуск новостей", "channelId": "UCkanal",
                            "publishedAt": videos[mark]["published"], "defaultAudioLanguage": "en"},
                "statistics": {"viewCount": "100", "commentCount": str(videos[mark]["count"])},
            }
            for mark in query["id"].split(",")
        ]}  # fmt: skip
    if method == "commentThreads":
        if videos[query["videoId"]]["disabled"]:
            return refuse("commentsDisabled", message="The video has disabled comments.")
        here, more = slice_of(videos[query["videoId"]]["threads"], query, world, "pageToken")
        return 200, {}, {"items": [
            {"id": t["top"]["id"], "snippet": {"topLevelComment": t["top"], "totalReplyCount": len(t["replies"])},
             "replies": {"comments": t["replies"][:1]}} for t in here
        ], **more}  # fmt: skip
    threads = [t for v in videos.values() for t in v["threads"] if t["top"]["id"] == query["parentId"]]
    here, more = slice_of(threads[0]["replies"], query, world, "pageToken")
    return 200, {}, {"items": here, **more}


def post(number, text, at=RECENT, comments=0, **more):
    return {"id": number, "owner_id": -7, "from_id": -7, "date": int(at.timestamp()), "text": text, "post_type": "post",
            "comments": {"count": comments}, "likes": {"count": 9}} | more  # fmt: skip


def remark(number, text, *answers, count=None, **more):
    return {"id": number, "from_id": 100 + number, "date": int(RECENT.timestamp()), "text": text, "owner_id": -7,
            "thread": {"count": len(answers) if count is None else count, "items": list(answers)}} | more  # fmt: skip


def vk_error(code, message):
    # worse than VK itself: the parameters that it repeats hold the token
    params = [{"key": "access_token", "value": TOKEN}, {"key": "v", "value": "5.199"}]
    return 200, {}, {"error": {"error_code": code, "error_msg": f"{message} {TOKEN}", "request_params": params}}


def vk(world, method, query, headers, body):
    if headers.get("Authorization") != f"Bearer {TOKEN}" or query.get("v") != "5.199":
        return vk_error(5, "User authorization failed")
    start = int(query.get("offset", "0"))
    if method == "wall.getComments":
        items = world.below.get((int(query["post_id"]), int(query.get("comment_id", "0"))), [])
        return 200, {}, {"response": {"count": len(items), "items": items[start : start + int(query["count"])]}}
    wall = world.walls.get(query.get("domain") or query.get("owner_id"))
    if wall is None:
        return vk_error(100, "One of the parameters specified was missing or invalid")
    if isinstance(wall, int):
        return vk_error(wall, "Access denied")
    items = [p for p in wall if query.get("query", "") in p.get("text", "")]
    return 200, {}, {"response": {"count": len(items), "items": items[start : start + int(query["count"])]}}


def toot(number, text="Полиция помогла", at=RECENT, **more):
    return {
        "id": str(number), "created_at": at.isoformat().replace("+00:00", ".000Z"), "visibility": "public",
        "url": f"https://server.example/@who/{number}", "uri": f"https://server.example/users/who/{number}",
        "content": f"<p>{text}</p>", "spoiler_text": "", "reblog": None, "language": "en", "favourites_count": 4,
        "account": {"acct": "who", "url": "https://server.example/@who"},
    } | more  # fmt: skip


def mastodon(world, method, query, headers, body):
    if method.startswith("v1/timelines/tag/"):
        items = world.tags.get(unquote(method).rsplit("/", 1)[-1], [])
        older = [p for p in items if int(p["id"]) < int(query.get("max_id", "999999"))]
        here, more = older[: world.size], older[world.size :]
        link = f'<{world.url}/api/{method}?max_id={here[-1]["id"]}>; rel="next", <{world.url}/x>; rel="prev"'
        return 200, {"Link": link, **world.limits} if more else dict(world.limits), here
    if headers.get("Authorization") != f"Bearer {MASTODON}":
        return 200, {}, {"accounts": [], "statuses": [], "hashtags": []}
    items = [p for listed in world.tags.values() for p in listed if query["q"] in p["content"]]
    start = int(query.get("offset", "0"))
    return 200, {}, {"accounts": [], "statuses": items[start : start + int(query["limit"])], "hashtags": []}


def skeet(number, text="Полиция ответила", at=RECENT, facets=(), **more):
    return {
        "uri": f"at://did:plc:abc/app.bsky.feed.post/3k{number}", "cid": "x", "indexedAt": at.isoformat(),
        "author": {"did": "did:plc:abc", "handle": "who.example", "labels": []}, "likeCount": 2,
        "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": at.isoformat(), "langs": ["en"],
                   "facets": list(facets)},
    } | more  # fmt: skip


def bluesky(world, method, query, headers, body):
    if method == "com.atproto.server.createSession":
        given = json.loads(body)
        if given != {"identifier": "monitor.example", "password": PASSWORD}:
            return 401, {}, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
        return 200, {}, {"did": "did:plc:me", "handle": "monitor.example", "accessJwt": JWT, "refreshJwt": "r"}
    if headers.get("Authorization") != f"Bearer {JWT}":
        return 403, {}, b"<html><body>403 Forbidden</body></html>"
    start = int(query.get("cursor", "0"))
    more = {"cursor": str(start + world.size)} if start + world.size < len(world.posts) else {}
    return 200, {}, {"posts": world.posts[start : start + world.size], "hitsTotal": len(world.posts), **more}


@contextmanager
def serve():
    world = Platforms()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            world.calls.append((parts.path, query, time.monotonic()))
            world.headers.append(dict(self.headers))
            status, headers, made = world.answer(parts.path, query, self.headers, body)
            raw = made if isinstance(made, bytes) else json.dumps(made).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": len(raw), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    world.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()


def collect(folder, sources, known=None, since=None, archive=None, **given):
    items = []
    home = w.settings(**given).model_copy(update={"home": folder})
    crawl(home, sources, items.append, lambda s: (known or {}).get(s, ()), since, keep=archive is not None)
    if archive:
        answers = {i.answer.id: i.answer.data for i in items if i.answer}
        archive.write_bytes(b"".join(answers.values()))
    assert [k for k, n in Counter((i.source, i.key) for i in items).items() if n > 1] == []
    return {i.key: i for i in items}


def source(world, kind, path, **given):
    return w.source(world, path, kind=kind, **{"id": kind} | given)
