"""The same figures and posts for other programs, as JSON and CSV; never an author, never a cell on too few posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor import grounds
from monitor.dashboard import filters
from monitor.dashboard.live import Live
from monitor.errors import SenimError
from monitor.records import Cell, Opinion, Post
from monitor.settings import Settings
from monitor.store import Store
from monitor.tables import to_csv, to_json
from monitor.trends import DIMENSIONS
from monitor.weeks import FOLDS, monday, shift

WEEKS = 53  # a year of weeks unless `from` asks for more
MOST = 200  # posts in one answer
_KEYS = ("by", "from", "to", "official", "fold", *DIMENSIONS)


class Api:
    """Answers of the interface for programs."""

    def __init__(self, settings: Settings, live: Live) -> None:
        self.settings, self.live = settings, live

    def cells_json(self, request: Request) -> Response:
        """Answer with cells as a JSON list."""
        return Response(self._cells(request, "json"), media_type="application/json")

    def cells_csv(self, request: Request) -> Response:
        """Answer with cells as a CSV file."""
        head = {"Content-Disposition": 'attachment; filename="cells.csv"'}
        return Response(self._cells(request, "csv"), media_type="text/csv", headers=head)

    def posts_json(self, request: Request) -> Response:
        """Answer with posts that pass the filters of the page Posts, without their whole text and without authors."""
        query = request.query_params
        asked = filters.as_dict(filters.read(query).filters)
        limit = filters.number(query.get("limit", ""), 50, MOST)
        offset = filters.number(query.get("offset", ""), 0, 1_000_000, least=0)
        store = self.live.store()
        found = store.posts(limit=limit, offset=offset, **asked)
        opinions = store.opinions(post.id for post in found)
        rows = [post_row(post, opinions.get(post.id)) for post in found]
        return JSONResponse({"count": store.count(**asked), "offset": offset, "posts": rows})

    def _cells(self, request: Request, form: str) -> str:
        query = {key: filters.clean(value) for key, value in request.query_params.items() if key in _KEYS}
        key = ("cells", form, tuple(sorted(query.items())))
        return self.live.recall(key, lambda store: self._compute(store, query, form))

    def _compute(self, store: Store, query: Mapping[str, str], form: str) -> str:
        by = tuple(name.strip() for name in query.get("by", "region,week").split(",") if name.strip())
        if unknown := sorted(set(by) - set(DIMENSIONS)):
            raise SenimError(f"no dimension {', '.join(unknown)}", where="by", advice=f"Use {', '.join(DIMENSIONS)}.")
        last = query.get("to") or query.get("week") or max(store.weeks(), default="")
        if not last:
            return to_csv(()) if form == "csv" else to_json(())
        first = query.get("from") or query.get("week") or shift(last, 1 - WEEKS)
        monday(first), monday(last)
        k = self.settings.senim.privacy.min_posts
        fold = query.get("fold") or "week"
        if fold not in FOLDS:
            raise SenimError(f"no fold {fold}", where="fold", advice=f"Use {', '.join(FOLDS)}.")
        official = query.get("official") == "yes"
        cells = grounds.cells(self.settings, store, by=by, first=first, last=last, official=official, fold=fold)
        wanted = [cell for cell in cells if _matches(cell, query)]
        return to_csv(wanted, k) if form == "csv" else to_json(wanted, k)


def _matches(cell: Cell, query: Mapping[str, str]) -> bool:
    """Tell whether a cell has the values that are asked for; `all` asks for the row of all."""
    asked = {name: query[name] for name in DIMENSIONS if query.get(name)}
    return all(getattr(cell, name) == ("" if value == "all" else value) for name, value in asked.items())


def post_row(post: Post, opinion: Opinion | None) -> dict[str, Any]:
    """Return what a program may know of a post: where it is, what was read in it, and the cited words."""
    row: dict[str, Any] = {
        "id": post.id,
        "url": post.url,
        "source": post.source,
        "kind": post.kind,
        "published": post.published.isoformat() if post.published else None,
        "title": post.title,
        "language": post.language,
        "regions": list(post.regions),
        "regions_from": post.regions_from,
        "settlements": list(post.settlements),
        "version": post.version,
    }
    if opinion is None:
        return row | {"judged": False}
    stances = [{**asdict(s), "quote": post.text[s.start : s.end]} for s in opinion.stances]
    reasons = [{**asdict(c), "quote": post.text[c.start : c.end]} for c in opinion.reasons]
    return row | {
        "judged": True,
        "about": opinion.about,
        "bodies": list(opinion.bodies),
        "stances": stances,
        "sentiment": opinion.sentiment,
        "confidence": opinion.confidence,
        "abstained": opinion.abstained,
        "reasons": reasons,
        "model": public_name(opinion.model),
        "codebook": opinion.codebook,
    }


def public_name(labeller: str) -> str:
    """Return the model version that labelled, or just `person`: who it was is nobody's business."""
    return "person" if labeller.startswith("person:") else labeller
