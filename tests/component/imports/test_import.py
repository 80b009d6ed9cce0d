"""Every row of a file ends as a case, a duplicate or a line of the error file, and they add up."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa

from services.cases.imports.importing import Stopped
from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from shared.runner.stopping import Stop
from tests.component.imports.desk import ANALYST, OFFICER, row, table
from tests.unit.imports.samples import FULL

pytestmark = pytest.mark.servers

# 1,300 rows: three batches, equal rows in and across batches, bad ones, dirty ones.
ROWS = [row(number % 1_000) for number in range(1_290)] + [
    row(1, Day=""),
    row(2, Day="yesterday"),
    row(3, Day=""),
    row(4, Drug=""),
    row(5, Unit="bushel or so"),
    row(6, Amount=""),
    row(7, Amount="1e-06"),
    row(8, Unit="gram", Amount="250"),
    row(9, Place='Bahnhof; "Süd"\nGleis 3'),
    row(10, Place="ດ່ານສາກົນ"),
]
KILOGRAMS = sum((Decimal(f"{number % 1_000}.5") for number in range(1_290)), Decimal(0)) + sum(
    map(Decimal, ("0.000001", "0.250", "9.5", "10.5"))
)


def counts(rows, created, rejected, duplicates):
    return {"rows": rows, "created": created, "rejected": rejected, "duplicates": duplicates}


def test_every_row_ends_somewhere_and_kilograms_are_those_of_the_file(desk):
    job = desk.take(table(ROWS))
    assert (job["state"], job["progress"], job["counts"]) == ("done", 1.0, counts(1_300, 1_296, 4, 0))
    assert desk.figures() == (1_296, KILOGRAMS)
    assert [error[:2] for error in desk.errors(job["id"])] == [[1291, "Day"], [1292, "Day"], [1293, "Day"], [1294, "Drug"]]


def test_an_imported_case(desk):
    job = desk.take(table([row(7, Amount="1e-06", Remark="sin datos")]), filename="seizures.csv")
    (case,) = desk.stored()
    expected = {"status": "validated", "origin": "imported", "unit": "LA-HQ", "office": "LA-HQ", "classification": "restricted"}
    assert expected.items() <= case.items()
    assert case["case_no"] == f"LA-HQ-{case['submitted_at'][:4]}-000001"
    assert case["import"] == {"job": job["id"], "file": "seizures.csv", "row": 1}
    assert case["goods"] == [{"commodity": "drugs", "subtype": "heroin", "quantity": "0.000001", "unit": "KGM", "quantity_kg": "0.000001"}]
    assert case["original"]["goods[0].quantity"] == "1e-06"
    assert case["original"]["Remark"] == "sin datos"
    assert (case["occurred_on"], case["occurred_precision"]) == ("2014-03-02", "day")


def test_a_mapping_may_file_the_cases_under_another_office(desk):
    desk.take(table([row(1)]), mapping=FULL | {"constants": {"office": "LA-SVK"}})
    (case,) = desk.stored()
    assert (case["office"], case["unit"], case["case_no"][:6]) == ("LA-SVK", "LA-HQ", "LA-SVK")


def test_numbers_have_no_gap_and_follow_the_rows(desk):
    desk.take(table(ROWS))
    numbers = [int(case["case_no"][-6:]) for case in desk.stored()]
    assert numbers == list(range(1, 1_297))


@pytest.mark.parametrize("packed", [False, True])
def test_the_same_file_again_adds_nothing(desk, packed):
    desk.take(table(ROWS))
    again = desk.take(table(ROWS, packed=packed))
    assert again["counts"] == counts(1_300, 0, 4, 1_296)
    assert desk.figures() == (1_296, KILOGRAMS)


def test_of_equal_rows_each_counts_over_all_files(desk):
    first, second = [row(1)] * 3 + [row(2)], [row(2)] * 2 + [row(1)] * 2 + [row(3)]
    assert desk.take(table(first))["counts"] == counts(4, 4, 0, 0)
    assert desk.take(table(second, delimiter=","))["counts"] == counts(5, 2, 0, 3)
    assert Counter(case["place"]["name"] for case in desk.stored()) == {"Post 1": 3, "Post 2": 2, "Post 3": 1}


def test_a_mended_mapping_takes_up_what_was_rejected_and_nothing_twice(desk):
    content = table([row(1), row(2, Day="2014-03-02"), row(2, Day="2014-03-02")])
    assert desk.take(content)["counts"] == counts(3, 1, 2, 0)
    assert desk.take(content, mapping=FULL | {"dates": ["%d/%m/%Y", "%Y-%m-%d"]})["counts"] == counts(3, 2, 0, 1)


def test_a_dry_run_shows_the_first_hundred_and_writes_nothing(desk):
    desk.take(table(ROWS[:5]))
    job = desk.take(table(ROWS), dry_run=True)
    assert job["counts"] == counts(1_300, 1_291, 4, 5)
    shown = job["result"]["cases"]
    assert len(shown) == 100
    assert shown[0]["place"]["name"] == "Post 5"
    assert job["result"]["mapping"]["name"] == "sample"
    assert job["result"]["confidence"]["goods.unit"] == pytest.approx(2 / 3, abs=0.001)
    assert desk.figures()[0] == 5
    assert desk.take(table(ROWS))["counts"]["created"] == 1_291


@pytest.mark.parametrize("alert", [False, True])
def test_events_travel_in_batches_and_say_whether_to_alert(desk, alert):
    desk.take(table(ROWS), alert=alert)
    facts, nominal = desk.told("cases.events"), desk.told("cases.nominal.events")
    assert {event.type for event in facts} == {"case.imported.v1"}
    assert {event.data["alert"] for event in facts + nominal} == {alert}
    assert [event.subject for event in facts] == [event.subject for event in nominal] == [case["id"] for case in desk.stored()]
    with desk.database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM outbox")) == 6


def test_nothing_stays_staged(desk):
    desk.take(table(ROWS))
    with desk.database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM import_staging")) == 0


def test_a_stopped_job_goes_on_where_it_was_even_without_its_staged_rows(desk):
    job = desk.ask(table(ROWS))
    with pytest.raises(Stopped):
        desk.work_off(job, StopAfter(2))
    half = desk.job(job)
    assert (half["state"], half["counts"]["rows"]) == ("running", 1_000)
    assert 0.7 < half["progress"] < 0.8
    with desk.database.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE import_staging"))
    assert desk.work_off(job)["counts"] == counts(1_300, 1_296, 4, 0)
    assert desk.figures() == (1_296, KILOGRAMS)


def test_a_cut_off_file_makes_a_failed_job_and_no_case(desk):
    packed = table([row(number) for number in range(60_000)], packed=True)
    job = desk.take(packed[: len(packed) - 200])
    assert (job["state"], job["result"]["error"]["code"]) == ("failed", "file_truncated")
    assert desk.figures()[0] == 0


def test_a_stored_file_that_changed_is_seen(desk):
    job = desk.ask(table(ROWS))
    stored = next(path for path in (desk.settings.home / "files" / "sha256").rglob("*") if path.is_file())
    stored.write_bytes(table(ROWS[:3]))
    assert desk.work_off(job)["result"]["error"]["code"] == "file_damaged"
    assert desk.figures()[0] == 0


@pytest.mark.parametrize(
    ("content", "options", "field", "code"),
    [
        (b"", {}, "file", "file_empty"),
        (table([]), {}, "file", "file_empty"),
        (b"\x00\x01\x02\x03" * 50, {}, "file", "file_binary"),
        (b"PK\x03\x04 a workbook", {}, "file", "file_binary"),
        (b"\x1f\x8b\x08 no gzip", {}, "file", "file_truncated"),
        (b"One;Two\n1;2\n", {}, "mapping", "wrong_mapping"),
        (table(ROWS), {"mapping": "no-such-mapping"}, "mapping", "unknown_code"),
        (table(ROWS), {"mapping": {"name": "x"}}, "mapping.columns", "malformed"),
        (table(ROWS), {"mapping": FULL | {"constants": {"office": "LA-XYZ"}}}, "mapping.constants.office", "unknown_code"),
        (table(ROWS), {"mapping": FULL | {"constants": {"office": "LA-VT"}}}, "mapping.constants.office", "unknown_code"),
        (table(ROWS), {"path": "incoming/../secrets/key"}, "file", "file_lost"),
        (table(ROWS), {"path": "incoming/nothing-here"}, "file", "file_lost"),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once_by_its_field(desk, content, options, field, code):
    with pytest.raises(Unprocessable) as refused:
        desk.ask(content, **options)
    assert [(problem.field, problem.code) for problem in refused.value.errors] == [(field, code)]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (row(1, Place="a\x00b"), "row"),
        (row(1, Place="x" * 70_000), "row"),
        ([*row(1), "one cell more"], "row"),
        (row(1, Place="caf\udce9"), "Place"),
        (row(1, Day="30/02/2014"), "Day"),
        (row(1, Day="02/03/2557"), "Day"),
        (row(1, Day="02/03/2099"), "Day"),
        ([""], None),
    ],
)
def test_a_bad_row_is_one_line_of_the_error_file_and_its_neighbours_are_cases(desk, bad, field):
    job = desk.take(table([row(0), bad, row(2)]), mapping=FULL | {"encoding": "utf-8"})
    rejected = [] if field is None else [[2, field]]
    assert [error[:2] for error in desk.errors(job["id"])] == rejected
    assert job["counts"] == counts(2 + len(rejected), 2, len(rejected), 0)


def test_only_those_who_may_import_do_and_jobs_of_other_units_do_not_exist(desk):
    with pytest.raises(Forbidden):
        desk.ask(table(ROWS), principal=OFFICER)
    job = desk.ask(table(ROWS))
    elsewhere = type(ANALYST)("account-elsewhere", "officer.svk", "LA-SVK", ("analyst",))
    with pytest.raises(NotFound):
        desk.call("get_job", {"id": job}, elsewhere)
    with pytest.raises(NotFound):
        desk.call("get_job", {"id": "cases-nothing"})


def test_rights_lost_while_it_runs_end_the_job_at_the_next_checkpoint(desk):
    job = desk.ask(table(ROWS))
    with pytest.raises(Stopped):
        desk.work_off(job, StopAfter(1))
    with desk.database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE account_copy SET active = false WHERE username = 'analyst.hq'"))
        connection.execute(sa.text("UPDATE account_copy SET roles = ARRAY['analyst'] WHERE username = 'officer.svk'"))
    desk.run(job, Stop()).run()
    with desk.database.engine.connect() as connection:
        row_ = connection.execute(sa.text("SELECT state, created, result FROM job")).one()
    assert (row_.state, row_.created, row_.result["error"]["code"]) == ("failed", 500, "account_closed")


def test_the_same_key_gives_the_same_job_and_another_body_is_refused(desk):
    job = desk.ask(table(ROWS), key="once")
    assert desk.ask(table(ROWS), key="once") == job
    with pytest.raises(Conflict):
        desk.ask(table(ROWS[:1]), key="once")


def test_the_error_file_comes_in_pages(desk):
    job = desk.take(table([row(number, Day="") for number in range(7)]))["id"]
    first = desk.call("import_errors", {"id": job, "after": 0, "limit": 5})
    rest = desk.call("import_errors", {"id": job, "after": first["next"], "limit": 5})
    assert [item[0] for item in first["items"] + rest["items"]] == list(range(1, 8))
    assert rest["next"] is None


class StopAfter(Stop):
    """Says stop after so many batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._left = batches

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0
