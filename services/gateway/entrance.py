"""What every REST call passes at the door, in the order that api.md promises: 401, 403, 404, 415, 413, 400; the rest is the owner's.

A fault that is found here while the owner has a say in an earlier one (somebody else's record) is held back until the owner was asked.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from services.gateway.audit import acted
from services.gateway.gateway import Gateway
from services.gateway.refusals import Malformed, RequestTimeout, TooLarge, TooManyRequests, UnsupportedMediaType
from services.gateway.session import Session
from services.gateway.translation import negotiate
from shared.errors import FieldError, Forbidden, ServiceError, Unauthenticated, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

SESSION_COOKIE = "opencen_session"
LANGUAGE_COOKIE = "opencen_language"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

JSON_TYPES = frozenset({"application/json"})
PATCH_TYPES = frozenset({"application/json", "application/merge-patch+json"})
MOST_BODY_BYTES = 2_000_000
MOST_DEPTH = 32
BODY_SECONDS = 20.0
MOST_KEY_LENGTH = 200

Probe = Callable[[], Awaitable[object]]


def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


def language_of(request: Request) -> str:
    """The language chosen on the pages, else that of `Accept-Language`."""
    return negotiate(request.cookies.get(LANGUAGE_COOKIE) or request.headers.get("accept-language"))


async def session_of(request: Request) -> Session | None:
    """The living session of a bearer token or of the browser's cookie; None when there is neither."""
    gateway = gateway_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        found = await gateway.sessions.find(token.strip()) if scheme.lower() == "bearer" else None
        found = found if found is not None and found.kind != "browser" else None
    else:
        found = await gateway.sessions.find(request.cookies.get(SESSION_COOKIE, ""))
        found = found if found is not None and found.kind == "browser" else None
    if found is None:
        return None
    state = request.scope.get("state", {})
    return replace(
        found,
        language=language_of(request),
        correlation_id=state.get("correlation_id", ""),
        traceparent=state.get("traceparent", ""),
    )


async def enter(request: Request, act: str | None = None) -> Session:
    """Signed in, within the rate, with a role that gives the act. Raises Unauthenticated, TooManyRequests, Forbidden."""
    gateway = gateway_of(request)
    session = await session_of(request)
    if session is None:
        raise Unauthenticated(N_("Sign in first. The session may have ended."))
    wait = gateway.rate_limiter.take(session.principal.account, time.monotonic())
    if wait:
        raise TooManyRequests(N_("Too many calls in a moment. Wait and try again."), details={"retry_after": wait})
    request.scope.setdefault("state", {})["session"] = session
    if session.kind == "browser" and request.method not in SAFE_METHODS:
        _require_csrf(request, session)
    if act is not None:
        require(session.principal, act)
    return session


def _require_csrf(request: Request, session: Session) -> None:
    sent = request.headers.get(CSRF_HEADER, "")
    if not secrets.compare_digest(sent.encode(), session.csrf_token.encode()):
        raise Forbidden(N_("The page is out of date. Load it again and repeat."), code="csrf")


async def read_json(
    request: Request, *, types: frozenset[str] = JSON_TYPES, probe: Probe | None = None, optional: bool = False
) -> dict[str, Any]:
    """The body as an object: 415, 413, 400, and 422 where it is JSON but no object. An `optional` one may be absent.

    `probe` asks the owner whether the caller may do this at all (it raises what comes before), and is only called on a fault here.
    """
    if optional and request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
        return {}
    try:
        return await _read_object(request, types)
    except ServiceError:
        if probe is not None:
            await probe()
        raise


async def _read_object(request: Request, types: frozenset[str]) -> dict[str, Any]:
    require_content_type(request, types)
    body = await read_body(request)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(N_("The body is not JSON: see line %(line)s, column %(column)s."), params=_place(error)) from error
    require_depth(value)
    if not isinstance(value, dict):
        raise Unprocessable(errors=[FieldError("", "wrong_type", N_("Send an object."))])
    return value


def require_content_type(request: Request, types: frozenset[str], *, charset_matters: bool = True) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    known_charset = not charset_matters or "charset" not in parameters.lower() or charset in {"utf-8", "utf8"}
    if media_type.strip().lower() not in types or not known_charset or "content-encoding" in request.headers:
        raise UnsupportedMediaType(N_("Send the body as %(types)s."), params={"types": ", ".join(sorted(types))})


async def read_body(request: Request, most_bytes: int = MOST_BODY_BYTES) -> bytes:
    """Raises TooLarge before the whole has come, RequestTimeout for one that trickles."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most_bytes:
                    raise _too_large(most_bytes)
                chunks.append(chunk)
    except TimeoutError as error:
        raise RequestTimeout(N_("The message took too long to arrive. Send it again.")) from error
    except ClientDisconnect as error:
        raise Malformed(N_("The message ended before its end.")) from error
    return b"".join(chunks)


def require_depth(value: Any) -> None:
    """Raises Malformed for what is nested deeper than any record can be."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MOST_DEPTH):
        if not level:
            return
        children = (child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent))
        level = [child for child in children if isinstance(child, dict | list)]
    if level:
        raise Malformed(N_("The body is nested more than %(most)s levels deep."), code="too_deep", params={"most": MOST_DEPTH})


def idempotency_key(request: Request) -> str | None:
    """Raises Unprocessable for a key that no owner could keep."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= MOST_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Unprocessable(
            errors=[FieldError("Idempotency-Key", "format", N_("Use 1 to %(most)s printable characters."), {"most": MOST_KEY_LENGTH})]
        )
    return key


def if_match(request: Request) -> str | None:
    return request.headers.get("if-match")


async def note_refusal(gateway: Gateway, session: Session, request: Request, error: ServiceError) -> None:
    """What was refused for want of a right is in the trail; the path only, since a query may be nominal."""
    details = {"method": request.method, "path": request.url.path[:200], "code": error.code}
    gateway.audit.add(acted(session, "access.refused", "", "refused", details))


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(N_("The body is larger than %(most)s bytes."), params={"most": most_bytes})


def _place(error: orjson.JSONDecodeError) -> dict[str, int]:
    return {"line": error.lineno, "column": error.colno}
