"""The wire: CloudEvents 1.0 JSON batches of 1 to 500 events, at most 1 MiB (architecture.md, "Messages").

Extension attributes follow the CloudEvents rule (lower-case letters and digits): `aggregateversion`, `correlationid`,
`causationid`, `actor`, `actorunit`, `traceparent`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from shared.identifiers import new_id

CONTENT_TYPE = "application/cloudevents-batch+json"
MAX_EVENTS = 500
MAX_BYTES = 1024 * 1024
SPEC_VERSION = "1.0"

_REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "aggregateversion", "actor", "data")


class MalformedBatch(ValueError):
    """The bytes are no batch of ours: dead-lettered whole, never acknowledged as read."""


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `type` is `<subject>.<past_tense>.v<major>` and also the routing key; `subject` is the aggregate's id."""

    type: str
    source: str
    subject: str
    data: dict[str, Any]
    aggregate_version: int
    actor: str
    actor_unit: str = ""
    id: str = field(default_factory=new_id)
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""

    def to_wire(self) -> dict[str, Any]:
        wire = {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "aggregateversion": self.aggregate_version,
            "actor": self.actor,
            "data": self.data,
        }
        optional = {
            "actorunit": self.actor_unit,
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "traceparent": self.traceparent,
        }
        wire.update((name, value) for name, value in optional.items() if value)
        return wire

    def encode(self) -> bytes:
        return orjson.dumps(self.to_wire())


def event_from_wire(wire: dict[str, Any]) -> Event:
    """Raises MalformedBatch. Unknown attributes are ignored: a newer producer may add some."""
    missing = [name for name in _REQUIRED if name not in wire]
    if missing:
        raise MalformedBatch(f"event lacks {', '.join(missing)}")
    if not isinstance(wire["data"], dict) or not isinstance(wire["aggregateversion"], int):
        raise MalformedBatch("data is no object or aggregateversion no number")
    return Event(
        type=wire["type"],
        source=wire["source"],
        subject=wire["subject"],
        data=wire["data"],
        aggregate_version=wire["aggregateversion"],
        actor=wire["actor"],
        actor_unit=wire.get("actorunit", ""),
        id=wire["id"],
        time=wire["time"],
        correlation_id=wire.get("correlationid", ""),
        causation_id=wire.get("causationid", ""),
        traceparent=wire.get("traceparent", ""),
    )


def decode_batch(body: bytes) -> list[Event]:
    """Raises MalformedBatch for what is no batch, is empty, or is above the limits."""
    if len(body) > MAX_BYTES:
        raise MalformedBatch(f"batch of {len(body)} bytes, at most {MAX_BYTES}")
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBatch("not JSON") from error
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_EVENTS or not all(isinstance(item, dict) for item in items):
        raise MalformedBatch(f"not a list of 1 to {MAX_EVENTS} events")
    return [event_from_wire(item) for item in items]


def encode_batches(encoded_events: Iterable[bytes]) -> Iterator[bytes]:
    """Pack encoded events, in order, into as few batches as the limits allow. Raises MalformedBatch for one event above 1 MiB."""
    batch: list[bytes] = []
    size = 2
    for encoded in encoded_events:
        if len(encoded) + 2 > MAX_BYTES:
            raise MalformedBatch(f"one event of {len(encoded)} bytes, at most {MAX_BYTES}")
        if batch and (len(batch) == MAX_EVENTS or size + len(encoded) + 1 > MAX_BYTES):
            yield _join(batch)
            batch, size = [], 2
        batch.append(encoded)
        size += len(encoded) + 1
    if batch:
        yield _join(batch)


def _join(batch: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(batch) + b"]"
