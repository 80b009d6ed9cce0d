"""From an exception to an answer: a problem document for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from services.gateway.entrance import gateway_of, language_of, note_refusal
from services.gateway.handlers.identifiers import not_found
from services.gateway.problems import problem_response
from services.gateway.refusals import Malformed, MethodNotAllowed
from shared.errors import ServiceError, Unavailable
from shared.i18n import N_
from shared.persistence import is_connection_lost

logger = logging.getLogger(__name__)


def install_error_handlers(application: FastAPI, pages: ModuleType | None, methods: MethodTable) -> None:
    """`pages.error_page(request, error)`, where there is one, answers people; it may be async and gives a Response."""
    error_page = getattr(pages, "error_page", None)

    async def respond(request: Request, error: ServiceError) -> Response:
        await _remember(request, error)
        if error_page is not None and wants_page(request):
            page: Response = await error_page(request, error)
            return page
        return problem_response(error, language_of(request))

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, ServiceError)
        return await respond(request, error)

    async def on_database(request: Request, error: Exception) -> Response:
        if not is_connection_lost(error):
            return await on_bug(request, error)
        return await respond(request, Unavailable(N_("The database is away. Try again in a moment."), details={"retry_after": 2}))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return await respond(request, _refusal_of(request, error, methods))

    async def on_bug(request: Request, error: Exception) -> Response:
        logger.error("A request failed", exc_info=error)
        return await respond(request, ServiceError())

    handlers: dict[Any, Any] = {
        ServiceError: on_refusal,
        HTTPException: on_http,
        RequestValidationError: on_http,
        sa.exc.DBAPIError: on_database,
        sa.exc.TimeoutError: on_database,
        Exception: on_bug,
    }
    for kind, handler in handlers.items():
        application.add_exception_handler(kind, handler)


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _refusal_of(request: Request, error: HTTPException, methods: MethodTable) -> ServiceError:
    if error.status_code == 404:
        return not_found()
    if error.status_code == 405:
        allowed = methods.allowed(request.url.path) or [name for name in (error.headers or {}).get("Allow", "").split(", ") if name]
        return MethodNotAllowed(N_("Use one of %(methods)s here."), params={"methods": ", ".join(allowed)}, details={"allow": allowed})
    return Malformed(N_("The message cannot be read."))


class MethodTable:
    """Which methods an address of the API takes: one address is several routes, and each knows its own only."""

    def __init__(self, routers: Iterable[APIRouter], prefix: str) -> None:
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        self._methods = [(compile_path(prefix + route.path)[0], route.methods or set()) for route in routes]

    def allowed(self, path: str) -> list[str]:
        return sorted({method for pattern, methods in self._methods if pattern.match(path) for method in methods})


async def _remember(request: Request, error: ServiceError) -> None:
    session = request.scope.get("state", {}).get("session")
    if error.kind == "forbidden" and session is not None:
        await note_refusal(gateway_of(request), session, request, error)
