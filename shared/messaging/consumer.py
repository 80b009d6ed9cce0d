"""Applies deliveries: several messages in one transaction, each once, poison set aside alone.

Knows nothing of nameko or of connections: `Subscribe` feeds it.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.contracts.envelope import CONTENT_TYPE, Event, MalformedBatch, decode_batch, encode_batches
from shared.errors import DependencyUnavailable, Retryable
from shared.faults import describe
from shared.identifiers import is_id
from shared.messaging import metrics
from shared.messaging.connection import Message
from shared.messaging.inbox import take_new, trim
from shared.messaging.topology import DEAD_EXCHANGE, OPERATOR, RETRY_TIERS, Subscription
from shared.observability import correlated
from shared.persistence import Database, UnitOfWork, is_conflict, is_connection_lost
from shared.tracing import traced

Handler = Callable[[UnitOfWork, Sequence[Event]], None]
_TIERS = tuple(RETRY_TIERS)
TRIM_EVERY_SECONDS = 3600
_DERIVED = uuid.UUID("6a5d2f0e-2f0b-4b7e-9a55-0c4e3f7b8d11")

log = logging.getLogger(__name__)


class Incoming(Protocol):
    """A delivery as the listener gives it."""

    @property
    def body(self) -> bytes: ...
    @property
    def properties(self) -> dict[str, Any]: ...
    @property
    def headers(self) -> dict[str, Any]: ...
    @property
    def message_id(self) -> str: ...
    @property
    def exchange(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery that could be read."""

    message_id: str
    events: list[Event]
    traceparent: str
    attempt: int
    published_at: float


class Unreadable(ValueError):
    """A message without a usable id, or whose body is no batch of ours."""


class Consumer:
    """`process` returns once every effect is committed (or set aside, safely at the broker), so that all may be acknowledged.

    Raises DependencyUnavailable, or whatever shows that the database is away or asks to run the transaction once more: then nothing is
    acknowledged and the same deliveries are processed again.
    """

    def __init__(
        self, subscription: Subscription, database: Database, handler: Handler, publish: Callable[[Sequence[Message]], None]
    ) -> None:
        self._subscription = subscription
        self._name = subscription.queue
        self._database = database
        self._handler = handler
        self._publish = publish
        self._next_trim = 0.0

    def process(self, deliveries: Sequence[Incoming]) -> None:
        received = [message for message in map(self._read, deliveries) if message is not None]
        if not received:
            return
        with traced(received[0].traceparent), correlated(_common_correlation(received)), metrics.HANDLER_SECONDS.labels(self._name).time():
            try:
                self._apply_together(received)
            except Exception as error:
                if waiting_helps(error):
                    raise
                log.warning("Applying messages one by one: %s", describe(error), extra={"queue": self._name})
                for message in received:
                    self._apply_alone(message)
        metrics.LAG.labels(self._name).set(max(0.0, time.time() - received[-1].published_at))
        self._trim_inbox()

    def _trim_inbox(self) -> None:
        if time.monotonic() < self._next_trim:
            return
        with self._database.unit_of_work() as work:
            more = trim(work)
            work.commit()
        self._next_trim = time.monotonic() + (0 if more else TRIM_EVERY_SECONDS)

    def _read(self, delivery: Incoming) -> Received | None:
        """None for what cannot be read: it goes to the dead queue whole, as it came."""
        try:
            self._require_sender(delivery)
            return read(delivery)
        except Unreadable as error:
            log.warning("Dead-lettered whole: %s", error, extra={"queue": self._name})
            self._publish([self._unreadable(delivery, str(error))])
            metrics.SET_ASIDE.labels(self._name, "dead").inc()
            return None

    def _require_sender(self, delivery: Incoming) -> None:
        """Permissions say who writes to an exchange, but answers to calls need the default one, by which anybody reaches any queue.

        So what came past its exchange must be this service's own retry or the operator's; the broker validates the name.
        """
        if delivery.exchange == "" and delivery.properties.get("user_id") not in {self._subscription.service, OPERATOR}:
            raise Unreadable("sent past its exchange by an account that may not")

    def _apply_together(self, received: Sequence[Received]) -> None:
        with self._database.unit_of_work() as work:
            new = take_new(work, self._name, [message.message_id for message in received])
            events: list[Event] = []
            for message in received:
                if message.message_id in new:
                    new.discard(message.message_id)
                    events += message.events
                else:
                    metrics.DUPLICATES.labels(self._name).inc()
            if events:
                self._handler(work, events)
            work.commit()
        metrics.HANDLED.labels(self._name).inc(len(events))

    def _apply_alone(self, message: Received) -> None:
        with self._database.unit_of_work() as work:
            if not take_new(work, self._name, [message.message_id]):
                return
            failed: list[tuple[Event, Exception]] = []
            self._bisect(work, message.events, failed)
            if failed:
                self._publish([self._set_aside(message, event, error) for event, error in failed])
            work.commit()
        metrics.HANDLED.labels(self._name).inc(len(message.events) - len(failed))

    def _bisect(self, work: UnitOfWork, events: Sequence[Event], failed: list[tuple[Event, Exception]]) -> None:
        try:
            with work.savepoint():
                self._handler(work, events)
        except Exception as error:
            if waiting_helps(error):
                raise
            if len(events) == 1:
                failed.append((events[0], error))
                return
            middle = len(events) // 2
            self._bisect(work, events[:middle], failed)
            self._bisect(work, events[middle:], failed)

    def _set_aside(self, message: Received, event: Event, error: Exception) -> Message:
        """The id is derived, so that a repetition sets the same message aside, and a requeued one is not taken for the whole."""
        target = DEAD_EXCHANGE
        if isinstance(error, Retryable) and message.attempt < len(_TIERS):
            target = _TIERS[message.attempt]
        log.error("Set aside: %s", describe(error), extra={"queue": self._name, "target": target, "event": event.id, "type": event.type})
        metrics.SET_ASIDE.labels(self._name, target).inc()
        headers = self._headers(message.message_id, type(error).__qualname__)
        headers |= {"traceparent": message.traceparent, "x-attempt": 0 if target == DEAD_EXCHANGE else message.attempt + 1}
        properties = {
            "message_id": str(uuid.uuid5(_DERIVED, f"{message.message_id}/{event.id}")),
            "content_type": CONTENT_TYPE,
            "user_id": self._subscription.service,
            "application_headers": headers,
        }
        return Message(target, self._name, next(encode_batches([event.encode()])), properties)

    def _unreadable(self, delivery: Incoming, reason: str) -> Message:
        origin = delivery.message_id or "none"
        properties = {
            "message_id": origin if is_id(origin) else str(uuid.uuid5(_DERIVED, origin + hashlib.sha256(delivery.body).hexdigest())),
            "content_type": str(delivery.properties.get("content_type") or "application/octet-stream"),
            "application_headers": self._headers(origin, reason),
        }
        return Message(DEAD_EXCHANGE, self._name, delivery.body, properties)

    def _headers(self, origin: str, reason: str) -> dict[str, Any]:
        return {"x-origin": origin, "x-reason": reason, "x-set-aside-at": int(time.time())}


def read(delivery: Incoming) -> Received:
    """Raises Unreadable."""
    if not is_id(delivery.message_id):
        raise Unreadable("the message has no id of ours")
    try:
        events = decode_batch(delivery.body)
    except MalformedBatch as error:
        raise Unreadable(str(error)) from error
    attempt = delivery.headers.get("x-attempt", 0)
    timestamp = delivery.properties.get("timestamp")
    return Received(
        message_id=delivery.message_id,
        events=events,
        traceparent=str(delivery.headers.get("traceparent", "")),
        attempt=attempt if isinstance(attempt, int) else 0,
        published_at=float(timestamp or time.time()),
    )


def _common_correlation(received: Sequence[Received]) -> str:
    """Nothing where the messages come of several acts: a wrong id is worse than none."""
    ids = {message.events[0].correlation_id for message in received} | {message.events[-1].correlation_id for message in received}
    return ids.pop() if len(ids) == 1 else ""


def waiting_helps(error: BaseException) -> bool:
    """Also where the trouble hides behind a failing rollback."""
    present: BaseException | None = error
    while present is not None:
        if isinstance(present, DependencyUnavailable) or is_connection_lost(present) or is_conflict(present):
            return True
        present = present.__cause__ or present.__context__
    return False
