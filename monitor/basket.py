"""Takes the items of a pass, prepares them and stores them in batches, with what they were read from where it is kept.

The order is what makes a kill harmless: bytes lie in the archive before a post that points to them is committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from monitor.preparation import Preparer
from monitor.records import Fate, Item
from monitor.settings import Settings
from monitor.store import Store

if TYPE_CHECKING:
    from crawlers.archive import Shelf

Progress = Callable[[int], None]


class Basket:
    """Prepares items and stores them in batches; counts their fates.

    An article and the comments below it are stored together: an article that is known is not asked again, so
    comments that a killed run left out would be lost for ever.
    """

    def __init__(self, settings: Settings, store: Store, command: str, size: int, progress: Progress) -> None:
        self.store, self.size, self.progress = store, size, progress
        self.preparer = Preparer(settings)
        self.rule = settings.senim.coordination
        self.pass_id = store.begin(command)
        self.waiting: list[Item] = []
        self.shelf = _shelf(settings)
        self.group = 0  # where the items of the page at hand begin
        self.fates: Counter[Fate] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(whole=kind is None)

    def put(self, item: Item) -> None:
        """Take one item; what waits is stored when a page is complete and the batch is full."""
        if not (item.post and item.post.parent):
            if len(self.waiting) >= self.size:
                self._flush()
            self.group = len(self.waiting)
        self.waiting.append(self.preparer.prepare(item))

    def flush(self) -> None:
        """Store what waits; only between two pages."""
        self._flush()
        self.group = 0

    def close(self, *, whole: bool = True) -> None:
        """Store what waits; without the last page when it may have been cut off (`whole` is False)."""
        if not whole:
            del self.waiting[self.group :]
        self._flush()
        if self.shelf:
            self.shelf.close()
        self.store.link_stories()
        self.store.mark_choruses(self.rule)
        if whole:
            self.store.finish(self.pass_id)

    def _flush(self) -> None:
        if self.waiting:
            self._keep()
            self.fates.update(self.store.add(self.pass_id, self.waiting))
            stored, self.waiting = len(self.waiting), []
            self.progress(stored)

    def _keep(self) -> None:
        """Archive what new posts were read from."""
        if self.shelf is None:
            return
        for item in self.waiting:
            if item.post and item.answer and self.store.post(item.post.id) is None:
                self.shelf.add(item.answer)
        self.shelf.sync()


def _shelf(settings: Settings) -> Shelf | None:
    if settings.archive is None:
        return None
    from crawlers.archive import Shelf

    return Shelf(settings.archive, int(settings.senim.archive.max_megabytes * 1_000_000))
