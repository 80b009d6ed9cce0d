"""A real file through a whole installation: what is in it is what is found and counted, to the last kilogram."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.installation import Installation
from tests.waiting import eventually

pytestmark = pytest.mark.servers

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "unodc_ids_2011_2014.csv.gz"
ROWS = 20_000
MOST_REJECTED = 100
# Written apart from the program's own table: what one of the unit weighs.
KILOGRAMS = {
    "kilogram": "1",
    "gram": "0.001",
    "milligram": "0.000001",
    "microgram": "0.000000001",
    "ton": "1000",
    "100 gram": "0.1",
    "viss": "1.632932532",
}


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    if not FILE.exists():
        pytest.skip("the real file lies in ../shared/data, outside the repository")
    with gzip.open(FILE) as packed:
        return [line for line, _ in zip(packed, range(ROWS + 1), strict=False)]


@pytest.fixture(scope="module")
def rows(lines: list[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(lines).decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.fixture(scope="module")
def analyst(installation: Installation) -> Iterator[httpx.Client]:
    with installation.rest("analyst.hq") as client:
        yield client


@pytest.fixture(scope="module")
def job(installation: Installation, lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Imported once by the command line, as an officer of the central office does it."""
    path = tmp_path_factory.mktemp("import") / "seizures.csv.gz"
    path.write_bytes(gzip.compress(b"".join(lines)))
    done: dict[str, Any] = installation.answer("import", str(path), "--mapping", "unodc-ids", timeout=600)
    return done


def weight(rows: list[dict[str, str]]) -> Decimal:
    with localcontext(prec=80):
        known = [(row["AMOUNT"], KILOGRAMS.get(row["DRUG_UNIT"].strip().casefold())) for row in rows if row["AMOUNT"]]
        return sum((Decimal(amount) * Decimal(factor) for amount, factor in known if factor is not None), Decimal(0))


def imported(analyst: httpx.Client, job: dict[str, Any], query: str = "", **more: Any) -> dict[str, Any]:
    answer = analyst.get("/search", params={"q": query, "filter": f"import:{job['id']}", "limit": 1, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_row_ends_as_a_case_a_duplicate_or_an_error(job, rows, analyst):
    counts = job["counts"]
    assert job["state"] == "done"
    assert counts["rows"] == len(rows)
    assert counts["created"] + counts["rejected"] + counts["duplicates"] == counts["rows"]
    assert counts["rejected"] <= MOST_REJECTED
    errors = analyst.get(f"/imports/{job['id']}/errors").text.splitlines()
    assert errors[0] == "row,field,reason"
    assert len(errors) - 1 == counts["rejected"]


def test_every_case_is_found(job, analyst):
    created = job["counts"]["created"]
    eventually(lambda: imported(analyst, job)["total"] == created, timeout=120, interval=0.5, message="the index did not catch up")


@pytest.mark.parametrize(("column", "facet"), [("COUNTRY", "country"), ("DRUG_NAME", "commodity")])
def test_facets_count_what_the_file_holds(job, rows, analyst, column, facet):
    test_every_case_is_found(job, analyst)
    values = imported(analyst, job, facets=facet)["facets"][facet]
    assert sum(value["count"] for value in values) == job["counts"]["created"]
    if facet == "country":
        assert sorted(value["count"] for value in values) == sorted(Counter(row[column] for row in rows).values())


def test_kilograms_are_those_of_the_raw_file(installation, job, rows):
    (stored,) = stored_row(installation, "SELECT sum(kilograms) FROM cases WHERE import_job = %s", job["id"])
    assert stored == weight(rows)


def test_search_reports_and_cases_have_the_same_totals(installation, job, analyst):
    test_every_case_is_found(job, analyst)
    totals = eventually(lambda: same_totals(installation, analyst), timeout=60, interval=0.5)
    assert totals["cases"] >= job["counts"]["created"]


def stored_row(installation: Installation, query: str, *values: str) -> tuple[Any, ...]:
    """Straight from the store of cases, by plain SQL."""
    with psycopg.connect(installation.settings.database_conninfo("cases")) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row


def same_totals(installation: Installation, analyst: httpx.Client) -> dict[str, Any]:
    query = "SELECT count(*), sum(kilograms) FROM cases WHERE case_no IS NOT NULL AND status <> 'cancelled'"
    row = stored_row(installation, query)
    counted = analyst.get("/search", params={"q": "NOT status:cancelled", "limit": 1}).json()["total"]
    totals: dict[str, Any] = analyst.get("/reports/seizures-by-country").json()["totals"]
    assert (totals["cases"], Decimal(totals["kilograms"])) == row
    assert counted == row[0]
    return totals


def test_the_same_rows_again_add_nothing(installation, job, lines, tmp_path):
    path = tmp_path / "again.csv"
    path.write_bytes(b"".join(lines))
    again = installation.answer("import", str(path), "--mapping", "auto", timeout=600)
    assert again["counts"] == job["counts"] | {"created": 0, "duplicates": job["counts"]["created"] + job["counts"]["duplicates"]}


def test_an_imported_case_shows_what_the_file_had(job, rows, analyst):
    test_every_case_is_found(job, analyst)
    hit = imported(analyst, job, sort="case_no")["hits"][0]
    case = analyst.get(f"/cases/{hit['id']}").json()
    row = rows[case["import"]["row"] - 1]
    assert case["original"]["goods[0].subtype"] == row["DRUG_NAME"]
    assert case["original"]["place.country"] == row["COUNTRY"]
    assert Decimal(case["goods"][0]["quantity"]) == Decimal(row["AMOUNT"])
    assert (case["status"], case["origin"]) == ("validated", "imported")
