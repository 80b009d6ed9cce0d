"""Cases in PostgreSQL. Bodies travel as text both ways: nothing parses JSON that is only passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.cases.adapters.batch import take_range
from services.cases.adapters.tables import case_sequence, case_version, cases
from services.cases.domain.content import content_of
from services.cases.domain.record import Record
from services.cases.ports import Listing, Stored, Written
from shared.contracts.cases import CASES_EXCHANGE, CASES_NOMINAL_EXCHANGE
from shared.identifiers import is_id
from shared.persistence import UnitOfWork
from shared.security.directory import account_copy, unit_copy
from shared.security.rules import SHARED_STATUSES, Scope

_BODY = sa.cast(cases.c.body, sa.Text).label("body")
_FOUND = sa.select(cases.c.authors, cases.c.lead, _BODY)

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}")
# Written out, not bound, so that the planner knows the partial indexes to hold.
_WORK = cases.c.origin != sa.literal("imported", literal_execute=True)

# State and version in one statement: one round trip while the counter's row is locked.
_SAVE = sa.text(
    """
    WITH state AS (
        UPDATE cases SET case_no = :case_no, version = :version, status = :status, classification = :classification, unit = :unit,
            authors = :authors, lead = :lead, kilograms = CAST(:kilograms AS numeric), body = CAST(:body AS json)
        WHERE id = CAST(:id AS uuid) AND version = :version - 1 RETURNING id
    )
    INSERT INTO case_version (case_id, version, at, account, actor, change, reason, changed, body)
    SELECT id, :version, :at, :account, :actor, :change, :reason, :changed, CAST(:body AS json) FROM state
    """
)
_ADD = sa.text(
    """
    WITH state AS (
        INSERT INTO cases (id, sequence, case_no, version, status, classification, unit, origin, authors, lead, kilograms, body)
        VALUES (CAST(:id AS uuid), :sequence, :case_no, :version, :status, :classification, :unit, :origin, :authors, :lead,
            CAST(:kilograms AS numeric), CAST(:body AS json))
        RETURNING id
    )
    INSERT INTO case_version (case_id, version, at, account, actor, change, reason, changed, body)
    SELECT id, :version, :at, :account, :actor, :change, :reason, :changed, CAST(:body AS json) FROM state
    """
)


class PostgresCases:
    """`services.cases.ports.CaseStore` on one unit of work."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection = work.connection

    def next_sequence(self) -> int:
        number: int = self._connection.execute(sa.select(case_sequence.next_value())).scalar_one()
        return number

    def find(self, reference: str, *, lock: bool = False) -> Stored | None:
        if not _REFERENCE.fullmatch(reference):
            return None
        column = cases.c.id if is_id(reference) else cases.c.case_no
        statement = _FOUND.where(column == reference)
        row = self._connection.execute(statement.with_for_update() if lock else statement).one_or_none()
        if row is None:
            return None
        case = orjson.loads(row.body)
        return Stored(Record(case, content_of(case), frozenset(row.authors)), row.lead)

    def add(self, written: Written) -> None:
        self._write(_ADD, written)

    def save(self, written: Written) -> None:
        self._write(_SAVE, written)

    def take_number(self, office: str, year: int) -> int:
        return take_range(self._connection, office, year, 1)

    def unit_kinds(self, codes: Iterable[str]) -> Mapping[str, str]:
        rows = self._connection.execute(sa.select(unit_copy.c.code, unit_copy.c.kind).where(unit_copy.c.code.in_(set(codes))))
        return {row.code: row.kind for row in rows}

    def accounts(self, usernames: Iterable[str]) -> Mapping[str, str]:
        columns = account_copy.c
        statement = sa.select(columns.username, columns.account).where(columns.username.in_(set(usernames)), columns.active)
        return {row.username: row.account for row in self._connection.execute(statement)}

    def listed(self, listing: Listing) -> list[dict[str, Any]]:
        conditions = [_WORK, _visible(listing.scope)]
        if listing.status is not None:
            conditions.append(cases.c.status == listing.status)
        if listing.mine:
            conditions.append(_own(listing.scope.account))
        if listing.before is not None:
            conditions.append(cases.c.sequence < listing.before)
        statement = sa.select(_BODY).where(*conditions).order_by(cases.c.sequence.desc()).limit(listing.limit)
        return [orjson.loads(body) for body in self._connection.scalars(statement)]

    def versions(self, case_id: str) -> list[dict[str, Any]]:
        columns = case_version.c
        names = ("version", "actor", "change", "reason", "changed")
        statement = sa.select(columns.at, *(columns[name] for name in names)).where(columns.case_id == case_id)
        rows = self._connection.execute(statement.order_by(columns.version))
        return [{name: getattr(row, name) for name in names} | {"at": row.at.isoformat()} for row in rows]

    def version(self, case_id: str, version: int) -> dict[str, Any] | None:
        columns = case_version.c
        statement = sa.select(sa.cast(columns.body, sa.Text)).where(columns.case_id == case_id, columns.version == version)
        body = self._connection.scalar(statement)
        return None if body is None else orjson.loads(body)

    def submitted_after(self, sequence: int, limit: int) -> list[dict[str, Any]]:
        statement = (
            sa.select(_BODY).where(cases.c.sequence > sequence, cases.c.case_no.is_not(None)).order_by(cases.c.sequence).limit(limit)
        )
        return [orjson.loads(body) for body in self._connection.scalars(statement)]

    def figures_after(self, sequence: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        wanted = (cases.c.sequence, cases.c.id, cases.c.version, cases.c.status, cases.c.kilograms)
        statement = sa.select(*wanted).where(cases.c.sequence > sequence, cases.c.case_no.is_not(None))
        rows = self._connection.execute(statement.order_by(cases.c.sequence).limit(limit))
        return [
            (row.sequence, {"id": row.id, "version": row.version, "status": row.status, "kilograms": _decimal(row.kilograms)})
            for row in rows
        ]

    def totals(self) -> dict[str, Any]:
        """From submitted on, without cancelled ones."""
        counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(cases.c.kilograms), 0))
        number, kilograms = self._connection.execute(counted.where(cases.c.case_no.is_not(None), cases.c.status != "cancelled")).one()
        return {"cases": number, "kilograms": _decimal(kilograms)}

    def _write(self, statement: sa.TextClause, written: Written) -> None:
        change, case = written.change, written.change.record.case
        values = {
            "id": case["id"],
            "sequence": case["sequence"],
            "case_no": case["case_no"],
            "version": case["version"],
            "status": case["status"],
            "classification": case["classification"],
            "unit": case["unit"],
            "origin": case["origin"],
            "authors": sorted(change.record.authors),
            "lead": written.lead,
            "kilograms": case["kilograms"],
            "body": written.told.body.decode(),
            "at": written.at,
            "account": written.actor.account,
            "actor": written.actor.username,
            "change": change.name,
            "reason": case["reason"],
            "changed": change.changed,
        }
        result = self._connection.execute(statement, values)
        if result.rowcount != 1:
            raise RuntimeError("The case changed under its lock")
        self._work.emit(CASES_EXCHANGE, [written.told.facts])
        if written.told.nominal is not None:
            self._work.emit(CASES_NOMINAL_EXCHANGE, [written.told.nominal])


def _visible(scope: Scope) -> sa.ColumnElement[bool]:
    """`Scope.allows` as a condition; a test holds the two alike."""
    own = _own(scope.account)
    never_submitted = cases.c.case_no.is_(None)
    reach = [own, cases.c.unit.in_(scope.units)]
    if scope.shared:
        reach.append(cases.c.status.in_(SHARED_STATUSES))
    return sa.or_(
        sa.and_(never_submitted, own),
        sa.and_(sa.not_(never_submitted), cases.c.classification.in_(scope.classifications), sa.or_(*reach)),
    )


def _own(account: str) -> sa.ColumnElement[bool]:
    return sa.or_(cases.c.authors.contains(sa.cast([account], pg.ARRAY(sa.Text))), cases.c.lead == account)


def _decimal(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")
