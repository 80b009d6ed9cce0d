"""Facts in PostgreSQL: folded by COPY, counted by one grouped query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from services.reports.domain.definitions import ReportQuery
from services.reports.domain.facts import COLUMNS, Fact
from services.reports.ports import Readable
from shared.persistence import UnitOfWork
from shared.security.directory import unit_names

TEXT_COLUMNS = ("status", "classification", "country", "office", "unit", "origin", "method", "departure", "destination", "commodity")
LIVE, BUILDING = "fact", "fact_building"


def fact_table(name: str) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("case_id", sa.Uuid(as_uuid=False)),
        sa.Column("version", sa.Integer),
        sa.Column("counts_case", sa.Boolean),
        sa.Column("validated", sa.Boolean),
        sa.Column("occurred_on", sa.Date),
        sa.Column("kilograms", sa.Numeric),
        *(sa.Column(column, sa.Text) for column in TEXT_COLUMNS),
    )


fact = fact_table(LIVE)
_values = attrgetter(*COLUMNS)
freshness = sa.Table("freshness", sa.MetaData(), sa.Column("at", sa.DateTime(timezone=True)))

_DIMENSIONS: dict[str, sa.ColumnElement[Any]] = {
    "month": sa.func.to_char(fact.c.occurred_on, sa.literal_column("'YYYY-MM'")),
    "year": sa.func.to_char(fact.c.occurred_on, sa.literal_column("'YYYY'")),
} | {name: fact.c[name] for name in TEXT_COLUMNS if name != "classification"}


class PostgresFacts:
    """One transaction's view; `table` is the live one or the one that a rebuild fills."""

    def __init__(self, work: UnitOfWork, table: sa.Table = fact) -> None:
        self._work = work
        self._connection = work.connection
        self._table = table

    def fold(self, facts: Sequence[Fact], as_of: datetime) -> None:
        told = {row.case_id: row.version for row in facts}
        known = self._versions(told)
        stale = {case_id for case_id, version in told.items() if known.get(case_id, 0) >= version}
        replaced = list(known.keys() - stale)
        if replaced:
            self._connection.execute(sa.delete(self._table).where(self._table.c.case_id == sa.any_(sa.cast(replaced, _UUIDS))))
        fresh = (row for row in facts if row.case_id not in stale)
        self._work.copy(self._table.name, COLUMNS, map(_values, fresh))
        self._connection.execute(sa.update(freshness).values(at=sa.func.greatest(freshness.c.at, as_of)))

    def count(self, query: ReportQuery, readable: Readable) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        groups = [_DIMENSIONS[name].label(name) for name in query.dimensions]
        by_commodity = "commodity" in query.dimensions or "commodity" in query.filters
        counted = sa.true() if by_commodity else fact.c.counts_case
        condition = sa.and_(*_conditions(query, readable))
        statement = sa.select(*groups, *_measures(counted)).where(condition).group_by(*groups).order_by(*groups)
        rows = [dict(row._mapping) for row in self._connection.execute(statement)]  # noqa: SLF001  SQLAlchemy's documented accessor
        whole = sa.true() if "commodity" in query.filters else fact.c.counts_case
        totals = self._connection.execute(sa.select(*_measures(whole)).where(condition)).one()
        return rows, dict(totals._mapping)  # noqa: SLF001  the same

    def as_of(self) -> datetime | None:
        return self._connection.execute(sa.select(freshness.c.at)).scalar_one()

    def summaries(self, case_ids: Sequence[str]) -> dict[str, tuple[int, str, Decimal | None]]:
        table = self._table
        statement = (
            sa.select(table.c.case_id, table.c.version, table.c.status, sa.func.sum(table.c.kilograms).label("kilograms"))
            .where(table.c.case_id == sa.any_(sa.cast(list(case_ids), _UUIDS)))
            .group_by(table.c.case_id, table.c.version, table.c.status)
        )
        return {row.case_id: (row.version, row.status, row.kilograms) for row in self._connection.execute(statement)}

    def size(self) -> int:
        statement = sa.select(sa.func.count()).select_from(self._table).where(self._table.c.counts_case)
        return self._connection.execute(statement).scalar_one()

    def unit_names(self, codes: Iterable[str]) -> dict[str, dict[str, str]]:
        return unit_names(self._connection, codes)

    def _versions(self, case_ids: Iterable[str]) -> dict[str, int]:
        table = self._table
        statement = sa.select(table.c.case_id, table.c.version).where(
            table.c.counts_case, table.c.case_id == sa.any_(sa.cast(list(case_ids), _UUIDS))
        )
        return {row.case_id: row.version for row in self._connection.execute(statement)}


_UUIDS = sa.ARRAY(sa.Uuid(as_uuid=False))


def _measures(counted: sa.ColumnElement[bool]) -> list[sa.ColumnElement[Any]]:
    cases = sa.func.count().filter(counted)
    return [
        cases.label("cases"),
        sa.func.count().filter(counted, fact.c.validated).label("validated"),
        sa.func.count().filter(counted, ~fact.c.validated).label("unvalidated"),
        sa.func.coalesce(sa.func.sum(fact.c.kilograms), 0).label("kilograms"),
    ]


def _conditions(query: ReportQuery, readable: Readable) -> list[sa.ColumnElement[bool]]:
    conditions = [
        fact.c.status != "cancelled",
        fact.c.unit.in_(readable.units),
        fact.c.classification.in_(readable.classifications),
    ]
    if query.start:
        conditions.append(fact.c.occurred_on >= query.start)
    if query.end:
        conditions.append(fact.c.occurred_on <= query.end)
    conditions.extend(_DIMENSIONS[name] == value for name, value in query.filters.items())
    return conditions
