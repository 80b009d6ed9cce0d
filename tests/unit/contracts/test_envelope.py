from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import MAX_BYTES, MAX_EVENTS, Event, MalformedBatch, decode_batch, encode_batches


def event(number: int = 0, **changes) -> Event:
    values = {
        "type": "case.submitted.v1",
        "source": "/cases",
        "subject": f"case-{number}",
        "data": {"case": {"title": "ຢາບ້າ"}},
        "aggregate_version": 1,
        "actor": "officer",
    }
    return Event(**values | changes)


def test_a_batch_comes_back_as_it_went():
    events = [event(0, traceparent="00-1-2-01", correlation_id="c", causation_id="d", actor_unit="LA-VTE"), event(1)]
    (body,) = encode_batches(item.encode() for item in events)
    assert decode_batch(body) == events


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=1200))
def test_batches_keep_order_and_limits(sizes):
    encoded = [orjson.dumps({"n": number, "x": "y" * size}) for number, size in enumerate(sizes)]
    batches = list(encode_batches(encoded))
    assert all(len(batch) <= MAX_BYTES for batch in batches)
    contents = [orjson.loads(batch) for batch in batches]
    assert all(1 <= len(content) <= MAX_EVENTS for content in contents)
    assert [item["n"] for content in contents for item in content] == list(range(len(sizes)))


def test_an_event_that_fits_nowhere_is_refused_where_it_is_made():
    with pytest.raises(MalformedBatch):
        list(encode_batches([b"x" * MAX_BYTES]))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1]", b"\xff", b"[{}]", orjson.dumps([event().to_wire()] * 501), b"[" + b" " * MAX_BYTES + b"]"],
)
def test_what_is_no_batch_is_malformed(body):
    with pytest.raises(MalformedBatch):
        decode_batch(body)


@pytest.mark.parametrize(("name", "value"), [("data", []), ("aggregateversion", "1")])
def test_wrong_types_are_malformed(name, value):
    with pytest.raises(MalformedBatch):
        decode_batch(orjson.dumps([event().to_wire() | {name: value}]))


def test_a_newer_producers_attributes_are_passed_over():
    assert decode_batch(orjson.dumps([event(id="1", time="t").to_wire() | {"later": 1}])) == [event(id="1", time="t")]
