"""One match, one alert; who sees it and what they may do; what becomes of it."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from services.notifications.adapters.alerts import PostgresAlerts
from services.notifications.adapters.deliveries import PostgresOutgoing
from services.notifications.handlers import raising
from shared.contracts.envelope import Event
from shared.contracts.registry import validated
from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from shared.identifiers import new_id
from shared.persistence import Database
from shared.settings import Settings
from tests.component.notifications.office import AUDITOR, CHIEF, COLLEAGUE, OFFICER, STRANGER, Office, matched
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def test_a_match_becomes_one_alert_told_twice(office: Office) -> None:
    event = matched()
    with office.open():
        office.directory()
        office.match(event)
        alert = office.one_alert()
        office.match(event)
        office.match(matched())
        eventually(lambda: len(office.alerts()) == 2)
        eventually(lambda: office.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0] == 0)
    assert {name: alert[name] for name in ("unit", "state", "severity", "assigned_to", "acknowledged_by")} == {
        "unit": "LA-VTE",
        "state": "new",
        "severity": "high",
        "assigned_to": None,
        "acknowledged_by": None,
    }
    assert alert["case"] == {"id": event.subject, "case_no": "LA-VTE-2026-000123", "version": 2}
    assert alert["saved_search"] == {"id": event.data["saved_search"]["id"], "name": "Ketamine by air"}
    assert alert["reason"] == event.data["reason"]
    assert alert["created_at"] < alert["due_at"]
    facts, whole = office.told("notifications.events"), office.told("notifications.nominal.events")
    assert [event.type for event in facts] == ["alert.raised.v1"] * 2
    assert [event.id for event in facts] == [event.id for event in whole]
    assert whole[0].data["alert"] == alert
    assert "ketamine" not in repr(facts).lower()
    for told, exchange in ((facts, "notifications.events"), (whole, "notifications.nominal.events")):
        for one in told:
            validated(one, exchange)


def test_a_batch_of_matches_keeps_its_order_and_repeats_nothing(office: Office) -> None:
    searches, cases = [new_id() for _ in range(3)], [new_id() for _ in range(10)]
    events = [matched(case, search=search) for case in cases for search in searches]
    with office.open():
        office.directory()
        office.match(*events, *events[:5])
        office.match(*events)
        eventually(lambda: office.call(OFFICER, "list_alerts")["counts"]["new"] == 30)
        page = office.call(OFFICER, "alerts_since", after=0, limit=20)
        rest = office.call(OFFICER, "alerts_since", after=page["next"], limit=20)
        assert office.call(OFFICER, "latest_sequence") == {"sequence": 30}
    since = page["items"] + rest["items"]
    assert [alert["sequence"] for alert in since] == list(range(1, 31))
    assert [alert["case"]["id"] for alert in since] == [event.subject for event in events]
    assert rest["next"] is None


def test_lists_are_paged_filtered_and_counted(office: Office) -> None:
    with office.open():
        office.directory()
        office.match(*[matched() for _ in range(6)], matched(unit="LA-SVK"))
        eventually(lambda: len(office.alerts(OFFICER)) == 6)
        first = office.call(OFFICER, "list_alerts", limit=4)
        second = office.call(OFFICER, "list_alerts", limit=4, after=first["next"])
        assert [alert["sequence"] for alert in first["items"] + second["items"]] == [6, 5, 4, 3, 2, 1]
        assert second["next"] is None
        office.call(COLLEAGUE, "acknowledge_alert", id=first["items"][1]["id"])
        listed = office.call(OFFICER, "list_alerts", unit="LA-VTE", state="acknowledged")
        assert [alert["id"] for alert in listed["items"]] == [first["items"][1]["id"]]
        assert listed["counts"] == {"new": 5, "acknowledged": 1, "assigned": 0, "escalated": 0, "dismissed": 0}
        for wrong in ({"state": "odd"}, {"limit": 0}, {"limit": 501}, {"limit": True}, {"after": "x"}):
            with pytest.raises(Unprocessable) as refused:
                office.call(OFFICER, "list_alerts", **wrong)
            assert [error.field for error in refused.value.errors] == list(wrong)


def test_alerts_of_other_units_are_not_there(office: Office) -> None:
    with office.open():
        office.directory()
        office.match(matched())
        alert = office.one_alert()
        assert office.alerts(STRANGER) == []
        assert office.call(STRANGER, "alerts_since", after=0, limit=10)["items"] == []
        for method in ("get_alert", "acknowledge_alert", "dismiss_alert"):
            with pytest.raises(NotFound):
                office.call(STRANGER, method, id=alert["id"])
        with pytest.raises(Forbidden):
            office.call(AUDITOR, "list_alerts")
        assert office.alerts(OFFICER, unit="LA-SVK") == []
        assert office.call(COLLEAGUE, "get_alert", id=alert["id"]) == alert
        assert office.alerts(CHIEF) == []
        with pytest.raises(NotFound):
            office.call(OFFICER, "get_alert", id="no-such-id")


def test_officers_act_on_alerts(office: Office) -> None:
    with office.open():
        office.directory()
        office.match(matched())
        identifier = office.one_alert()["id"]
        acknowledged = office.call(OFFICER, "acknowledge_alert", id=identifier, idempotency_key="k1")
        assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", "officer.vte")
        assert office.call(OFFICER, "acknowledge_alert", id=identifier, idempotency_key="k1") == acknowledged
        with pytest.raises(Conflict) as again:
            office.call(COLLEAGUE, "acknowledge_alert", id=identifier)
        assert again.value.details == {"state": "acknowledged"}
        assigned = office.call(OFFICER, "assign_alert", id=identifier, to="validator.vte", comment="Yours")
        assert (assigned["state"], assigned["assigned_to"]) == ("assigned", "validator.vte")
        escalated = office.call(COLLEAGUE, "escalate_alert", id=identifier)
        assert (escalated["state"], escalated["escalated_to"]) == ("escalated", "LA-HQ")
        dismissed = office.call(CHIEF, "dismiss_alert", id=identifier, comment="Known")
        assert dismissed["state"] == "dismissed"
        for method in ("acknowledge_alert", "escalate_alert", "dismiss_alert"):
            with pytest.raises(Conflict):
                office.call(OFFICER, method, id=identifier)
        eventually(lambda: office.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0] == 0)
    told = office.told("notifications.events")
    assert [(event.type, event.actor, event.actor_unit, event.aggregate_version) for event in told] == [
        ("alert.raised.v1", "system:notifications", "", 1),
        ("alert.acknowledged.v1", "a-officer", "LA-VTE", 2),
        ("alert.assigned.v1", "a-officer", "LA-VTE", 3),
        ("alert.escalated.v1", "a-colleague", "LA-VTE", 4),
        ("alert.dismissed.v1", "a-chief", "LA-HQ", 5),
    ]
    assert "Known" not in repr(told + office.told("notifications.nominal.events"))
    comments = office.sql("SELECT act, comment FROM alert_history ORDER BY version")
    assert comments == [("raise", ""), ("acknowledge", ""), ("assign", "Yours"), ("escalate", ""), ("dismiss", "Known")]


PROBLEMS: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("acknowledge_alert", {"comment": 7}, {("comment", "wrong_type")}),
    ("acknowledge_alert", {"to": "x", "odd": 1}, {("to", "unknown_field"), ("odd", "unknown_field")}),
    ("dismiss_alert", {"comment": "x" * 2001}, {("comment", "too_long")}),
    ("dismiss_alert", {"comment": "a\x00b"}, {("comment", "wrong_type")}),
    ("assign_alert", {}, {("to", "required")}),
    ("assign_alert", {"to": "nobody"}, {("to", "unknown_account")}),
    ("assign_alert", {"to": "officer.svk"}, {("to", "unknown_account")}),
    ("escalate_alert", {"to": "LA-SVK"}, {("to", "not_above")}),
]


def test_what_cannot_be_done_is_said_by_field(office: Office) -> None:
    with office.open():
        office.directory()
        office.match(matched())
        alert = office.one_alert()
        for method, body, problems in PROBLEMS:
            with pytest.raises(Unprocessable) as refused:
                office.call(OFFICER, method, id=alert["id"], **body)
            assert {(error.field, error.code) for error in refused.value.errors} == problems
        assert office.call(OFFICER, "get_alert", id=alert["id"]) == alert


def test_the_end_of_a_case_dismisses_its_alerts_in_any_order(office: Office) -> None:
    cases = [new_id() for _ in range(6)]
    with office.open():
        office.directory()
        acts = [lambda case=case: office.match(matched(case), matched(case)) for case in cases]
        acts += [lambda case=case: office.end_case(case, "closed") for case in cases[:4]]
        random.shuffle(acts)
        for act in acts:
            act()
        counts = {"new": 4, "acknowledged": 0, "assigned": 0, "escalated": 0, "dismissed": 8}
        eventually(lambda: office.call(OFFICER, "list_alerts")["counts"] == counts)


def test_late_alerts_go_to_the_unit_above(office: Office) -> None:
    with office.open():
        office.directory()
        office.match(matched(severity="critical"), matched(severity="info"), matched(unit="LA-HQ", severity="critical"))
        eventually(lambda: (len(office.alerts(OFFICER)), len(office.alerts(CHIEF))) == (2, 1))
        office.call(CHIEF, "acknowledge_alert", id=office.alerts(CHIEF, unit="LA-HQ")[0]["id"])
        office.sql("UPDATE alert SET due_at = now() - interval '1 second' WHERE due_at IS NOT NULL")
        escalated = eventually(lambda: office.alerts(CHIEF, state="escalated"), timeout=15)
        assert [(alert["severity"], alert["escalated_to"]) for alert in escalated] == [("critical", "LA-HQ")]
        states = {alert["severity"]: alert["state"] for alert in office.alerts(OFFICER)}
        assert states == {"critical": "escalated", "info": "new"}


def test_kills_lose_and_double_no_alert(office: Office) -> None:
    with office.open():
        office.directory()
    events = [matched() for _ in range(60)]
    for start in range(0, 60, 3):
        office.match(*events[start : start + 3])
    for _ in range(3):
        with office.open() as host:
            before = office.sql("SELECT count(*) FROM alert")[0][0]
            eventually(lambda before=before: office.sql("SELECT count(*) FROM alert")[0][0] > before or before == 60)
            host.kill()
    with office.open():
        eventually(lambda: office.sql("SELECT count(*), max(sequence) FROM alert")[0] == (60, 60))
        eventually(lambda: office.sql("SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0] == 0)
    raised = {event.subject for event in office.told("notifications.events") if event.type == "alert.raised.v1"}
    assert len(raised) == 60


def test_a_match_and_the_end_of_its_case_at_the_same_moment(settings: Settings) -> None:
    """Two consumers, two transactions: neither may miss what the other is just writing."""
    database = Database(settings, "notifications")
    case = new_id()
    ended = threading.Event()

    def end() -> None:
        with database.unit_of_work() as work:
            event = Event("case.cancelled.v1", "/cases", case, {"case": {"id": case}}, 2, "officer")
            raising.end_cases(PostgresAlerts(work), [event])
            work.commit()
        ended.set()

    with database.unit_of_work() as work:
        raising.raise_alerts(PostgresAlerts(work), PostgresOutgoing(work), [matched(case)])
        thread = threading.Thread(target=end)
        thread.start()
        assert not ended.wait(0.5), "the end waits for the alert"
        work.commit()
    thread.join()
    with database.unit_of_work() as work:
        assert PostgresAlerts(work).counts(frozenset({"LA-VTE"})) == {"dismissed": 1}
    database.dispose()
