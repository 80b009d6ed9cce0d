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

from services.gateway.alert_hub import Listener
from services.gateway.directory import subtree_of
from services.gateway.gateway import Gateway
from services.gateway.session import Session
from shared.errors import FieldError, Forbidden, ServiceError, Unprocessable
from shared.i18n import N_
from shared.security.rules import RecordKey, scope_for

LOOK_AROUND_SECONDS = 5.0
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
    resumed_at = _sequence(last_event_id)
    subtree = await subtree_of(gateway.database, session.principal.unit)
    stream = AlertStream(gateway, session, gateway.alerts.listen(), subtree)
    await stream.open(resumed_at)
    return stream.events()


def _sequence(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Unprocessable(errors=[FieldError("Last-Event-ID", "format", N_("Send the id of the last alert that came."))])
    return int(text)


class AlertStream:
    def __init__(self, gateway: Gateway, session: Session, listener: Listener, subtree: frozenset[str]) -> None:
        self._gateway = gateway
        self._listener = listener
        self._watched = gateway.session_watch.watch(session, subtree, self._on_change)
        self._session = session
        self._scope = scope_for(session.principal, "alert.read", subtree)
        self._lives = True
        self._sent = -1
        self._spoke_at = 0.0

    async def open(self, resumed_at: int | None) -> None:
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
        try:
            yield OPENING
            self._spoke_at = time.monotonic()
            while self._may_go_on:
                async for alert in self._next_alerts():
                    if not self._may_go_on:
                        return
                    self._sent = alert["sequence"]
                    self._spoke_at = time.monotonic()
                    yield _event(alert)
                if time.monotonic() - self._spoke_at > KEEP_ALIVE_SECONDS:
                    self._spoke_at = time.monotonic()
                    yield KEEP_ALIVE
        finally:
            self._gateway.alerts.leave(self._listener)
            self._gateway.session_watch.leave(self._watched)

    @property
    def _may_go_on(self) -> bool:
        return self._lives and not self._gateway.alerts.closing.is_set()

    async def _next_alerts(self) -> AsyncIterator[dict[str, Any]]:
        """What has come, or nothing after a while."""
        if self._listener.missed.is_set():
            async for missed in self._missed_alerts():
                yield missed
        alert = await self._listener.next(LOOK_AROUND_SECONDS)
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

    def _on_change(self) -> None:
        """The session has ended, or its rights are others: the stream goes on only with the right to read alerts."""
        session = self._watched.session
        try:
            if session is None:
                self._lives = False
            else:
                self._session = replace(self._session, principal=session.principal)
                self._scope = scope_for(session.principal, "alert.read", self._watched.subtree)
        except Forbidden:
            self._lives = False
        self._listener.offer(None)

    def _is_for_us(self, alert: dict[str, Any]) -> bool:
        return self._scope.allows(RecordKey(unit=alert["unit"], classification="unclassified"))


def _event(alert: dict[str, Any]) -> bytes:
    """JSON has no line breaks of its own, so an alert is one `data:` line."""
    return b"id: %d\nevent: alert\ndata: %s\n\n" % (alert["sequence"], orjson.dumps(alert))
