"""Makes posts of what was read: the last place where an author's name is a name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from crawlers.pages.article import Page
from crawlers.pages.comments import Comment
from crawlers.spiders.telegram import Message
from monitor.declarations import Source
from monitor.privacy import author_key
from monitor.records import Fate, Item, Post, post_id


def from_page(page: Page, source: Source, key: str, now: datetime) -> Iterator[Item]:
    """Yield the article's item under `key`, then one for each comment when the source wants them."""
    article = Post(
        id=post_id(page.canonical, page.title, page.text), source=source.id, kind=source.post_kind, url=page.canonical,
        published=page.published, published_from=page.published_from, fetched=now, title=page.title, text=page.text,
        author_key=author_key(page.author, source.id),
    )  # fmt: skip
    yield Item(key=key, source=source.id, fate=Fate.STORED, post=article)
    if source.comments:
        for item in {c.url: c for c in (_comment(c, article, now) for c in page.comments)}.values():
            yield Item(key=item.url, source=source.id, fate=Fate.STORED, post=item)


def _comment(comment: Comment, article: Post, now: datetime) -> Post:
    # The place in the list changes with every new comment; the words and the moment do not.
    stamp = comment.published.isoformat() if comment.published else ""
    mark = hashlib.sha1(f"{stamp}\x1f{comment.text}".encode()).hexdigest()[:10]
    url = f"{article.url}#comment-{mark}"
    return Post(
        id=post_id(url, "", comment.text), source=article.source, kind="comment", url=url, published=comment.published,
        published_from="selector" if comment.published else "", fetched=now, title="", text=comment.text,
        author_key=author_key(comment.author, article.source), parent=article.id,
    )  # fmt: skip


def from_message(message: Message, source: Source, now: datetime) -> Item:
    """Return the item of a channel's message; one without words is too short to be a post."""
    return spoken(source, message.url, message.text, message.published, message.author, now)


def spoken(
    source: Source, url: str, text: str, published: datetime | None, author: str, now: datetime, parent: str = ""
) -> Item:
    """Return the item of words that somebody posted, of a comment when `parent` is the id of a post.

    `author` is a name or the platform's own id; without words the item is too short to be a post.
    """
    if not text:
        return Item(key=url, source=source.id, fate=Fate.TOO_SHORT, detail="a message without words")
    post = Post(
        id=post_id(url, "", text), source=source.id, kind="comment" if parent else "post", url=url, published=published,
        published_from="selector" if published else "", fetched=now, title="", text=text,
        author_key=author_key(author, source.id), parent=parent,
    )  # fmt: skip
    return Item(key=url, source=source.id, fate=Fate.STORED, post=post)
