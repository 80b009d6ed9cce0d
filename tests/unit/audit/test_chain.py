"""Whatever is done to a chain, verification says so."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.chain import GENESIS, Entry, Head, Link, action_of, append, entry_hash, verify


def entry(number: int = 0, **changes) -> Entry:
    base = Entry(
        at=datetime(2026, 3, 2, 14, 40, tzinfo=UTC) + timedelta(seconds=number),
        actor="officer",
        unit="LA-VTE",
        action="case.submitted",
        subject=f"case-{number}",
        outcome="done",
        details={"version": 1},
        event=f"event-{number}",
    )
    return replace(base, **changes)


def chain(length: int) -> list[Link]:
    return list(append(Head(), (entry(number) for number in range(length))))


def test_the_formula_is_the_documented_one():
    first = chain(1)[0]
    canonical = (
        '{"action":"case.submitted","actor":"officer","at":"2026-03-02T14:40:00.000000+00:00","details":{"version":1},'
        '"event":"event-0","outcome":"done","seq":1,"subject":"case-0","unit":"LA-VTE"}'
    )
    assert first.hash == hashlib.sha256(GENESIS + canonical.encode()).digest()


def test_the_zone_of_a_time_does_not_matter():
    there = entry(at=datetime(2026, 3, 2, 21, 40, tzinfo=timezone(timedelta(hours=7))))
    assert entry_hash(GENESIS, 1, there) == entry_hash(GENESIS, 1, entry())


def test_an_untouched_chain_verifies_from_any_link():
    entries = chain(5)
    assert verify(Head(), entries).verified == 5
    middle = Head(entries[1].seq, entries[1].hash)
    result = verify(middle, entries[2:])
    assert (result.verified, result.first_break, result.head) == (3, None, Head(5, entries[4].hash))


@given(length=st.integers(2, 8), data=st.data())
def test_a_changed_removed_inserted_or_swapped_entry_is_found(length, data):
    entries = chain(length)
    place = data.draw(st.integers(0, length - 2))
    damage = data.draw(st.sampled_from(["change", "remove", "insert", "swap"]))
    if damage == "change":
        entries[place] = replace(entries[place], entry=entry(99))
    elif damage == "remove":
        del entries[place]
    elif damage == "insert":
        entries.insert(place, Link(place + 1, entry(99), GENESIS))
    else:
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
    result = verify(Head(), entries)
    assert result.first_break == place + 1
    assert result.verified == place


@pytest.mark.parametrize(("event_type", "action"), [("case.submitted.v1", "case.submitted"), ("search.run", "search.run")])
def test_an_act_is_the_event_without_its_major_version(event_type, action):
    assert action_of(event_type) == action
