"""A call and its answer on the wire, the same for every client and the server.

Request: queue `rpc.<service>` by the default exchange, `type` the method, body the payload as JSON, `user_id` the broker-validated caller,
`reply_to` and `correlation_id`, `expiration` in milliseconds, headers `token`, `idempotency-key`, `language`, `traceparent`,
`correlation` (of the act that the call belongs to), `deadline` (milliseconds since the epoch).
Answer: `{"result": ...}` or `{"error": ServiceError.to_wire()}`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.errors import ServiceError, Unavailable, error_from_wire
from shared.i18n import N_
from shared.identifiers import new_id
from shared.messaging.topology import rpc_queue
from shared.observability import current_correlation_id
from shared.tracing import child_of, current_traceparent

CONTENT_TYPE = "application/json"
RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends; `timeout` in seconds is the caller's patience and the call's life."""

    service: str
    method: str
    payload: dict[str, Any]
    token: str | None = None
    idempotency_key: str | None = None
    language: str = "en"
    timeout: float = 5.0
    correlation_id: str = field(default_factory=new_id)
    traceparent: str = field(default_factory=lambda: child_of(current_traceparent()))

    @property
    def queue(self) -> str:
        return rpc_queue(self.service)

    def body(self) -> bytes:
        return orjson.dumps(self.payload)

    def headers(self) -> dict[str, Any]:
        optional = {"token": self.token, "idempotency-key": self.idempotency_key}
        # Milliseconds as an integer: AMQP tables and their libraries disagree about floats.
        fixed = {
            "language": self.language,
            "traceparent": self.traceparent,
            "deadline": int((time.time() + self.timeout) * 1000),
            "correlation": current_correlation_id() or self.correlation_id,
        }
        return fixed | {name: value for name, value in optional.items() if value is not None}


def encode_result(result: Any) -> bytes:
    return orjson.dumps({"result": result})


def encode_error(error: ServiceError) -> bytes:
    return orjson.dumps({"error": error.to_wire()})


def decode_answer(body: bytes) -> Any:
    """Raises the ServiceError that came back."""
    answer = orjson.loads(body)
    if "error" in answer:
        raise error_from_wire(answer["error"])
    return answer["result"]


def unavailable(service: str, code: str) -> Unavailable:
    """`code`: no_consumer, timeout, circuit_open or broker."""
    return Unavailable(
        N_("The service %(service)s does not answer at the moment. Try again shortly."),
        code=code,
        params={"service": service},
        details={"service": service, "retry_after": RETRY_AFTER_SECONDS},
    )
