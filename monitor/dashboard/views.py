"""The pages: each asks the store, lets the pure modules compute, and hands the result to its template."""

from __future__ import annotations

from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.beside import lines
from monitor.dashboard import evidence, figures, filters
from monitor.dashboard.api import public_name
from monitor.dashboard.drawings import Drawings
from monitor.dashboard.live import Live
from monitor.dashboard.page import Pages, surest
from monitor.digest import WEEKS, Digest
from monitor.editions import compose_digest
from monitor.errors import SenimError
from monitor.ledger import Health
from monitor.records import Post
from monitor.settings import Settings
from monitor.store import Store
from monitor.trends import LEVEL
from monitor.weeks import shift

ALERTS = 200  # on their page
_SHARED_ADDRESS = ("comment", "review", "answer")  # several people write at one address


class Views:
    """The pages of one installation."""

    def __init__(self, settings: Settings, live: Live, pages: Pages) -> None:
        self.settings, self.live, self.pages = settings, live, pages
        self.drawings = Drawings(settings)
        self.k = settings.senim.privacy.min_posts

    def overview(self, request: Request) -> Response:
        """Show the index of a week, what stands behind it, and what was not seen."""
        store = self.live.store()
        weeks = self.live.recall("weeks", Store.weeks)
        last = figures.newest(weeks, store.clock())
        asked = request.query_params.get("week", "")
        week = asked if asked in weeks else self._usual_week(last)
        found = self._digest(week)
        return self.pages.answer(
            request,
            "overview.html",
            found=found,
            beside=lines(found.cell, self.pages.wordings[self.pages.language(request)]),
            cells={change.cell.region: change.cell for change in found.regions},
            weeks=sorted((w for w in weeks if w <= last), reverse=True),
            over=figures.over(week, store.clock()),
            charts=self.drawings.of(found, self.pages.language(request)),
            alerts=store.alerts(week),
            states=store.alert_states(store.clock()),
            opinions=store.opinions(story.quoted.id for story in found.stories),
            empty=not weeks,
        )

    def warm(self) -> None:
        """Compute and draw the first page once, so that its first reader need not wait for imports and fonts."""
        with suppress(SenimError):  # the first reader will be told
            store = self.live.store()
            week = self._usual_week(figures.newest(self.live.recall("weeks", Store.weeks), store.clock()))
            found = self._digest(week)
            self.drawings.of(found, next(iter(self.pages.wordings)))

    def posts(self, request: Request) -> Response:
        """Show the posts that pass the filters, the latest first."""
        store, asked = self.live.store(), filters.read(request.query_params)
        wanted = filters.as_dict(asked.filters)
        count = self.live.recall(("count", asked.filters), lambda store: store.count(**wanted))
        found = store.posts(limit=filters.PAGE, offset=asked.offset, **wanted)
        health = self.live.recall("health", Store.health)
        known = {one.source: one.source for one in health.sources} | {s.id: s.name for s in self.settings.sources}
        return self.pages.answer(
            request,
            "posts.html",
            asked=asked,
            count=count,
            pages=max(1, -(-count // filters.PAGE)),
            posts=found,
            opinions=store.opinions(post.id for post in found),
            weeks=sorted(self.live.recall("weeks", Store.weeks), reverse=True),
            sources=sorted(known.items(), key=lambda pair: pair[1].casefold()),
            surest=surest,
        )

    def post(self, request: Request) -> Response:
        """Show one post whole, with its evidence, versions, labels and reprints."""
        store = self.live.store()
        post = store.post(request.path_params["id"])
        if post is None:
            raise HTTPException(404)
        family = versions(store, post)
        newest = max(family, key=lambda p: (p.fetched, p.version))
        place = [p.id for p in family].index(post.id)
        before = family[place - 1] if place else None
        ids = [i for i in store.story(store.story_of(post.id)) if i != post.id]
        reprints = [p for i in ids[: filters.PAGE] if (p := store.post(i))]
        return self.pages.answer(
            request,
            "post.html",
            post=post,
            opinion=store.opinion(post.id),
            family=family,
            newest=newest,
            gone=store.gone(newest),
            edits=evidence.difference(before.text, post.text) if before else (),
            labels=store.labels(post.id),
            reprints=reprints,
            more=len(ids) - len(reprints),
            public_name=public_name,
            surest=surest,
        )

    def alerts(self, request: Request) -> Response:
        """Show the alerts that rang, the latest first, and what was said to each; it is said at the command line."""
        store = self.live.store()
        found = store.alerts()
        return self.pages.answer(
            request,
            "alerts.html",
            alerts=found[:ALERTS],
            more=max(len(found) - ALERTS, 0),
            states=store.alert_states(store.clock()),
        )

    def sources(self, request: Request) -> Response:
        """Show what came of every source, the last passes and the last jobs."""
        store = self.live.store()
        health: Health = self.live.recall("health", Store.health)
        by_id = {one.source: one for one in health.sources}
        declared = {s.id for s in self.settings.sources}
        return self.pages.answer(
            request,
            "sources.html",
            declared=self.settings.sources,
            imported=[one for one in health.sources if one.source not in declared],
            health=by_id,
            passes=health.passes,
            counts=health.counts,
            states={s.id: figures.fares(by_id.get(s.id), store.clock()) for s in self.settings.sources},
            jobs=store.jobs(limit=20),
        )

    def method(self, request: Request) -> Response:
        """Show how the figures are made and what they cannot say."""
        model = self.live.recall("model", _model)
        return self.pages.answer(request, "method.html", model=model, level=LEVEL, weeks=WEEKS)

    def _digest(self, week: str) -> Digest:
        return self.live.recall(
            ("digest", week), lambda store: compose_digest(self.settings, store, week, operators=False)
        )

    def _usual_week(self, last: str) -> str:
        def choose(store: Store) -> str:
            return figures.worth_showing(tuple(store.judged(shift(last, -1), last)), last, self.k)

        return self.live.recall(("usual week", last), choose)


def versions(store: Store, post: Post) -> list[Post]:
    """Return all versions of a post in the order of their arrival, itself included."""
    if not post.url:
        return [post]
    found = [p for p in store.versions(post.url) if p.kind == post.kind]
    if post.kind in _SHARED_ADDRESS:
        found = [p for p in found if (p.author_key, p.published) == (post.author_key, post.published) and p.author_key]
    return found if any(p.id == post.id for p in found) else [post]


def _model(store: Store) -> tuple[str, str]:
    """Return the model and the codebook of the latest judged post; empty names before anything was judged."""
    opinions = store.opinions(post.id for post in store.posts(about=True, limit=20))
    model = next((o for o in opinions.values() if not o.model.startswith("person:")), None)
    return (model.model, model.codebook) if model else ("", "")
