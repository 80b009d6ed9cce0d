"""Saved searches and what they alerted, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql as pg

from services.search.domain.saved_search import SavedSearch, SavedSearchContent
from services.search.ports import MatchKey

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
    ON CONFLICT DO NOTHING RETURNING saved_search, case_id, fingerprint, case_version
"""


class PostgresSavedSearches:
    """Works inside one unit of work's connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, identifier: str, content: SavedSearchContent, by: str) -> SavedSearch:
        values = _values(content) | {"id": identifier, "version": 1, "created_by": by, "changed_by": by, "revision": self._tick()}
        return self._written(sa.insert(saved_search).values(values))

    def update(self, found: SavedSearch, content: SavedSearchContent, by: str) -> SavedSearch:
        """What it alerted is kept: an edited query alerts again only for what is new."""
        return self._change(found, by, _values(content))

    def delete(self, found: SavedSearch, by: str) -> SavedSearch:
        return self._change(found, by, {"deleted_at": sa.func.now()})

    def find(self, identifier: str, *, lock: bool = False) -> SavedSearch | None:
        query = sa.select(saved_search).where(saved_search.c.id == identifier, saved_search.c.deleted_at.is_(None))
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else _search(row)

    def exists(self, identifier: str) -> bool:
        """Also when it was deleted."""
        return self._connection.execute(sa.select(saved_search.c.id).where(saved_search.c.id == identifier)).first() is not None

    def page(self, units: Collection[str], *, limit: int, after: str | None) -> list[SavedSearch]:
        query = sa.select(saved_search).where(saved_search.c.unit.in_(units), saved_search.c.deleted_at.is_(None))
        if after is not None:
            query = query.where(saved_search.c.id < after)
        return [_search(row) for row in self._connection.execute(query.order_by(saved_search.c.id.desc()).limit(limit))]

    def changed_since(self, revision: int) -> list[SavedSearch]:
        query = sa.select(saved_search).where(saved_search.c.revision > revision).order_by(saved_search.c.revision)
        return [_search(row) for row in self._connection.execute(query)]

    def revision(self) -> int:
        return int(self._connection.execute(text("SELECT revision FROM saved_search_clock")).scalar_one())

    def record_matches(self, matches: Sequence[MatchKey]) -> set[MatchKey]:
        if not matches:
            return set()
        searches, cases, fingerprints, versions = (list(column) for column in zip(*matches, strict=True))
        parameters = {"searches": searches, "cases": cases, "fingerprints": fingerprints, "versions": versions}
        rows = self._connection.execute(text(_MATCHES), parameters)
        return {MatchKey(str(row.saved_search), str(row.case_id), row.fingerprint, row.case_version) for row in rows}

    def _change(self, found: SavedSearch, by: str, values: dict[str, Any]) -> SavedSearch:
        common = {"version": found.version + 1, "changed_by": by, "changed_at": sa.func.now(), "revision": self._tick()}
        return self._written(sa.update(saved_search).where(saved_search.c.id == found.id).values(values | common))

    def _tick(self) -> int:
        """Locks the clock until the end of the transaction, so that revisions become visible in their order."""
        return int(self._connection.execute(text("UPDATE saved_search_clock SET revision = revision + 1 RETURNING revision")).scalar_one())

    def _written(self, statement: Any) -> SavedSearch:
        return _search(self._connection.execute(statement.returning(saved_search)).one())


def _values(content: SavedSearchContent) -> dict[str, Any]:
    return asdict(content) | {"channels": list(content.channels)}


def _search(row: Any) -> SavedSearch:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    return SavedSearch(**values | {"id": str(row.id), "channels": tuple(row.channels)})
