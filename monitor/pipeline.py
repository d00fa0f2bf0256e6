"""The journeys: from the web, a file or the database through the pure modules and back into the database.

This door calls in the right order and decides nothing. Everything is written in batches, one transaction each, so
that a process killed at any moment loses at most a batch that the next run repeats.

    collect   crawl > prepare > store > link stories
    import    read files > prepare > store > link stories
    classify  store > judge > store
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import lines as contract
from monitor.basket import Basket, Progress
from monitor.declarations import Source
from monitor.errors import SenimError
from monitor.grounds import measured
from monitor.preparation import Preparer
from monitor.records import Fate, Opinion, Post
from monitor.settings import Settings
from monitor.store import Store

if TYPE_CHECKING:
    from crawlers.crawl import Again
    from models.classifier import Classifier

log = logging.getLogger(__name__)

BATCH = 100  # items of one transaction while importing: a killed run repeats less than a second of work
CRAWLED = 10  # the same for a crawl, whose items come a few a second


def _silent(_: int) -> None:
    return None


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open the database of an installation and tell it which sources speak for a body."""
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database, read_only=read_only)
    if not read_only:
        store.declare_sources(settings.sources)
    return store


def collect(
    settings: Settings,
    store: Store,
    sources: Sequence[Source],
    *,
    since: date | None = None,
    progress: Progress = _silent,
) -> Counter[Fate]:
    """Crawl `sources` into the store and return the fates of all items; CrawlError when the crawler died."""
    from crawlers import archives
    from crawlers.crawl import crawl

    command = "crawl " + " ".join(s.id for s in sources)
    with Basket(settings, store, command, CRAWLED, progress) as basket:
        live = [s for s in sources if s.kind != "archive"]
        crawl(
            settings,
            live,
            basket.put,
            store.known_at,
            since,
            keep=basket.shelf is not None,
            again=_again(settings, store),
        )
        for source in (s for s in sources if s.kind == "archive"):
            for item in archives.read(source, settings, store.known_at(source.id), since, basket.flush):
                basket.put(item)
    return basket.fates


def _again(settings: Settings, store: Store) -> Again:
    """Return what tells the young pages of a source that are to be asked again."""
    limits = settings.senim.crawl

    def pages(source: str) -> list[tuple[str, datetime | None, str]]:
        found = store.to_revisit(source, store.clock(), days=limits.revisit_days, limit=limits.revisit_pages)
        return [(page.url, page.published, page.title) for page in found]

    return pages


def import_files(
    settings: Settings,
    store: Store,
    paths: Iterable[Path],
    *,
    undated: datetime | None = None,
    progress: Progress = _silent,
) -> Counter[Fate]:
    """Read files into the store and return the fates of all records.

    Posts without a date get `undated` when it is given; otherwise they belong to no week.
    """
    from crawlers.files import read_files

    names = [str(p) for p in paths]
    items = read_files(names, settings)
    command = "import " + " ".join(Path(n).name for n in names)
    with Basket(settings, store, command, BATCH, progress) as basket:
        for item in items:
            post = item.post
            if undated and post and post.published is None:
                item = replace(item, post=replace(post, published=undated, published_from="import"))
            basket.put(item)
    return basket.fates


def load_classifier(settings: Settings) -> Classifier:
    """Open the model that the settings name; ModelError with advice when it cannot be used."""
    from models.classifier import Classifier

    model = settings.senim.model
    folder = settings.home / model.folder if model.folder else None
    return Classifier.load(folder, settings.reasons, model.threads)


def classify(
    settings: Settings, store: Store, classifier: Classifier | None = None, *, progress: Progress = _silent
) -> int:
    """Judge everything that this model has not judged yet; returns how many opinions were new."""
    reader = classifier or load_classifier(settings)
    new = 0
    while posts := store.unjudged(reader.name, settings.senim.model.batch):
        new += store.add_opinions([_guard(p, o) for p, o in zip(posts, reader.judge(posts), strict=True)])
        progress(len(posts))
    store.remember_judged(reader.name)
    store.keep_tallies(measured(settings))
    return new


def _guard(post: Post, opinion: Opinion) -> Opinion:
    """Abstain on text in no language of ours: unscored is better than wrong."""
    if post.language != "und" or not opinion.about:
        return opinion
    return replace(opinion, sentiment=None, reasons=(), abstained=True, stances=())


def classify_lines(
    settings: Settings,
    lines: Iterable[str | bytes],
    classifier: Classifier | None = None,
    *,
    progress: Progress = _silent,
) -> Iterator[dict[str, Any]]:
    """Yield one answer for each input line, in order; a bad line gets `{"id", "line", "error"}`."""
    reader = classifier or load_classifier(settings)
    preparer = Preparer(settings, keep_all=True)
    for batch in _batches(lines, settings.senim.model.batch):
        waiting = [contract.read(preparer, line, number) for number, line in batch]
        posts = [line.post for line in waiting if line.post]
        opinions = iter([_guard(p, o) for p, o in zip(posts, reader.judge(posts), strict=True)])
        yield from (contract.answer(line, next(opinions) if line.post else None) for line in waiting)
        progress(len(waiting))


def _batches(lines: Iterable[str | bytes], size: int) -> Iterator[list[tuple[int, str | bytes]]]:
    numbered = enumerate(lines, 1)
    while batch := list(islice(numbered, size)):
        yield batch


def check(settings: Settings) -> list[str]:
    """Return what is wrong with an installation beyond its settings: model and database."""
    from models import folder
    from models.classifier import SHIPPED
    from monitor.settling import settle

    found = []
    model = settings.senim.model
    try:
        card = folder.verify(settings.home / model.folder if model.folder else SHIPPED)
        unknown = [r.code for r in settings.reasons if r.code not in card.reasons]
        if unknown:
            found.append(f"note: the model does not know {', '.join(unknown)}; they are answered by their cues")
    except SenimError as error:
        found.append(str(error))
    if settings.database.exists():
        try:
            with Store.open(settings.database) as store:  # for writing: it brings old tables up to date
                settle(store, settings)
                store.keep_tallies(measured(settings))
                found += store.check()
        except SenimError as error:
            found.append(str(error))
    return found
