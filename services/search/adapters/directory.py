"""The copies of units and accounts, as the search needs them: kept for a second, for they are asked for by every call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from services.search.domain.units import Units
from shared.security.directory import account_copy, unit_copy
from shared.security.principal import CLEARANCES
from shared.security.rules import RULES

KEEP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Directory:
    """`clearances` says, for each unit, what all of its officers who get alerts may read."""

    units: Units
    clearances: Mapping[str, str]


class DirectoryCache:
    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._directory = Directory(Units(), {})

    def get(self, connection: Connection) -> Directory:
        now = time.monotonic()
        if now - self._read_at > KEEP_SECONDS:
            fresh = _read(connection)
            # An equal one is the same one: what was worked out from it stays.
            if fresh != self._directory:
                self._directory = fresh
            self._read_at = now
        return self._directory


def _read(connection: Connection) -> Directory:
    rows = connection.execute(sa.select(unit_copy.c.code, unit_copy.c.parent, unit_copy.c.names)).all()
    units = Units({row.code: row.names for row in rows}, {row.code: row.parent for row in rows})
    return Directory(units, _clearances(connection))


def _clearances(connection: Connection) -> dict[str, str]:
    """The lowest of those who get a unit's alerts: an alert goes to all of them, so it may tell only what each may read."""
    query = sa.select(account_copy.c.unit, account_copy.c.clearance).where(
        account_copy.c.active, account_copy.c.roles.overlap(list(RULES["alert.read"]))
    )
    found: dict[str, str] = {}
    for row in connection.execute(query):
        found[row.unit] = min(found.get(row.unit, row.clearance), row.clearance, key=CLEARANCES.index)
    return found
