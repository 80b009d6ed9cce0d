"""Imports as the gateway asks for them, on a real database and file store."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.cases.imports.importing import ImportRun
from services.cases.imports.rpc import ImportRpc
from services.cases.worker import KINDS
from shared.contracts.envelope import Event, decode_batch
from shared.identifiers import new_id
from shared.messaging.call import Call
from shared.persistence import Database
from shared.runner.stopping import Stop
from shared.security.principal import Principal
from shared.settings import Settings
from tests.unit.imports.samples import FULL, HEADER

ANALYST = Principal("account-analyst", "analyst.hq", "LA-HQ", ("analyst",), "secret")
OFFICER = Principal("account-officer", "officer.vte", "LA-VTE", ("reporting_officer",))


class ImportDesk(ImportRpc):
    """The service's own calls, without the broker; `work_off` does what the worker does with one job."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database

    def upload(self, content: bytes) -> dict[str, Any]:
        incoming = self.settings.home / "files" / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        name = new_id()
        (incoming / name).write_bytes(content)
        return {"path": f"incoming/{name}", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}

    def call(self, method: str, payload: dict[str, Any], principal: Principal = ANALYST, key: str | None = None) -> Any:
        call = Call(principal, payload, key, "en", "", "", "gateway", method)
        return getattr(self, method)(call)

    def ask(self, content: bytes, principal: Principal = ANALYST, key: str | None = None, **options: Any) -> str:
        payload = {"filename": "sample.csv", "mapping": FULL, "dry_run": False, "alert": False} | self.upload(content) | options
        job: str = self.call("create_import", payload, principal, key)["job"]
        return job

    def work_off(self, job: str, stop: Stop | None = None) -> dict[str, Any]:
        kind = self.job(job)["kind"]
        KINDS[kind](self.database, self.settings, job, stop or Stop()).run()
        return self.job(job)

    def take(self, content: bytes, **options: Any) -> dict[str, Any]:
        return self.work_off(self.ask(content, **options))

    def job(self, job: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.call("get_job", {"id": job})
        return shown

    def errors(self, job: str) -> list[list[Any]]:
        items: list[list[Any]] = self.call("import_errors", {"id": job, "after": 0, "limit": 10_000})["items"]
        return items

    def stored(self) -> list[dict[str, Any]]:
        with self.database.engine.connect() as connection:
            return list(connection.scalars(sa.text("SELECT body FROM cases ORDER BY sequence")))

    def figures(self) -> tuple[int, Decimal]:
        with self.database.engine.connect() as connection:
            row = connection.execute(sa.text("SELECT count(*), coalesce(sum(kilograms), 0) FROM cases")).one()
            return row[0], row[1]

    def told(self, exchange: str) -> list[Event]:
        query = sa.text("SELECT body FROM outbox WHERE exchange = :exchange ORDER BY sequence")
        with self.database.engine.connect() as connection:
            return [event for body in connection.scalars(query, {"exchange": exchange}) for event in decode_batch(body)]

    def run(self, job: str, stop: Stop) -> ImportRun:
        return ImportRun(self.database, self.settings, job, stop)


def row(number: int = 0, **changes: str) -> list[str]:
    """A good row; rows of different numbers differ."""
    values = {
        "Day": "02/03/2014",
        "Drug": "Heroin",
        "Amount": f"{number}.5",
        "Unit": "Kilogram",
        "Country": "Laos",
        "Place": f"Post {number}",
    }
    return [(values | changes).get(name, "") for name in HEADER]


def table(rows: Iterable[list[str]], *, packed: bool = False, delimiter: str = ";") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *rows])
    content = text.getvalue().encode("utf-8", "surrogateescape")
    return gzip.compress(content) if packed else content
