"""What an alert may become, and when it is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.alert import ACTS, DUE, STATES, Actor, Alert, due_at, perform, request_from
from services.notifications.domain.back_off import FIRST, LONGEST, MOST_ATTEMPTS, pause_after
from shared.errors import Conflict, Unprocessable

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
OFFICER = Actor("a-officer", "officer.vte", "LA-VTE")


def an_alert(**changes) -> Alert:
    values = {
        "id": "alert-1",
        "sequence": 1,
        "version": 1,
        "unit": "LA-VTE",
        "state": "new",
        "severity": "high",
        "case_id": "case-1",
        "case_no": "LA-VTE-2026-000001",
        "case_version": 1,
        "saved_search_id": "search-1",
        "saved_search_name": "Ketamine",
        "fingerprint": "f",
        "reason": [{"field": "drug", "text": "ketamine", "terms": ["ketamine"]}],
        "created_at": NOW,
        "due_at": NOW + timedelta(hours=1),
    }
    return Alert(**(values | changes))


# Written apart from the table in the domain: from -> acts that it allows.
ALLOWED = {
    "new": {"acknowledge", "assign", "escalate", "dismiss"},
    "acknowledged": {"assign", "escalate", "dismiss"},
    "assigned": {"assign", "escalate", "dismiss"},
    "escalated": {"acknowledge", "assign", "dismiss"},
    "dismissed": set(),
}


@pytest.mark.parametrize(("state", "act"), list(product(STATES, ACTS)))
def test_every_act_in_every_state(state, act):
    alert = an_alert(state=state)
    if act not in ALLOWED[state]:
        with pytest.raises(Conflict) as refused:
            perform(alert, act, OFFICER)
        assert refused.value.details == {"state": state}
        return
    change = perform(alert, act, OFFICER, to="someone", comment="why")
    assert (change.alert.version, change.alert.state) == (2, ACTS[act].state)
    assert (change.event, change.actor, change.actor_unit, change.comment) == (ACTS[act].event, "a-officer", "LA-VTE", "why")


def test_who_assigns_has_seen_it_and_the_first_to_see_it_stays():
    assigned = perform(an_alert(), "assign", OFFICER, to="colleague").alert
    assert (assigned.acknowledged_by, assigned.assigned_to) == ("officer.vte", "colleague")
    escalated = perform(assigned, "escalate", OFFICER, to="LA-HQ").alert
    seen = perform(escalated, "acknowledge", Actor("a-chief", "chief.hq")).alert
    assert (seen.acknowledged_by, seen.escalated_to) == ("officer.vte", "LA-HQ")


@pytest.mark.parametrize("severity", DUE)
def test_the_severity_gives_the_time(severity):
    delay = DUE[severity]
    assert due_at(severity, NOW) == (NOW + delay if delay else None)


def test_an_unknown_severity_is_not_forgotten():
    assert due_at("extreme", NOW) == due_at("medium", NOW)


def test_the_whole_alert_and_its_facts():
    alert = an_alert(due_at=None, channels=("screen", "mail"))
    assert alert.wants_mail
    assert "Ketamine" not in repr(alert.facts())
    whole = alert.to_wire()
    assert whole["saved_search"] == {"id": "search-1", "name": "Ketamine"}
    assert whole["due_at"] is None
    assert whole["reason"][0]["terms"] == ["ketamine"]


def test_a_request_is_read():
    request = request_from("assign", {"id": "x", "to": "officer.vte", "comment": None})
    assert (request.to, request.comment) == ("officer.vte", "")


@given(st.dictionaries(st.sampled_from(["id", "to", "comment", "odd"]), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_whatever_is_sent_is_read_or_refused_by_field(body):
    for act in ACTS:
        try:
            request = request_from(act, body)
        except Unprocessable as refused:
            fields = {error.field for error in refused.errors}
            expected = set(body) - {"id"} | ({"to"} if act == "assign" else set())
        else:
            fields, expected = set(), set()
            assert isinstance(request.comment, str)
            assert act != "assign" or request.to
        assert fields <= expected


@given(st.integers(1, MOST_ATTEMPTS - 1))
def test_pauses_grow_to_an_hour(attempts):
    pause = pause_after(attempts)
    assert pause is not None
    assert FIRST <= pause <= LONGEST
    assert pause_after(attempts + 1) is None or pause_after(attempts + 1) >= pause


def test_at_last_it_is_given_up():
    assert pause_after(MOST_ATTEMPTS) is None


def test_every_problem_of_an_act_is_said_at_once():
    with pytest.raises(Unprocessable) as refused:
        request_from("assign", {"id": "alert-1", "comment": "x" * 2001, "colour": "red"})
    found = {(error.field, error.code) for error in refused.value.errors}
    assert found == {("colour", "unknown_field"), ("comment", "too_long"), ("to", "required")}
    assert request_from("assign", {"to": "colleague", "comment": "x" * 2000}).to == "colleague"
