"""Turns a template and its values into an answer in the reader's language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor.dashboard import evidence
from monitor.records import Citation, Post
from monitor.settings import Settings
from monitor.weeks import local
from monitor.wording import Wording

HERE = Path(__file__).parent
YEAR = 365 * 24 * 3600  # seconds that the language cookie lasts
COOKIE = "lang"


class Pages:
    """Renders pages with the wording and the names of an installation."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.wordings: dict[str, Wording] = {language.code: Wording(language) for language in settings.languages}
        self.names = Names(settings)
        style = (HERE / "static" / "style.css").read_bytes()
        self.style = "static/style.css?" + hashlib.sha1(style).hexdigest()[:8]
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def language(self, request: Request) -> str:
        """Return the language to answer in: asked for, chosen before, liked by the browser, or the first of ours."""
        accepted = [part.split(";")[0].split("-")[0].strip() for part in _accepted(request)]
        wanted = (request.query_params.get(COOKIE, ""), request.cookies.get(COOKIE, ""), *accepted)
        return next((code for code in wanted if code in self.wordings), next(iter(self.wordings)))

    def answer(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
        """Return `template` filled with `values` and with what every page needs."""
        language = self.language(request)
        response = HTMLResponse(self._render(request, template, language, values), status_code=status)
        response.headers["Vary"] = "Cookie, Accept-Language"
        response.headers["Cache-Control"] = "no-cache, private"
        if request.query_params.get(COOKIE) == language:
            response.set_cookie(COOKIE, language, max_age=YEAR, httponly=True, samesite="lax")
        return response

    def _render(self, request: Request, template: str, language: str, values: dict[str, Any]) -> str:
        wording = self.wordings[language]
        rest = [(key, value) for key, value in request.query_params.multi_items() if key != COOKIE]
        return self._templates.get_template(template).render(
            language=language,
            languages=[(x.code, x.name, "?" + urlencode([*rest, (COOKIE, x.code)])) for x in self.settings.languages],
            base=request.scope.get("root_path", "").rstrip("/"),
            style=self.style,
            here=request.url.path,
            w=wording,
            say=wording.say,
            names=self.names.of(language),
            settings=self.settings,
            k=self.settings.senim.privacy.min_posts,
            clock=_clock,
            excerpt=evidence.excerpt,
            pieces=evidence.pieces,
            link=link,
            tongue=tongue,
            **values,
        )


class Names:
    """What codes are called; a code that config/ does not know is its own name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, language: str) -> dict[str, Callable[[str], str]]:
        """Return for each kind of code the function that names it in `language`."""
        s = self._settings
        tables = {
            "reason": {x.code: x.name.get(language) for x in s.reasons},
            "region": {x.code: x.name.get(language) for x in s.regions},
            "body": {x.id: x.name.get(language) for x in s.bodies},
            "sentiment": {str(x.code): x.name.get(language) for x in s.sentiments},
            "source": {x.id: x.name for x in s.sources},
        }
        polarity: dict[str, str] = {x.code: x.polarity for x in s.reasons}
        named = {kind: (lambda code, table=table: table.get(code, code)) for kind, table in tables.items()}
        return {**named, "polarity": lambda code: polarity.get(code, "negative")}


def link(post: Post) -> str:
    """Return the address of the original, empty when it is none that a browser should be sent to."""
    return post.url if post.url.lower().startswith(("http://", "https://")) else ""


def tongue(language: str) -> str:
    """Return the value of a lang attribute for a text; undetermined and mixed ones say so."""
    return {"mixed": "mul"}.get(language, language)


def surest(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """Return one citation for each reason, the surest, in the order of their sureness."""
    best: dict[str, Citation] = {}
    for citation in sorted(citations, key=lambda c: -c.confidence):
        best.setdefault(citation.code, citation)
    return tuple(best.values())


def _clock(moment: datetime) -> str:
    return local(moment).strftime("%H:%M")


def _accepted(request: Request) -> list[str]:
    return request.headers.get("accept-language", "")[:200].split(",")
