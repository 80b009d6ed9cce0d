"""Facts on a real PostgreSQL: totals, any order, any repetition."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from services.reports import handlers
from services.reports.adapters.facts import PostgresFacts
from services.reports.ports import Readable
from shared.contracts.envelope import Event
from shared.identifiers import new_id
from shared.persistence import Database
from shared.persistence.migrations import migrate

pytestmark = pytest.mark.servers

ALL = Readable(frozenset({"LA-HQ", "LA-VTE"}), ("unclassified", "restricted", "secret"))


def event(case_id: str, version: int = 1, **changes) -> Event:
    case = {
        "id": case_id,
        "version": version,
        "status": "submitted",
        "classification": "restricted",
        "occurred_on": "2026-03-02",
        "country": "LA",
        "office": "LA-VTE",
        "unit": "LA-VTE",
        "origin": "recorded",
        "goods": [{"commodity": "drugs", "quantity_kg": "2.4"}],
    }
    data = {"case": case | changes, "changed": []}
    return Event(type="case.changed.v1", source="/cases", subject=case_id, data=data, aggregate_version=version, actor="officer")


@pytest.fixture
def database(settings_for) -> Iterator[Database]:
    settings = settings_for("reports")
    migrate(settings, "reports")
    database = Database(settings, "reports")
    yield database
    database.dispose()


def fold(database: Database, *events: Event) -> None:
    with database.unit_of_work() as work:
        handlers.fold([PostgresFacts(work)], events)
        work.commit()


def run(database: Database, key: str = "seizures-by-month", readable: Readable = ALL, language: str = "en", **payload):
    with database.unit_of_work() as work:
        return handlers.run_report(PostgresFacts(work), readable, {"key": key, **payload}, language)


def test_cases_count_once_and_kilograms_add_up(database):
    two_lines = [{"commodity": "drugs", "quantity_kg": "0.006999999999999999"}, {"commodity": "tobacco", "quantity_kg": "1"}]
    fold(database, event(new_id()), event(new_id(), goods=two_lines, status="validated", occurred_on="2026-04-01"))
    by_month = run(database)
    assert by_month["rows"] == [
        {"month": "2026-03", "cases": 1, "validated": 0, "unvalidated": 1, "kilograms": "2.4"},
        {"month": "2026-04", "cases": 1, "validated": 1, "unvalidated": 0, "kilograms": "1.006999999999999999"},
    ]
    assert by_month["totals"] == {"cases": 2, "validated": 1, "unvalidated": 1, "kilograms": "3.406999999999999999"}
    by_commodity = run(database, "seizures-by-commodity", language="lo")
    assert [(row["commodity"], row["cases"]) for row in by_commodity["rows"]] == [("drugs", 2), ("tobacco", 1)]
    assert by_commodity["totals"]["cases"] == 2
    assert by_commodity["labels"]["commodity"]["drugs"] == "ຢາເສບຕິດ"


def test_cancelled_cases_are_not_counted(database):
    case_id = new_id()
    fold(database, event(case_id))
    fold(database, event(case_id, 2, status="cancelled"))
    assert run(database)["totals"] == {"cases": 0, "validated": 0, "unvalidated": 0, "kilograms": "0"}


def test_periods_include_both_days_and_filters_hold(database):
    fold(database, *(event(new_id(), occurred_on=day) for day in ("2026-03-01", "2026-03-02", "2026-03-03", None)))
    assert run(database, **{"from": "2026-03-01", "to": "2026-03-02"})["totals"]["cases"] == 2
    assert run(database)["totals"]["cases"] == 4
    assert run(database, filters={"commodity": "tobacco"})["totals"]["cases"] == 0
    assert run(database, group="commodity")["columns"][:2] == ["month", "commodity"]


def test_only_what_the_caller_may_read_is_counted(database):
    fold(database, event(new_id()), event(new_id(), unit="LA-BOT"), event(new_id(), classification="secret"))
    readable = Readable(frozenset({"LA-VTE"}), ("unclassified", "restricted"))
    assert run(database, readable=readable)["totals"]["cases"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_repetition_gives_the_same_facts(database, seed):
    shuffle = random.Random(seed)
    ids = [new_id() for _ in range(4)]
    history = [
        event(case_id, version, goods=[{"commodity": "drugs", "quantity_kg": str(version)}]) for case_id in ids for version in (1, 2, 3)
    ]
    told = history + shuffle.sample(history, 5)
    shuffle.shuffle(told)
    while told:
        size = shuffle.randint(1, 4)
        fold(database, *told[:size])
        del told[:size]
    assert run(database)["totals"] == {"cases": 4, "validated": 0, "unvalidated": 4, "kilograms": "12"}


def test_the_facts_are_held_against_the_cases_store(database):
    same, changed, missing = new_id(), new_id(), new_id()
    fold(database, event(same), event(changed))
    page = {
        "items": [
            {"id": same, "version": 1, "status": "submitted", "kilograms": "2.400"},
            {"id": changed, "version": 2, "status": "submitted", "kilograms": "2.4"},
            {"id": missing, "version": 1, "status": "submitted", "kilograms": None},
        ],
        "next": None,
    }
    with database.unit_of_work() as work:
        answer = handlers.compare_page(PostgresFacts(work), lambda _after: page, None)
    assert (answer["compared"], answer["facts"], answer["next"]) == (3, 2, None)
    assert answer["differences"] == [
        {"id": changed, "cases": [2, "submitted", "2.4"], "reports": [1, "submitted", "2.4"]},
        {"id": missing, "cases": [1, "submitted", None], "reports": None},
    ]
    assert Decimal("2.400") == Decimal("2.4")
