"""The stream of alerts: nothing skipped, nothing twice, and over when the session or the right is."""

from __future__ import annotations

import pytest

from tests.e2e.api.conftest import submitted, watch
from tests.e2e.api.event_stream import screen
from tests.waiting import eventually

pytestmark = pytest.mark.servers

SOON = 15.0


def numbers(found, wanted, saved):
    """The alerts that this saved search raised of these cases, by the number of their case, in order."""
    return [alert["case"]["case_no"] for alert in found.alerts if is_of(alert, wanted, saved)]


def is_of(alert, wanted, saved):
    """The units' own saved searches may alert on the same cases."""
    return alert["case"]["case_no"] in wanted and alert["saved_search"]["id"] == saved["id"]


def test_the_head_comes_at_once_and_each_alert_is_one_event(officer, validator, chief, word):
    saved = watch(chief, word)
    with screen(validator) as found:
        assert (found.status, found.media_type.partition(";")[0]) == (200, "text/event-stream")
        assert found.seconds_to_headers < 2
        case = submitted(officer, word)
        eventually(lambda: numbers(found, {case["case_no"]}, saved), timeout=SOON)
        assert {event["event"] for event in found.events} == {"alert"}
        assert all(line.startswith((":", "id:", "event:", "data:", "retry:")) or line == "" for line in found.lines)
        assert sum(line.startswith("data:") for line in found.lines) == len(found.events)
    listed = validator.get(f"/alerts/{found.alerts[-1]['id']}").json()
    assert found.alerts[-1] == listed


def test_without_an_id_only_what_is_new_comes(officer, validator, chief, word):
    saved = watch(chief, word)
    with screen(validator) as first:
        old = submitted(officer, word)["case_no"]
        eventually(lambda: numbers(first, {old}, saved), timeout=SOON)
    with screen(validator) as second:
        new = submitted(officer, word)["case_no"]
        eventually(lambda: numbers(second, {old, new}, saved), timeout=SOON)
        assert numbers(second, {old, new}, saved) == [new]


def test_resuming_neither_skips_nor_doubles(officer, validator, chief, word):
    saved = watch(chief, word)
    with screen(validator) as first:
        cases = [submitted(officer, word)["case_no"] for _ in range(3)]
        eventually(lambda: len(numbers(first, cases, saved)) == 3, timeout=SOON)
    place = next(event["id"] for event, alert in zip(first.events, first.alerts, strict=True) if is_of(alert, cases[:1], saved))
    away = [submitted(officer, word)["case_no"] for _ in range(2)]
    with screen(validator, last_event_id=place) as again:
        live = submitted(officer, word)["case_no"]
        wanted = [*cases[1:], *away, live]
        eventually(lambda: len(numbers(again, wanted, saved)) == len(wanted), timeout=SOON)
        assert numbers(again, [*cases, *away, live], saved) == wanted
        assert again.ids == sorted(set(again.ids), key=int)


def test_other_units_see_nothing_of_it(officer, chief, as_user, word):
    saved = watch(chief, word, unit="LA-HQ")
    analyst, validator = as_user("analyst.hq"), as_user("validator.vte")
    with screen(analyst) as at_the_centre, screen(validator) as elsewhere:
        case = submitted(officer, word)["case_no"]
        eventually(lambda: numbers(at_the_centre, {case}, saved), timeout=SOON)
        assert numbers(elsewhere, {case}, saved) == []


def test_it_ends_with_the_session(as_user):
    client = as_user("validator.vte")
    with screen(client) as found:
        client.delete("/session").raise_for_status()
        assert found.ended.wait(5), "The stream went on"


def test_it_ends_with_the_right(as_user, installation):
    client = as_user("validator2.vte")
    try:
        with screen(client) as found:
            installation.opencen("user", "change", "validator2.vte", "--role", "administrator")
            assert found.ended.wait(5), "The stream went on"
        assert client.get("/alerts/stream").status_code == 403
    finally:
        installation.opencen("user", "change", "validator2.vte", "--role", "validator", "--role", "reporting_officer")


def test_who_may_not_read_alerts_has_no_stream(as_user):
    assert as_user("auditor.hq").get("/alerts/stream").status_code == 403


def test_an_id_that_was_never_given_is_told(validator):
    answer = validator.get("/alerts/stream", headers={"Last-Event-ID": "yesterday"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["Last-Event-ID"]
