from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cases.domain.content import content_of
from services.cases.domain.facts import facts_of
from services.cases.domain.ready_made import ReadyMade, ready_made
from services.cases.domain.record import Actor, change
from shared.contracts.cases import CaseFacts, NominalCase
from tests.unit.cases.examples import KETAMINE, NOW, VALIDATOR, ZONE

ANALYST = Actor("account-analyst", "analyst.hq", "LA-HQ")
EARLY, LATE = datetime(2014, 5, 1, tzinfo=UTC), datetime(2014, 5, 3, tzinfo=UTC)


def case_of(**changes):
    made = ReadyMade(**{"content": KETAMINE, "author": ANALYST, "created_at": EARLY} | changes)
    number = None if made.number_moment is None else "LA-VTE-2014-000001"
    return ready_made(made, ZONE, case_id="id", sequence=1, case_no=number)


def test_an_imported_case_is_validated_at_once_and_keeps_its_source():
    change = case_of(source={"job": "cases-1", "file": "a.csv", "row": 7}, original={"UNIT": "Kilo\x00gram"})
    case = change.record.case
    NominalCase.model_validate(case)
    CaseFacts.model_validate(facts_of(case))
    assert (case["status"], case["origin"], case["unit"], case["office"]) == ("validated", "imported", "LA-HQ", "LA-VTE")
    assert (case["submitted_by"], case["validated_by"], case["validated_at"]) == (
        "analyst.hq",
        "analyst.hq",
        EARLY.isoformat(timespec="milliseconds"),
    )
    assert case["import"] == {"job": "cases-1", "file": "a.csv", "row": 7}
    assert case["original"] == {"UNIT": "Kilo\ufffdgram"}
    assert facts_of(case)["import_job"] == "cases-1"
    assert (change.event, change.previous_status, change.name) == ("case.imported.v1", None, "imported")


def test_where_no_office_is_mapped_it_is_the_importers():
    assert case_of(content={"occurred_at": "2014"}).record.case["office"] == "LA-HQ"


@pytest.mark.parametrize("status", ["draft", "submitted", "validated"])
def test_a_training_case_comes_with_its_status(status):
    change = case_of(status=status, origin="training", submitted_at=LATE, validated_by="validator.vte")
    case = change.record.case
    assert (case["case_no"] is None, case["submitted_at"] is None) == (status == "draft",) * 2
    assert case["validated_by"] == ("validator.vte" if status == "validated" else None)
    assert (change.event is None) == (status == "draft")


def test_it_can_be_changed_like_any_other():
    record = case_of().record
    changed = change(type(record)(record.case, content_of(record.case), record.authors), {"title": "x", "reason": "y"}, VALIDATOR, NOW)
    assert (changed.event, changed.record.case["version"]) == ("case.changed.v1", 2)
