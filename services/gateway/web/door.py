"""What every page passes: sign-in, the form's token, and refusals said as a page instead of a problem document."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from services.gateway.entrance import note_refusal, session_of
from services.gateway.gateway import Gateway
from services.gateway.handlers import alerts
from services.gateway.problems import DEFAULT_RETRY_SECONDS, status_of
from services.gateway.session import Session
from services.gateway.translation import translate
from services.gateway.web.assets import Assets
from services.gateway.web.rendering import Pages
from services.gateway.web.units import UnitNames
from services.gateway.web.visitors import Visitor, page_language, page_theme
from shared.errors import Forbidden, ServiceError, Unauthenticated
from shared.i18n import N_

CSRF_COOKIE = "opencen_form"
COUNT_SECONDS = 1.0
MOST_FIELDS = 5_000


@dataclass(frozen=True, slots=True)
class Web:
    """What the pages share; built once."""

    gateway: Gateway
    pages: Pages
    units: UnitNames

    async def visitor(self, request: Request, *, counted: bool = True) -> Visitor:
        """Who looks; `counted` asks for the number of new alerts, whose failure never spoils a page."""
        language = page_language(request)
        session = await session_of(request)
        if session is None:
            return Visitor(language, None, page_theme(request), form_token(request))
        await self.units.refresh()
        visitor = Visitor(language, _speaking(session, language), page_theme(request), session.csrf_token)
        count = await self._new_alerts(visitor) if counted and visitor.may("alert.read") else 0
        return Visitor(language, visitor.session, visitor.theme, visitor.csrf, count)

    async def officer(self, request: Request, *, counted: bool = True) -> tuple[Visitor, Session]:
        """Raises Unauthenticated, which becomes the sign-in page."""
        visitor = await self.visitor(request, counted=counted)
        if visitor.session is None:
            raise Unauthenticated(N_("Sign in first. The session may have ended."))
        request.scope.setdefault("state", {})["session"] = visitor.session
        return visitor, visitor.session

    async def form(self, request: Request) -> tuple[Visitor, Session, FormData]:
        """An officer's form, with its token checked. Raises Forbidden for one that another site sent."""
        visitor, session = await self.officer(request, counted=False)
        form = await request.form(max_fields=MOST_FIELDS)
        require_form_token(form, session.csrf_token)
        return visitor, session, form

    async def _new_alerts(self, visitor: Visitor) -> int:
        assert visitor.session is not None
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                found = await alerts.list_alerts(self.gateway, visitor.session, state="new", limit=1)
        except (ServiceError, TimeoutError):
            return 0
        return int(found["counts"].get("new", 0))


def create_web(gateway: Gateway, assets: Assets) -> Web:
    return Web(gateway, Pages(gateway.settings, assets), UnitNames(gateway.database))


def page_router(web: Web) -> APIRouter:
    """Routes whose refusals are pages."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def page(request: Request) -> Response:
                try:
                    return await handler(request)
                except ServiceError as error:
                    await _note(web, request, error)
                    return await refusal_page(web, request, error)

            return page

    return APIRouter(include_in_schema=False, route_class=PageRoute)


async def refusal_page(web: Web, request: Request, error: ServiceError) -> Response:
    """The sign-in page for one who is not signed in, else a page that says what to do."""
    status = status_of(error)
    if status == 401:
        return to_sign_in(request)
    try:
        visitor = await web.visitor(request, counted=False)
    except (sa.exc.SQLAlchemyError, OSError):  # the page that says so needs no database
        visitor = Visitor(page_language(request), None, page_theme(request))
    detail = translate(visitor.language, error.message, error.params) if status != 500 else ""
    response = web.pages.render(request, visitor, "refusal.html", status, code=status, detail=detail)
    if status in {429, 503}:
        response.headers["Retry-After"] = str(max(1, round(error.details.get("retry_after") or DEFAULT_RETRY_SECONDS)))
    return response


async def _note(web: Web, request: Request, error: ServiceError) -> None:
    session = request.scope.get("state", {}).get("session")
    if error.kind == "forbidden" and session is not None:
        await note_refusal(web.gateway, session, request, error)


def to_sign_in(request: Request) -> Response:
    """Back to the same page afterwards; without its query, which may be nominal."""
    path = request.url.path if request.method == "GET" else "/"
    query = urlencode({"next": path}) if path != "/" else ""
    target = f"/sign-in?{query}" if query else "/sign-in"
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def form_token(request: Request) -> str:
    """Before sign-in the token stands in a cookie and in the form, and must be the same in both."""
    return request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)


def require_form_token(form: FormData, expected: str) -> None:
    sent = form.get("csrf_token")
    if not isinstance(sent, str) or not expected or not secrets.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden(N_("The page is out of date. Load it again and repeat."), code="csrf")


def see(path: str, **query: str) -> Response:
    """The page after an act: a reload of it repeats nothing."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


async def or_away(wanted: Awaitable[Any]) -> Any:
    """A list that loads and fails alone: "away" where its service does not answer."""
    try:
        return await wanted
    except ServiceError as error:
        if status_of(error) in {403, 404}:
            return None
        return "away"


def _speaking(session: Session, language: str) -> Session:
    return replace(session, language=language)
