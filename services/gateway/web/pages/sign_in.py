"""Sign in and out. A wrong answer never says which of user name and password was wrong."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.gateway.entrance import SESSION_COOKIE
from services.gateway.handlers import sessions
from services.gateway.translation import translate
from services.gateway.web.door import CSRF_COOKIE, Web, page_router, require_form_token, see
from services.gateway.web.words import DONE
from shared.errors import ServiceError
from shared.i18n import N_

AFTER = 12 * 3600


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/sign-in")
    async def sign_in_page(request: Request) -> Response:
        visitor = await web.visitor(request, counted=False)
        if visitor.signed_in:
            return see(_own_page(request.query_params.get("next")))
        return await _page(web, request, next_page=_own_page(request.query_params.get("next")))

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        form = await request.form()
        words = {name: str(form.get(name) or "") for name in ("username", "password", "next")}
        visitor = await web.visitor(request, counted=False)
        try:
            require_form_token(form, request.cookies.get(CSRF_COOKIE, ""))
            caller = sessions.Caller(visitor.language, _state(request, "correlation_id"), _state(request, "traceparent"))
            opened = await sessions.sign_in(web.gateway, words["username"], words["password"], kind="browser", caller=caller)
        except ServiceError as error:
            message = error.message or (
                error.errors[0].message if error.errors else N_("Something went wrong. Your work is kept. Try again.")
            )
            problem = translate(visitor.language, message, error.params)
            return await _page(web, request, problem=problem, username=words["username"], next_page=_own_page(words["next"]), status=401)
        response = see(_own_page(words["next"]))
        secure = request.url.scheme == "https"
        response.set_cookie(SESSION_COOKIE, opened.token, max_age=AFTER, httponly=True, samesite="lax", secure=secure, path="/")
        response.delete_cookie(CSRF_COOKIE, path="/sign-in")
        return response

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        _, session, _ = await web.form(request)
        await sessions.sign_out(web.gateway, session)
        response = see("/sign-in", done="signed-out")
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response

    return router


async def _page(web: Web, request: Request, *, problem: str = "", username: str = "", next_page: str = "/", status: int = 200) -> Response:
    visitor = await web.visitor(request, counted=False)
    done = request.query_params.get("done", "")
    response = web.pages.render(
        request,
        visitor,
        "sign_in.html",
        status,
        problem=problem,
        username=username,
        next_page=next_page,
        notice=translate(visitor.language, DONE[done]) if done in DONE else "",
    )
    secure = request.url.scheme == "https"
    response.set_cookie(CSRF_COOKIE, visitor.csrf, httponly=True, samesite="strict", secure=secure, path="/sign-in")
    return response


def _own_page(wanted: str | None) -> str:
    """Only a path of this site: never another address."""
    return wanted if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/"


def _state(request: Request, name: str) -> str:
    return str(request.scope.get("state", {}).get(name, ""))
