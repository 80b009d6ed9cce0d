"""Imports by REST: multipart streamed to the store, a job in the worker, the error file; and what is no import."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.gateway.api import uploads
from tests import servers
from tests.component.gateway.conftest import RunningGateway
from tests.component.gateway.house import house_settings, running_house
from tests.waiting import eventually

pytestmark = pytest.mark.servers

SERVICES = ("gateway", "cases")
PROCESSES = ("gateway-relay", "cases", "cases-worker")
HEADER = (
    "REGION;SUBREGION;COUNTRY;ADMINISTRATIVE_DIVISION;PLACE;SEIZURE_DATE;DRUG_NAME;AMOUNT;DRUG_UNIT;HIDING_PLACE;INSTALLATION;TRANSPORT;"
    "PRODUCING_COUNTRY;DEPARTURE_COUNTRY;DESTINATION_COUNTRY;ROUTING"
)


@pytest.fixture(scope="module")
def house(postgres, broker, tmp_path_factory) -> Iterator[RunningGateway]:
    factory = servers.SettingsFactory(tmp_path_factory.mktemp("house"), postgres, broker)
    with running_house(house_settings(factory, SERVICES), SERVICES, PROCESSES) as gateway:
        yield gateway
    factory.clean()


@pytest.fixture
def analyst(house) -> Iterator[httpx.Client]:
    with house.client("analyst.hq") as client:
        yield client


def table(*dates: str) -> bytes:
    """One row for each date, in a place of its own so that no other file has it."""
    place = secrets.token_hex(6)
    rows = [f"Asia;South-East Asia;Thailand;;{place} {number};{date};Heroin;2.5;Kilogram;;;;;;;" for number, date in enumerate(dates)]
    return "\n".join([HEADER, *rows, ""]).encode()


def upload(client: httpx.Client, content: bytes, *, name: str = "seizures.csv", fields: Any = None, **headers: str) -> httpx.Response:
    data = {"mapping": "unodc-ids", "dry_run": "false"} if fields is None else fields
    return client.post("/imports", files={"file": (name, content, "text/csv")}, data=data, headers=headers)


def finished(client: httpx.Client, job: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        answer = client.get(f"/jobs/{job}").json()
        return answer if answer["state"] in {"done", "failed", "cancelled"} else None

    return eventually(ended, timeout=60)


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_becomes_cases_and_every_row_is_accounted_for(analyst, compress):
    content = table("2014-05-01", "2014-05-02", "no date at all", "2014-05-03")
    answer = upload(analyst, gzip.compress(content) if compress else content, name="seizures.csv.gz" if compress else "seizures.csv")
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"job"}
    job = answer.json()["job"]
    assert answer.headers["location"] == f"/api/v1/jobs/{job}"
    done = finished(analyst, job)
    assert (done["state"], done["counts"]) == ("done", {"rows": 4, "created": 3, "rejected": 1, "duplicates": 0})
    errors = analyst.get(f"/imports/{job}/errors")
    assert errors.headers["content-type"].startswith("text/csv")
    lines = errors.text.splitlines()
    assert lines[0] == "row,field,reason"
    assert [line.split(",")[0] for line in lines[1:]] == ["3"]


def test_the_same_file_again_adds_nothing(analyst):
    content = table("2014-06-01", "2014-06-02")
    first, again = (finished(analyst, upload(analyst, content).json()["job"]) for _ in range(2))
    assert first["counts"]["created"] == 2
    assert again["counts"] == {"rows": 2, "created": 0, "rejected": 0, "duplicates": 2}


def test_a_key_counts_the_fields_and_the_content(analyst):
    content, key = table("2014-07-01"), secrets.token_hex(8)
    first, again = (upload(analyst, content, **{"Idempotency-Key": key}) for _ in range(2))
    assert (again.status_code, again.json()) == (202, first.json())
    other = upload(analyst, table("2014-07-02"), **{"Idempotency-Key": key})
    assert other.status_code == 409


def test_a_dry_run_makes_nothing(analyst):
    done = finished(analyst, upload(analyst, table("2014-08-01"), fields={"mapping": "unodc-ids", "dry_run": "true"}).json()["job"])
    assert done["state"] == "done"
    assert done["result"]
    assert analyst.get("/cases").json()["items"] == []


def test_a_whole_import_is_cancelled_with_a_reason(analyst):
    job = upload(analyst, table("2014-09-01")).json()["job"]
    finished(analyst, job)
    answer = analyst.post(f"/imports/{job}/cancel", json={"reason": "wrong file"})
    assert answer.status_code == 200, answer.text
    assert finished(analyst, answer.json()["id"])["state"] == "done"


def multipart(*parts: tuple[str, bytes], boundary: str = "edge", end: bool = True) -> tuple[bytes, dict[str, str]]:
    lines = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), body) for head, body in parts
    )
    return lines + (f"--{boundary}--\r\n".encode() if end else b""), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


FILE = ('name="file"; filename="a.csv"', table("2014-10-01"))
MAPPING = ('name="mapping"', b"unodc-ids")


@pytest.mark.parametrize(
    ("sent", "status", "fields"),
    [
        (multipart(MAPPING), 422, ["file"]),
        (multipart(('name="file"', b"just text"), MAPPING), 422, ["file"]),
        (multipart(FILE, FILE, MAPPING), 422, ["file"]),
        (multipart(FILE, ('name="mapping"', b"")), 422, ["mapping"]),
        (multipart(FILE, ('name="mapping"', b"{broken")), 422, ["mapping"]),
        (multipart(FILE, ('name="mapping"', b"\xff")), 422, ["mapping"]),
        (multipart(FILE, ('name="mapping"', b"nobody-made-this")), 422, ["mapping"]),
        (multipart(FILE, MAPPING, ('name="colour"', b"red")), 422, ["colour"]),
        (multipart(FILE, MAPPING, ('name="dry_run"', b"perhaps"), ('name="alert"', b"1")), 422, ["dry_run", "alert"]),
        (multipart(('name="file"; filename="a.csv"', b""), MAPPING), 422, ["file"]),
        (multipart(('name="file"; filename="a.csv"', b"\x7fELF\0\0"), MAPPING), 422, ["file"]),
        (multipart(('name="file"; filename="a.csv"', HEADER.encode() + b"\n"), MAPPING), 422, ["file"]),
        (multipart(FILE, end=False), 400, []),
        (multipart(*[('name="dry_run"', b"true")] * 30), 400, []),
        ((b"no parts", {"Content-Type": "multipart/form-data; boundary=edge"}), 400, []),
        ((b"", {"Content-Type": "multipart/form-data"}), 400, []),
        ((b"{}", {"Content-Type": "application/json"}), 415, []),
        ((b"", {}), 415, []),
    ],
)
def test_what_is_no_import_is_told_by_field(house, analyst, sent, status, fields):
    content, headers = sent
    answer = analyst.post("/imports", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == fields


def test_a_file_above_the_limit_is_refused_before_and_while_it_comes(analyst, house, monkeypatch):
    content = table("2014-11-01")
    monkeypatch.setattr(uploads, "MOST_FILE_BYTES", 100)
    monkeypatch.setattr(uploads, "MOST_FIELD_BYTES", 100)
    assert upload(analyst, content).status_code == 413
    body, headers = multipart(('name="file"; filename="a.csv"', content), MAPPING)
    answer = analyst.post("/imports", content=iter([body[:300], body[300:]]), headers=headers)
    assert answer.status_code == 413
    incoming = house.settings.home / "files" / "incoming"
    assert hashlib.sha256(content).hexdigest() not in {path.name for path in incoming.iterdir()}
    assert not list(incoming.glob("*.part"))


def test_officers_may_not_import(house):
    with house.client("officer.vte") as officer:
        assert upload(officer, table("2014-12-01")).status_code == 403
