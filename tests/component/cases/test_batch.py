from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
import sqlalchemy as sa

from services.cases.adapters.batch import MOST_A_TRANSACTION, insert_cases
from services.cases.adapters.tables import case_counter, case_version, cases
from services.cases.domain.ready_made import ReadyMade
from services.cases.domain.record import Actor
from shared.contracts.envelope import decode_batch
from shared.contracts.registry import validated
from shared.persistence.tables import outbox

pytestmark = pytest.mark.servers

ZONE = ZoneInfo("Asia/Vientiane")
ANALYST = Actor("account-analyst", "analyst.hq", "LA-HQ")
CONTENT = {
    "occurred_at": "2014-02-14",
    "place": {"name": "Bogotá, D.C.", "country": "CO"},
    "goods": [{"commodity": "drugs", "subtype": "coca_paste", "quantity": "1.5", "unit": "GRM"}],
    "route": [{"role": "departure", "country": "CO"}],
}


def made(**changes):
    values = {"content": CONTENT, "author": ANALYST, "created_at": datetime(2026, 11, 24, 3, 0, tzinfo=UTC)}
    values |= {"source": {"job": "cases-1", "file": "seizures.csv", "row": 7}, "original": {"goods[0].unit": "Gram"}}
    return ReadyMade(**values | changes)


def insert(database, batch, **options):
    with database.unit_of_work() as work:
        ids = insert_cases(work, batch, ZONE, **options)
        work.commit()
    return ids


def test_a_batch_is_state_version_and_both_events(database):
    ids = insert(database, [made(), made(content=CONTENT | {"office": "LA-SVK"})])
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(cases).order_by(cases.c.sequence)).all()
        versions = connection.execute(sa.select(case_version)).all()
        messages = connection.execute(sa.select(outbox).order_by(outbox.c.sequence)).all()
    assert [row.id for row in rows] == ids
    assert [row.case_no for row in rows] == ["LA-HQ-2026-000001", "LA-SVK-2026-000001"]
    assert [str(row.kilograms) for row in rows] == ["0.0015", "0.0015"]
    assert {row.import_job for row in rows} == {"cases-1"}
    assert {(row.case_id, row.version, row.change) for row in versions} == {(case_id, 1, "imported") for case_id in ids}
    assert [(row.exchange, row.routing_key) for row in messages] == [
        ("cases.events", "case.imported.v1"),
        ("cases.nominal.events", "case.imported.v1"),
    ]
    facts, nominal = (decode_batch(message.body) for message in messages)
    assert [event.id for event in facts] == [event.id for event in nominal]
    for event, row in zip(nominal, rows, strict=True):
        assert event.data["case"] == row.body
        assert event.data["alert"] is False
        assert validated(event, "cases.nominal.events").case.original == {"goods[0].unit": "Gram"}
    for event in facts:
        assert validated(event, "cases.events").case.country == "CO"
        assert "Bogot" not in orjson.dumps(event.data).decode()


def test_drafts_take_no_number_and_tell_only_the_trail(database):
    insert(database, [made(status="draft", origin="training"), made(status="returned", origin="training")])
    with database.engine.connect() as connection:
        rows = connection.execute(sa.select(cases).order_by(cases.c.sequence)).all()
        keys = connection.execute(sa.select(outbox.c.exchange, outbox.c.routing_key).order_by(outbox.c.sequence)).all()
    assert [row.case_no for row in rows] == [None, "LA-HQ-2026-000001"]
    assert [tuple(key) for key in keys] == [
        ("cases.events", "audit.acted.v1"),
        ("cases.events", "case.imported.v1"),
        ("cases.nominal.events", "case.imported.v1"),
    ]


def test_the_year_of_a_number_is_that_of_the_zone(database):
    """23:30 in UTC on New Year's Eve is the next year in Vientiane."""
    insert(database, [made(submitted_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))])
    with database.engine.connect() as connection:
        assert connection.scalar(sa.select(cases.c.case_no)) == "LA-HQ-2026-000001"


def test_a_rollback_leaves_no_gap(database):
    with database.unit_of_work() as work:
        insert_cases(work, [made()], ZONE)
    insert(database, [made()])
    with database.engine.connect() as connection:
        assert connection.scalars(sa.select(cases.c.case_no)).all() == ["LA-HQ-2026-000001"]


def test_batches_at_once_get_numbers_without_gap_or_double(database):
    """Offices in opposite orders: counters locked unsorted would wait for each other in a circle."""
    offices = ["LA-VTE", "LA-SVK", "LA-HQ"]
    failures = []

    def run(worker):
        try:
            for _ in range(5):
                order = offices if worker % 2 else offices[::-1]
                insert(database, [made(content=CONTENT | {"office": office}) for office in order for _ in range(4)])
        except Exception as error:  # noqa: BLE001  told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.engine.connect() as connection:
        numbers = connection.scalars(sa.select(cases.c.case_no)).all()
        last = dict(connection.execute(sa.select(case_counter.c.office, case_counter.c.last)).all())
    assert last == dict.fromkeys(offices, 80)
    assert sorted(numbers) == sorted(f"{office}-2026-{number:06d}" for office in offices for number in range(1, 81))


def test_a_batch_has_its_limit(database):
    with database.unit_of_work() as work, pytest.raises(ValueError, match="at most 500"):
        insert_cases(work, [made()] * (MOST_A_TRANSACTION + 1), ZONE)


def test_five_hundred_cases_take_well_under_a_second(database):
    """A guard against a round trip per row, not a bench."""
    batch = [made()] * MOST_A_TRANSACTION
    insert(database, batch)
    started = time.perf_counter()
    insert(database, batch)
    elapsed = timedelta(seconds=time.perf_counter() - started)
    print(f"{elapsed / len(batch) / timedelta(microseconds=1):.0f} us a case")  # noqa: T201  shown with -s
    assert elapsed < timedelta(seconds=1)
