"""The dashboard as one ASGI application: pages rendered on the server, which need no script and nothing from outside.

Why no accounts: it shows, it changes nothing. Who may see it is decided by the proxy before it (see senim.toml).
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.dashboard.api import Api
from monitor.dashboard.headers import HEADERS, SecurityHeaders
from monitor.dashboard.live import Live
from monitor.dashboard.page import HERE, Pages
from monitor.dashboard.views import Views
from monitor.errors import SenimError, StoreError
from monitor.settings import Settings
from monitor.store import Store


def create_app(settings: Settings, store_factory: Callable[[], Store]) -> Starlette:
    """Return the dashboard; `store_factory` opens the database when it is first needed, read-only is enough."""
    live, pages = Live(store_factory), Pages(settings)
    views, api = Views(settings, live, pages), Api(settings, live)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        warming = threading.Thread(target=views.warm)
        warming.start()
        yield
        warming.join()
        live.close()

    def failed(request: Request, error: Exception) -> Response:
        return _failed(pages, request, error)

    return Starlette(
        routes=[
            Route("/", views.overview),
            Route("/posts", views.posts),
            Route("/posts/{id}", views.post),
            Route("/alerts", views.alerts),
            Route("/sources", views.sources),
            Route("/method", views.method),
            Route("/api/cells.json", api.cells_json),
            Route("/api/cells.csv", api.cells_csv),
            Route("/api/posts.json", api.posts_json),
            Mount("/static/fonts", StaticFiles(directory=HERE.parent / "fonts")),  # charts are measured with this font
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: failed, SenimError: failed, Exception: failed},
        lifespan=lifespan,
    )


def _failed(pages: Pages, request: Request, error: Exception) -> Response:
    """Say what went wrong: to a person in words, to a program as JSON; an unexpected error says nothing of itself."""
    status, what, advice = 500, "", ""
    if isinstance(error, HTTPException):
        status = error.status_code
    elif isinstance(error, SenimError):
        status = 503 if isinstance(error, StoreError) else 400
        what, advice = error.what, error.advice
    if "/api/" in request.url.path:
        body = {"error": what or f"status {status}", "advice": advice}
        response: Response = JSONResponse(body, status_code=status)
    else:
        response = pages.answer(request, "error.html", status=status, code=status, what=what, advice=advice)
    response.headers.update(HEADERS)  # an unexpected error is answered outside the middleware
    return response
