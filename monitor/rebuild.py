"""Makes posts again from the archived answers, with the extraction of today.

Each batch is one answer's posts after another: stored first, then what they replace is superseded. A killed run is
repeated; what it did already is a duplicate then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import BadItem, SenimError
from monitor.preparation import Preparer
from monitor.records import Fate, Item
from monitor.settings import Settings
from monitor.store import Store

if TYPE_CHECKING:
    from crawlers.archive import Record
    from monitor.basket import Progress

BATCH = 50  # answers of one transaction


def rebuild(
    settings: Settings, store: Store, paths: Iterable[Path], now: datetime, progress: Progress
) -> tuple[Counter[Fate], int]:
    """Read the answers of `paths` again and return the fates of what they hold and how many posts were superseded.

    `paths` are archives or folders of them. Raises SenimError for a path that does not exist.
    """
    from crawlers import archive

    chosen = list(paths)
    for path in chosen:
        if not path.exists():
            raise SenimError("there is no such archive", where=str(path), advice="Name a WARC file or a folder.")
    files = archive.files(chosen)
    preparer, pass_id = Preparer(settings), store.begin("rebuild")
    fates: Counter[Fate] = Counter()
    fallen = 0
    answers = _answers(files, settings, preparer, now)
    while batch := list(islice(answers, BATCH)):
        fates.update(store.add(pass_id, [item for _, items in batch for item in items]))
        for answer, items in batch:
            standing = {item.post.id for item in items if item.post}
            fallen += store.restand(answer, standing) if answer else 0
        progress(len(batch))
    store.link_stories()
    store.mark_choruses(settings.senim.coordination)
    store.finish(pass_id)
    return fates, fallen


def _answers(
    files: Iterable[Path], settings: Settings, preparer: Preparer, now: datetime
) -> Iterator[tuple[str, list[Item]]]:
    """Yield (answer id, prepared items) of every answer; damage of a file is an item of its own, and its end."""
    from crawlers import archive, rereading

    size = int(settings.senim.crawl.max_megabytes * 1_000_000)
    for path in files:
        records: Iterator[Record] = archive.read(path, size)
        try:
            for record in records:
                items = [preparer.prepare(item) for item in rereading.items(record, settings, now)]
                if items:
                    yield record.id, items
        except BadItem as error:
            yield "", [Item(key=path.name, source="rebuild", fate=Fate(error.fate), detail=str(error))]
