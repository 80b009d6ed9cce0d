"""Sign in and out. A wrong name and a wrong password look and take the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.gateway.audit import acted
from services.gateway.domain.lock_out import Attempts
from services.gateway.gateway import Gateway
from services.gateway.refusals import TooManyRequests
from services.gateway.session import Kind, Session
from services.gateway.session_store import NewSession
from shared.contracts.directory import ACTED
from shared.contracts.envelope import Event
from shared.errors import FieldError, ServiceError, Unauthenticated, Unprocessable
from shared.i18n import N_

MOST_NAME_LENGTH = 100
MOST_PASSWORD_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Of a sign-in request: what is known before anybody is signed in."""

    language: str = "en"
    correlation_id: str = ""
    traceparent: str = ""


async def sign_in(
    gateway: Gateway, username: object, password: object, *, kind: Kind = "bearer", caller: Caller | None = None
) -> NewSession:
    """A new session. Raises Unprocessable, TooManyRequests `locked`, Unauthenticated `wrong_credentials` with `tries_left`."""
    caller = caller or Caller()
    name, secret = _credentials(username, password)
    async with gateway.passwords.turn():  # look and check in one turn: a storm of guesses gets no more tries than one by one
        known, attempts = await gateway.sign_ins.look_up(name)
        now = datetime.now(UTC)
        if attempts.is_locked(now):
            raise _locked(attempts, now)
        right = await gateway.passwords.matches(known.password_hash if known else None, secret)
        if known is None or not right:
            subject = known.id if known else None
            raise _wrong(await gateway.sign_ins.count_failure(name, now, lambda after: _refused(name, subject, after, caller)), now)
    opened = await gateway.sign_ins.open_session(name, known, kind, lambda new: _opened(_in(new.session, caller)))
    return NewSession(opened.token, _in(opened.session, caller))


async def sign_out(gateway: Gateway, session: Session) -> None:
    await gateway.sessions.end(session.id)
    gateway.audit.add(acted(session, "session.closed", session.principal.account, details={"session": session.id}))


def _credentials(username: object, password: object) -> tuple[str, str]:
    wanted = (("username", username, MOST_NAME_LENGTH), ("password", password, MOST_PASSWORD_LENGTH))
    errors = [error for field, value, most in wanted if (error := _text_problem(field, value, most))]
    if errors:
        raise Unprocessable(errors=errors)
    return str(username).strip().lower(), str(password)


def _text_problem(field: str, value: object, most: int) -> FieldError | None:
    if value is None or value == "":
        return FieldError(field, "required", N_("Fill this in."))
    if not isinstance(value, str):
        return FieldError(field, "wrong_type", N_("Send a text."))
    if len(value) > most or "\0" in value:
        return FieldError(field, "format", N_("Use at most %(most)s printable characters."), {"most": most})
    return None


def _in(session: Session, caller: Caller) -> Session:
    return replace(session, language=caller.language, correlation_id=caller.correlation_id, traceparent=caller.traceparent)


def _opened(session: Session) -> Event:
    return acted(session, "session.opened", session.principal.account, details={"kind": session.kind, "session": session.id})


def _wrong(attempts: Attempts, now: datetime) -> ServiceError:
    if attempts.is_locked(now):
        return _locked(attempts, now)
    return Unauthenticated(
        N_("The name or the password is not right. Tries left: %(tries_left)s."),
        code="wrong_credentials",
        params={"tries_left": attempts.tries_left()},
        details={"tries_left": attempts.tries_left()},
    )


def _refused(name: str, account_id: str | None, attempts: Attempts, caller: Caller) -> Event:
    """A name that no account has stays out of the trail: people type passwords there."""
    who = account_id or "unknown"
    details = {"failures": attempts.failures} | ({"username": name} if account_id else {})
    return Event(
        type=ACTED,
        source="gateway",
        subject=who,
        data={"action": "session.refused", "subject": who, "outcome": "refused", "details": details},
        aggregate_version=1,
        actor=who,
        correlation_id=caller.correlation_id,
        traceparent=caller.traceparent,
    )


def _locked(attempts: Attempts, now: datetime) -> TooManyRequests:
    seconds = attempts.seconds_left(now)
    return TooManyRequests(
        N_("Too many wrong tries. Sign-in opens again in %(minutes)s minutes; your unit's administrator can help."),
        code="locked",
        params={"minutes": -(-seconds // 60)},
        details={"retry_after": seconds},
    )
