"""Saved searches and what they alerted, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql as pg

from services.search.domain.saved_search import SavedSearchContent

metadata = sa.MetaData()

saved_search = sa.Table(
    "saved_search",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("alert", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("channels", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

_MATCHES = """
    INSERT INTO saved_search_match (saved_search, case_id, fingerprint, case_version)
    SELECT * FROM unnest(CAST(:searches AS uuid[]), CAST(:cases AS uuid[]), CAST(:fingerprints AS text[]), CAST(:versions AS integer[]))
    ON CONFLICT DO NOTHING RETURNING saved_search, case_id, fingerprint
"""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    id: str
    version: int
    name: str
    query: str
    unit: str
    alert: bool
    severity: str
    channels: tuple[str, ...]
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    deleted_at: datetime | None = None
    revision: int = 0


def insert_search(connection: Connection, identifier: str, content: SavedSearchContent, by: str) -> SavedSearch:
    values = _values(content) | {"id": identifier, "version": 1, "created_by": by, "changed_by": by, "revision": _tick(connection)}
    return _one(connection.execute(sa.insert(saved_search).values(values).returning(saved_search)))


def update_search(connection: Connection, found: SavedSearch, content: SavedSearchContent, by: str) -> SavedSearch:
    """`found` must be locked. Its matches are kept: an edited query alerts again only for what is new."""
    values = _values(content) | {"version": found.version + 1, "changed_by": by, "changed_at": sa.func.now(), "revision": _tick(connection)}
    return _one(connection.execute(sa.update(saved_search).where(saved_search.c.id == found.id).values(values).returning(saved_search)))


def delete_search(connection: Connection, found: SavedSearch, by: str) -> SavedSearch:
    values = {"deleted_at": sa.func.now(), "version": found.version + 1, "changed_by": by, "revision": _tick(connection)}
    return _one(connection.execute(sa.update(saved_search).where(saved_search.c.id == found.id).values(values).returning(saved_search)))


def find_search(connection: Connection, identifier: str, *, lock: bool = False) -> SavedSearch | None:
    query = sa.select(saved_search).where(saved_search.c.id == identifier, saved_search.c.deleted_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _search(row)


def list_searches(connection: Connection, units: Collection[str], *, limit: int, after: str | None) -> list[SavedSearch]:
    """Newest first: ids are UUIDv7, so they sort by time."""
    query = sa.select(saved_search).where(saved_search.c.unit.in_(units), saved_search.c.deleted_at.is_(None))
    if after is not None:
        query = query.where(saved_search.c.id < after)
    return [_search(row) for row in connection.execute(query.order_by(saved_search.c.id.desc()).limit(limit))]


def changed_since(connection: Connection, revision: int) -> list[SavedSearch]:
    """Everything written after `revision`, deleted ones too, oldest first. The clock's row lock keeps the order gapless."""
    query = sa.select(saved_search).where(saved_search.c.revision > revision).order_by(saved_search.c.revision)
    return [_search(row) for row in connection.execute(query)]


def record_matches(connection: Connection, matches: Sequence[tuple[str, str, str, int]]) -> set[tuple[str, str, str]]:
    """Takes (saved search, case, fingerprint, version) and gives back those that never alerted before."""
    if not matches:
        return set()
    searches, cases, fingerprints, versions = (list(column) for column in zip(*matches, strict=True))
    parameters = {"searches": searches, "cases": cases, "fingerprints": fingerprints, "versions": versions}
    rows = connection.execute(text(_MATCHES), parameters)
    return {(str(row.saved_search), str(row.case_id), row.fingerprint) for row in rows}


def _tick(connection: Connection) -> int:
    return int(connection.execute(text("UPDATE saved_search_clock SET revision = revision + 1 RETURNING revision")).scalar_one())


def _values(content: SavedSearchContent) -> dict[str, Any]:
    return {
        "name": content.name,
        "query": content.query,
        "unit": content.unit,
        "alert": content.alert,
        "severity": content.severity,
        "channels": list(content.channels),
    }


def _one(result: sa.CursorResult[Any]) -> SavedSearch:
    return _search(result.one())


def _search(row: Any) -> SavedSearch:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    return SavedSearch(**values | {"id": str(row.id), "channels": tuple(row.channels)})
