from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.documentation import documented
from services.gateway.entrance import enter, gateway_of, language_of, read_json
from services.gateway.handlers import sessions
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

router = APIRouter(tags=["session"])
MEMBERS = {"username", "password", "otp"}


@router.post("/session", **documented("Sign in", answer="SignedIn", body="SignIn", signed_in=False))
async def sign_in(request: Request) -> Response:
    body = await read_json(request)
    unknown = [FieldError(name, "unknown_field", N_("This field is not known here.")) for name in sorted(body.keys() - MEMBERS)]
    if unknown:
        raise Unprocessable(errors=unknown)
    state = request.scope.get("state", {})
    caller = sessions.Caller(language_of(request), state.get("correlation_id", ""), state.get("traceparent", ""))
    opened = await sessions.sign_in(gateway_of(request), body.get("username"), body.get("password"), caller=caller)
    content = {"token": opened.token, "expires_at": opened.session.expires_at.isoformat(), "user": opened.session.user()}
    return answer(content, headers={"Cache-Control": "no-store"})


@router.get("/session", **documented("Who is signed in", answer="SessionInfo"))
async def get_session(request: Request) -> Response:
    session = await enter(request)
    return answer({"expires_at": session.expires_at.isoformat(), "user": session.user()})


@router.delete("/session", **documented("Sign out", answer="nothing", status=204))
async def sign_out(request: Request) -> Response:
    session = await enter(request)
    await sessions.sign_out(gateway_of(request), session)
    return Response(status_code=204)
