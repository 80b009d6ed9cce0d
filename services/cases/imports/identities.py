"""Which rows were taken in before: by what they hold and which of the equal rows of their file they are, over all files."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.cases.imports.staging import StagedRow

Identity = tuple[bytes, int]

# Sorted, so that two imports of the same rows wait for each other and never in a circle.
_CLAIM = sa.text(
    """
    INSERT INTO import_identity (hash, occurrence, job)
    SELECT hash, occurrence, :job FROM unnest(CAST(:hashes AS bytea[]), CAST(:occurrences AS int[])) AS new(hash, occurrence)
    ORDER BY hash, occurrence
    ON CONFLICT DO NOTHING RETURNING hash, occurrence
    """
)
_KNOWN = sa.text(
    """
    SELECT hash, occurrence FROM import_identity
    JOIN unnest(CAST(:hashes AS bytea[]), CAST(:occurrences AS int[])) AS new(hash, occurrence) USING (hash, occurrence)
    """
)


def claim_identities(connection: sa.Connection, job: str, rows: Sequence[StagedRow]) -> set[Identity]:
    """Takes the rows' identities for this job; those that were free."""
    return _pairs(connection, _CLAIM, rows, job=job)


def known_identities(connection: sa.Connection, rows: Sequence[StagedRow]) -> set[Identity]:
    return _pairs(connection, _KNOWN, rows)


def release_identities(connection: sa.Connection, job: str) -> None:
    """After a cancelled import its rows may be taken in again."""
    connection.execute(sa.text("DELETE FROM import_identity WHERE job = :job"), {"job": job})


def _pairs(connection: sa.Connection, statement: sa.TextClause, rows: Sequence[StagedRow], **more: str) -> set[Identity]:
    if not rows:
        return set()
    values = {"hashes": [row.hash for row in rows], "occurrences": [row.occurrence for row in rows], **more}
    return {(bytes(row.hash), row.occurrence) for row in connection.execute(statement, values)}
