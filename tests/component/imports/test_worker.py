"""The worker's process: killed at any moment, several at once, a job that somebody cancels."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa

from shared.errors import Conflict, Unprocessable
from tests.component.imports.desk import row, table
from tests.processes import running
from tests.waiting import eventually

pytestmark = pytest.mark.servers

# Enough batches that a kill finds the job at work.
ROWS = [row(number % 4_500) for number in range(6_000)] + [row(number, Day="") for number in range(250)]
CREATED = 6_000
KILOGRAMS = sum((Decimal(f"{number % 4_500}.5") for number in range(CREATED)), Decimal(0))


def rows_done(desk, job):
    return desk.job(job)["counts"]["rows"]


def ended(desk, job):
    return desk.job(job)["state"] in ("done", "failed", "cancelled")


def test_kills_lose_nothing_and_double_nothing(desk):
    job = desk.ask(table(ROWS))
    seen = 0
    kills = 0
    while not ended(desk, job):
        with running(desk.settings, "cases-worker") as worker:
            eventually(lambda seen=seen: rows_done(desk, job) > seen + 1_000 or ended(desk, job), timeout=60, interval=0.01)
            if not ended(desk, job):
                worker.kill()
                worker.wait()
                kills += 1
        seen = rows_done(desk, job)
    assert kills >= 3
    assert desk.job(job)["counts"] == {"rows": 6_250, "created": CREATED, "rejected": 250, "duplicates": 0}
    cases = desk.stored()
    assert Counter(case["import"]["row"] for case in cases) == Counter(range(1, CREATED + 1))
    assert max(case["case_no"] for case in cases).endswith(f"{CREATED:06d}")
    assert desk.figures() == (CREATED, KILOGRAMS)
    told = [event.subject for event in desk.told("cases.events")]
    assert Counter(told) == Counter(case["id"] for case in cases)
    assert len(desk.errors(job)) == 250


def test_two_workers_share_the_jobs_and_no_row(desk):
    jobs = [desk.ask(table(ROWS[start : start + 2_000])) for start in (0, 1_000, 2_000)]
    with running(desk.settings, "cases-worker"), running(desk.settings, "cases-worker"):
        eventually(lambda: all(ended(desk, job) for job in jobs), timeout=90)
    shown = [desk.job(job) for job in jobs]
    assert [job["state"] for job in shown] == ["done"] * 3
    assert sum(job["counts"]["created"] for job in shown) == 4_000
    assert sum(job["counts"]["duplicates"] for job in shown) == 2_000
    assert desk.figures()[0] == 4_000


def test_a_worker_hears_of_a_new_job_at_once_and_ends_when_told(desk):
    with running(desk.settings, "cases-worker") as worker:
        job = desk.ask(table(ROWS[:10]))
        eventually(lambda: ended(desk, job), timeout=4, message="the notice was not heard")
    assert worker.returncode == 0


def test_a_waiting_job_is_cancelled_at_once(desk):
    job = desk.ask(table(ROWS))
    assert desk.call("cancel_job", {"id": job, "reason": "wrong file"})["state"] == "cancelled"
    assert desk.work_off(job)["counts"]["rows"] == 0
    with pytest.raises(Conflict):
        desk.call("cancel_job", {"id": job, "reason": "again"})


def test_a_running_job_is_cancelled_at_its_next_checkpoint(desk):
    job = desk.ask(table(ROWS))
    with running(desk.settings, "cases-worker"):
        eventually(lambda: rows_done(desk, job) > 0, timeout=30, interval=0.01)
        desk.call("cancel_job", {"id": job, "reason": "wrong file"})
        eventually(lambda: desk.job(job)["state"] == "cancelled", timeout=10)
    counts = desk.job(job)["counts"]
    assert 0 < counts["rows"] < 6_250
    assert counts["created"] == counts["rows"] == desk.figures()[0]


@pytest.mark.parametrize("reason", [None, "", "  ", 5])
def test_cancelling_asks_for_a_reason(desk, reason):
    with pytest.raises(Unprocessable) as refused:
        desk.call("cancel_job", {"id": desk.ask(table(ROWS[:1])), "reason": reason})
    assert [problem.field for problem in refused.value.errors] == ["reason"]


def test_a_bad_import_is_cancelled_whole_and_may_come_in_again(desk):
    content = table(ROWS[:1_200])
    first = desk.take(content)
    kept = desk.take(table([row(99_999)]))
    undone = desk.call("cancel_import", {"id": first["id"], "reason": "months and days were swapped"}, key="once")
    assert desk.call("cancel_import", {"id": first["id"], "reason": "months and days were swapped"}, key="once")["id"] == undone["id"]
    done = desk.work_off(undone["id"])
    assert (done["state"], done["progress"], done["result"]["cancelled"]) == ("done", 1.0, 1_200)
    cases = desk.stored()
    assert Counter((case["status"], case["version"]) for case in cases) == {("cancelled", 2): 1_200, ("validated", 1): 1}
    assert {case["reason"] for case in cases if case["status"] == "cancelled"} == {"months and days were swapped"}
    told = Counter(event.type for event in desk.told("cases.events"))
    assert told == {"case.imported.v1": 1_201, "case.cancelled.v1": 1_200}
    with desk.database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM case_version")) == 2_401
    assert kept["counts"]["created"] == 1
    assert desk.take(content)["counts"]["created"] == 1_200


def test_an_import_that_runs_or_made_nothing_cannot_be_cancelled_whole(desk):
    waiting = desk.ask(table(ROWS[:5]))
    dry = desk.take(table(ROWS[:5]), dry_run=True)
    for job in (waiting, dry["id"]):
        with pytest.raises(Conflict):
            desk.call("cancel_import", {"id": job, "reason": "wrong"})
