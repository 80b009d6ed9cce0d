"""What was set aside: an operator lists, looks (masked), puts back or drops it; both acts go into the trail.

Queues are read by taking and giving back, so that nothing is lost when the program ends in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from shared.contracts.directory import ACTED, EXCHANGE
from shared.contracts.envelope import CONTENT_TYPE, Event, MalformedBatch, decode_batch, encode_batches
from shared.errors import NotFound, Unprocessable
from shared.i18n import N_
from shared.identifiers import new_id
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from shared.messaging.topology import OPERATOR, SUBSCRIPTIONS
from shared.settings import Settings

MASK = "***"
# By consumer's queue.
QUEUES = {subscription.queue: subscription.dead_queue for subscription in SUBSCRIPTIONS}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`queue` is the consumer's, where a requeued message goes; `origin` the message that the event came with."""

    queue: str
    message_id: str
    reason: str
    origin: str
    set_aside_at: str
    body: bytes
    properties: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """Nothing of the payload."""
        return {
            "queue": self.queue,
            "message_id": self.message_id,
            "reason": self.reason,
            "origin": self.origin,
            "set_aside_at": self.set_aside_at,
            "bytes": len(self.body),
            "events": [{"id": event.id, "type": event.type, "subject": event.subject, "time": event.time} for event in self._events()],
        }

    def masked(self) -> dict[str, Any]:
        """The payload's shape: every text and number in it is masked, for it may be nominal."""
        data = [mask(event.data) for event in self._events()]
        return self.summary() | {"data": data}

    def _events(self) -> list[Event]:
        try:
            return decode_batch(self.body)
        except MalformedBatch:
            return []


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator does to a letter, as the trail calls it."""

    name: str
    run: Callable[[Publisher, DeadLetter], None]
    reason: str = ""


def list_queues(settings: Settings) -> list[dict[str, Any]]:
    """Every dead queue and how many messages wait in it."""
    with _channel(settings) as channel:
        return [{"queue": queue, "messages": _count(channel, queue)} for queue in QUEUES]


def show(settings: Settings, queue: str, limit: int = 20) -> list[dict[str, Any]]:
    """The oldest first, masked."""
    with _channel(settings) as channel:
        return [letter.masked() for _tag, letter in islice(_letters(channel, queue), limit)]


def requeue(settings: Settings, queue: str, message_id: str | None = None) -> int:
    """Back to its consumer under the same message id: what was applied meanwhile is not applied twice. None: all of the queue."""

    def put_back(publisher: Publisher, letter: DeadLetter) -> None:
        headers = letter.properties.get("application_headers") or {}
        kept = {"application_headers": {name: value for name, value in headers.items() if name == "traceparent"}}
        publisher.publish([Message("", letter.queue, letter.body, letter.properties | kept | {"user_id": OPERATOR})])

    return _settle(settings, queue, message_id, Act("requeued", put_back))


def drop(settings: Settings, queue: str, message_id: str | None = None, *, reason: str) -> int:
    """For ever; the reason goes into the trail first."""
    if not reason.strip():
        raise Unprocessable(N_("Say why the message may be dropped."), code="reason_required")
    return _settle(settings, queue, message_id, Act("dropped", lambda _publisher, _letter: None, reason))


def _settle(settings: Settings, queue: str, message_id: str | None, act: Act) -> int:
    settled = 0
    with _channel(settings) as channel:
        publisher = Publisher(channel.connection)
        for tag, letter in _letters(channel, queue):
            if message_id in (None, letter.message_id):
                publisher.publish([_trail(letter, act)])
                act.run(publisher, letter)
                channel.basic_ack(tag)
                settled += 1
    return settled


def _trail(letter: DeadLetter, act: Act) -> Message:
    """The operator has no outbox: the act is told before it is done, with a confirm."""
    details = {"queue": letter.queue, "reason": act.reason}
    data = {"action": f"dead_letter.{act.name}", "subject": letter.message_id, "outcome": "done", "details": details}
    event = Event(
        type=ACTED, source=OPERATOR, subject=letter.message_id, data=data, aggregate_version=1, actor=OPERATOR, correlation_id=letter.origin
    )
    body = next(encode_batches([event.encode()]))
    return Message(EXCHANGE, event.type, body, {"message_id": new_id(), "content_type": CONTENT_TYPE, "user_id": OPERATOR})


@contextmanager
def _channel(settings: Settings) -> Iterator[Any]:
    """What was taken and not acknowledged goes back when it closes."""
    connection = open_connection(settings.broker_url(OPERATOR), heartbeat=0)
    try:
        yield connection.channel()
    finally:
        close_quietly(connection)


def _letters(channel: Any, queue: str) -> Iterator[tuple[int, DeadLetter]]:
    """Everything that lies in the dead queue now."""
    for _ in range(_count(channel, queue)):
        message = channel.basic_get(QUEUES[queue])
        if message is None:
            return
        yield message.delivery_info["delivery_tag"], _letter(queue, message)


def _count(channel: Any, queue: str) -> int:
    if queue not in QUEUES:
        raise NotFound(N_("There is no queue %(queue)s."), params={"queue": queue})
    return int(channel.queue_declare(QUEUES[queue], passive=True).message_count)


def mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: mask(item) for name, item in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    return value if value is None or isinstance(value, bool) else MASK


def _letter(queue: str, message: Any) -> DeadLetter:
    """Also of a message that the broker dead-lettered itself, after its delivery limit."""
    headers = message.properties.get("application_headers") or {}
    deaths = headers.get("x-death") or [{}]
    at = headers.get("x-set-aside-at")
    body = message.body if isinstance(message.body, bytes) else bytes(message.body, "utf-8")
    return DeadLetter(
        queue=queue,
        message_id=str(message.properties.get("message_id") or ""),
        reason=str(headers.get("x-reason") or deaths[0].get("reason") or "unknown"),
        origin=str(headers.get("x-origin") or message.properties.get("message_id") or ""),
        set_aside_at=datetime.fromtimestamp(at, UTC).isoformat() if isinstance(at, int) else "",
        body=body,
        properties=dict(message.properties),
    )
