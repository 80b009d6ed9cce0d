"""`GET /alerts/stream`: one screen's alerts as server-sent events.

The event's `id` is the alert's sequence number, which its owner gives in the order of commit. What is at or below the last one sent is
dropped, and whenever something may have been missed the owner is asked for all after it: nothing is skipped, nothing comes twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from services.gateway.alert_hub import Listener
from services.gateway.directory import subtree_of
from services.gateway.gateway import Gateway
from services.gateway.session import Session
from shared.errors import FieldError, ServiceError, Unprocessable
from shared.i18n import N_
from shared.security.rules import RecordKey, Scope, scope_for

CHECK_SECONDS = 2.0
KEEP_ALIVE_SECONDS = 15.0
BASELINE_SECONDS = 1.0
PAGE = 200
OPENING = b"retry: 2000\n: open\n\n"
KEEP_ALIVE = b": still here\n\n"

logger = logging.getLogger(__name__)


async def stream_alerts(gateway: Gateway, session: Session, last_event_id: str | None) -> AsyncIterator[bytes]:
    """Listens from before this returns, so that nothing is lost between the headers and the first alert.

    Raises Forbidden, or Unprocessable for a `Last-Event-ID` that is none of ours.
    """
    listener = gateway.alerts.listen()
    resumed_at = _sequence(last_event_id)
    stream = AlertStream(gateway, session, listener)
    await stream.open(resumed_at)
    return stream.events()


def _sequence(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Unprocessable(errors=[FieldError("Last-Event-ID", "format", N_("Send the id of the last alert that came."))])
    return int(text)


class AlertStream:
    def __init__(self, gateway: Gateway, session: Session, listener: Listener) -> None:
        self._gateway = gateway
        self._session = session
        self._listener = listener
        self._scope: Scope | None = None
        self._sent = -1
        self._checked_at = 0.0
        self._spoke_at = 0.0

    async def open(self, resumed_at: int | None) -> None:
        self._scope = await self._scope_of(self._session)
        if resumed_at is not None:
            self._sent = resumed_at
            self._listener.missed.set()
            return
        try:
            answer = await self._gateway.call(self._session, "notifications", "latest_sequence", {}, timeout=BASELINE_SECONDS)
            self._sent = answer["sequence"]
        except ServiceError:
            logger.info("An alert stream opens without knowing the latest alert")

    async def events(self) -> AsyncIterator[bytes]:
        """Until the session, the right or the process ends."""
        self._checked_at = self._spoke_at = time.monotonic()
        yield OPENING
        while not self._gateway.alerts.closing.is_set() and await self._may_go_on():
            async for alert in self._next_alerts():
                self._sent = alert["sequence"]
                self._spoke_at = time.monotonic()
                yield _event(alert)
            if time.monotonic() - self._spoke_at > KEEP_ALIVE_SECONDS:
                self._spoke_at = time.monotonic()
                yield KEEP_ALIVE

    async def _next_alerts(self) -> AsyncIterator[dict[str, Any]]:
        """What has come, or nothing after two seconds."""
        if self._listener.missed.is_set():
            async for missed in self._missed_alerts():
                yield missed
        alert = await self._listener.next(CHECK_SECONDS)
        if alert is not None and alert["sequence"] > self._sent and not self._listener.missed.is_set() and self._is_for_us(alert):
            yield alert

    async def _missed_alerts(self) -> AsyncIterator[dict[str, Any]]:
        """All after the last one sent, by pages; when the owner is away, the next round asks again."""
        self._listener.missed.clear()
        self._listener.forget()
        while True:
            try:
                page = await self._gateway.call(
                    self._session, "notifications", "alerts_since", {"after": max(self._sent, 0), "limit": PAGE}
                )
            except ServiceError:
                self._listener.missed.set()
                return
            for alert in page["items"]:
                yield alert
            if page["next"] is None:
                return

    async def _may_go_on(self) -> bool:
        """Asked again every two seconds, so that the stream ends within five of the session or the right."""
        if time.monotonic() - self._checked_at < CHECK_SECONDS:
            return True
        try:
            living = await self._gateway.sessions.still_living(self._session.id)
            if living is None:
                return False
            self._session = replace(self._session, principal=living.principal)
            self._scope = await self._scope_of(self._session)
        except ServiceError:
            return False
        except (sa.exc.SQLAlchemyError, OSError):
            logger.warning("An alert stream goes on although its session cannot be checked just now")
        self._checked_at = time.monotonic()
        return True

    async def _scope_of(self, session: Session) -> Scope:
        return scope_for(session.principal, "alert.read", await subtree_of(self._gateway.database, session.principal.unit))

    def _is_for_us(self, alert: dict[str, Any]) -> bool:
        assert self._scope is not None
        return self._scope.allows(RecordKey(unit=alert["unit"], classification="unclassified"))


def _event(alert: dict[str, Any]) -> bytes:
    """JSON has no line breaks of its own, so an alert is one `data:` line."""
    return b"id: %d\nevent: alert\ndata: %s\n\n" % (alert["sequence"], orjson.dumps(alert))
