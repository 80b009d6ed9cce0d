"""Small parts of messaging that need no broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Event, encode_batches
from shared.errors import Conflict, DependencyUnavailable, FieldError, ServiceError, Unavailable
from shared.faults import describe
from shared.identifiers import new_id
from shared.messaging.circuit import FAILURES_TO_OPEN, OPEN_SECONDS, Circuit
from shared.messaging.consumer import Unreadable, read, waiting_helps
from shared.messaging.dead_letters import MASK, mask
from shared.messaging.wire import Request, decode_answer, encode_error, encode_result, unavailable
from shared.observability import correlated
from shared.tracing import child_of, current_traceparent, new_traceparent, traced


@dataclass
class Delivery:
    body: bytes
    message_id: str = field(default_factory=new_id)
    headers: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)


def a_batch(count: int = 1) -> bytes:
    return next(encode_batches(Event("case.submitted.v1", "/cases", "c", {}, 1, "officer").encode() for _ in range(count)))


def test_a_circuit_opens_after_failures_in_a_row_and_lets_one_call_try():
    now = [0.0]
    circuit = Circuit(lambda: now[0])
    for _ in range(FAILURES_TO_OPEN - 1):
        circuit.failed()
    circuit.succeeded()
    for _ in range(FAILURES_TO_OPEN):
        assert circuit.admits()
        circuit.failed()
    assert not circuit.admits()
    now[0] += OPEN_SECONDS
    assert [circuit.admits(), circuit.admits()] == [True, False], "one call tries, the others still fail at once"
    circuit.succeeded()
    assert circuit.admits()


def test_a_refusal_travels_whole():
    refusal = Conflict("Not %(now)s", code="own", params={"now": "now"}, errors=[FieldError("a", "b", "c", {"d": 1})], details={"e": 2})
    with pytest.raises(Conflict) as back:
        decode_answer(encode_error(refusal))
    assert back.value.to_wire() == refusal.to_wire()


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5))
def test_a_result_travels_whole(result):
    assert decode_answer(encode_result(result)) == result


def test_a_request_carries_its_patience_and_where_it_belongs():
    with traced(new_traceparent()) as span, correlated("the-act"):
        request = Request("cases", "get_case", {"id": "x"}, token="t", timeout=2.0)
        headers = request.headers()
    assert request.queue == "rpc.cases"
    assert orjson.loads(request.body()) == {"id": "x"}
    assert (headers["token"], headers["correlation"], headers["language"]) == ("t", "the-act", "en")
    assert headers["traceparent"][:36] == span[:36]
    assert "idempotency-key" not in headers
    assert all(not isinstance(value, float) for value in headers.values())


def test_unavailable_says_who_and_when():
    error = unavailable("cases", "timeout")
    assert isinstance(error, Unavailable)
    assert (error.code, error.details["service"], error.details["retry_after"]) == ("timeout", "cases", 5)


@given(st.text())
def test_whatever_comes_in_as_a_trace_goes_out_as_one(text):
    span = child_of(text)
    assert child_of(span)[:36] == span[:36]
    assert child_of(span) != span


def test_a_trace_ends_with_its_block():
    with traced("nonsense") as span:
        assert current_traceparent() == span
    assert current_traceparent() == ""


def test_a_delivery_is_read():
    message = Delivery(a_batch(3), headers={"traceparent": "t", "x-attempt": 2}, properties={"timestamp": 17})
    received = read(message)
    assert (len(received.events), received.traceparent, received.attempt, received.published_at) == (3, "t", 2, 17.0)


@pytest.mark.parametrize(
    "delivery",
    [
        Delivery(a_batch(), message_id=""),
        Delivery(a_batch(), message_id="not-one-of-ours"),
        Delivery(b""),
        Delivery(b"\xff"),
        Delivery(b"{}"),
        Delivery(b"[]"),
        Delivery(b"[1]"),
        Delivery(b'[{"id": "x"}]'),
        Delivery(b"[" + b" " * 1_100_000 + b"]"),
    ],
)
def test_what_is_no_batch_of_ours_is_unreadable(delivery):
    with pytest.raises(Unreadable):
        read(delivery)


def test_a_foreign_attempt_counts_as_none():
    assert read(Delivery(a_batch(), headers={"x-attempt": "many"})).attempt == 0


def test_waiting_helps_where_something_is_away_also_behind_another_error():
    behind = ValueError("while rolling back")
    behind.__cause__ = DependencyUnavailable("engine")
    assert waiting_helps(behind)
    assert waiting_helps(sa.exc.TimeoutError())
    assert not waiting_helps(ValueError())
    assert not waiting_helps(ServiceError())


@given(
    st.recursive(st.text(min_size=4) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.just("name"), inner), max_leaves=8)
)
def test_no_value_survives_the_mask(value):
    leaves: list[Any] = []

    def walk(item: Any) -> None:
        if isinstance(item, dict | list):
            for inner in item.values() if isinstance(item, dict) else item:
                walk(inner)
        else:
            leaves.append(item)

    walk(mask(value))
    assert set(leaves) <= {MASK}


def test_a_fault_is_described_without_its_text():
    def fail() -> None:
        raise ValueError("Somsak")

    with pytest.raises(ValueError, match="Somsak") as raised:
        fail()
    text = describe(raised.value)
    assert text.startswith("ValueError < test_parts.py:")
    assert "Somsak" not in text
