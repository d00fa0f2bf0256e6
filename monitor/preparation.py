"""What happens to a post between the web and the database: cleaned, dated, told apart, placed, fingerprinted.

A `Preparer` asks the pure modules in their order and decides only the fate of an item.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from monitor import cleaning, language, stories
from monitor.records import Fate, Item, Mention, Post, post_id
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.places import Gazetteer
    from monitor.relevance import Matcher

log = logging.getLogger(__name__)

READS_BELOW = ("comment", "answer")  # kinds that are relevant because of the post they stand below
STRANGE = 25  # unexpected errors in one pass after which it is the program that is broken, not the items


class Preparer:
    """Prepares the items of one pass; it remembers the parents it met, so that comments follow their article."""

    def __init__(self, settings: Settings, *, keep_all: bool = False) -> None:
        self.settings, self.keep_all = settings, keep_all
        self._parents: dict[str, str] = {}  # id as the crawler gave it -> id as it is stored
        self._strange = 0

    @cached_property
    def matcher(self) -> Matcher:
        """The finder of bodies; built once, when first asked."""
        from monitor.relevance import Matcher

        return Matcher(self.settings.bodies)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The finder of places; built once, when first asked."""
        from monitor.places import Gazetteer

        return Gazetteer.load(self.settings.config, self.settings.regions)

    def prepare(self, item: Item) -> Item:
        """Return the item with its post prepared, or without it and with the fate that it met instead.

        An error that we did not expect quarantines the one item; too many of them in a pass are raised, because
        then the fault is ours.
        """
        if item.post is None:
            return item
        try:
            return self._prepare(item, item.post)
        except Exception as error:
            self._strange += 1
            if self._strange > STRANGE:
                raise
            log.exception("quarantined key=%s", item.key)
            return replace(item, post=None, fate=Fate.QUARANTINED, detail=f"{type(error).__name__}: {error}"[:300])

    def _prepare(self, item: Item, raw: Post) -> Item:
        limits = self.settings.senim.text
        title, text = cleaning.normalise(raw.title), cleaning.normalise(raw.text)
        if len(text) > limits.max_characters:
            detail = f"{len(text)} characters, at most {limits.max_characters} are read"
            return replace(item, post=None, fate=Fate.TOO_LARGE, detail=detail)
        if len(text) < limits.min_characters and not self.keep_all:
            return replace(item, post=None, fate=Fate.TOO_SHORT, detail=f"{len(text)} characters")
        mentions = self.matcher.mentions(title, text)
        parent = self._parents.get(raw.parent, "")
        below = raw.kind in READS_BELOW and bool(parent)
        if not self.keep_all and not below and not mentions:
            return replace(item, post=None, fate=Fate.NOT_RELEVANT, detail="names no law-enforcement body")
        if not self.keep_all and not below and self.matcher.is_foreign(title, text):
            return replace(item, post=None, fate=Fate.NOT_RELEVANT, detail="only bodies of another country")
        made = self.complete(raw, title, text, mentions)
        self._parents[raw.id] = made.id
        return replace(item, post=replace(made, parent=parent))

    def complete(self, raw: Post, title: str, text: str, mentions: tuple[Mention, ...]) -> Post:
        """Return a post with clean words and everything that can be told from them."""
        regions, regions_from, settlements = self.located(title, text, raw.source)
        return replace(
            raw,
            id=post_id(raw.url or raw.source, title, text) if raw.url else raw.id,
            title=title,
            text=text,
            language=language.detect(f"{title}\n{text}" if title else text),
            regions=regions,
            regions_from=regions_from,
            settlements=settlements,
            mentions=mentions,
            fingerprint=stories.fingerprint(text),
        )

    def located(self, title: str, text: str, source_id: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """Return the regions of a post, sorted, where they are from ("text", "source", ""), and its settlements.

        The region of the source decides between homonyms, and is the region where the text names none.
        """
        from monitor.places import regions_of, settlements_of

        source = self.settings.source(source_id)
        home = source.region if source and source.region else ""
        places = self.gazetteer.locate(f"{title}\n{text}" if title else text, home)
        if found := regions_of(places):
            return found, "text", settlements_of(places)
        if not home:
            return (), "", ()
        city = any(region.code == home and region.kind == "city" for region in self.settings.regions)
        return (home,), "source", ("republican",) if city else ()
