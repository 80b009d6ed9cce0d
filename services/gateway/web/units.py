"""Names of units and offices: the gateway owns them, pages only show them."""

from __future__ import annotations

import time

import sqlalchemy as sa

from services.gateway.database import GatewayDatabase
from services.gateway.tables import unit
from services.gateway.web.visitors import in_language

KEPT_SECONDS = 30.0


class UnitNames:
    """Kept for half a minute: a unit's name changes seldom and is never a right."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._database = database
        self._read_at = 0.0
        self._names: dict[str, dict[str, str]] = {}
        self._kinds: dict[str, str] = {}

    async def refresh(self) -> None:
        if self._names and time.monotonic() - self._read_at < KEPT_SECONDS:
            return
        async with self._database.transaction() as connection:
            rows = (await connection.execute(sa.select(unit.c.code, unit.c.kind, unit.c.names).order_by(unit.c.code))).all()
        self._names = {row.code: row.names for row in rows}
        self._kinds = {row.code: row.kind for row in rows}
        self._read_at = time.monotonic()

    def name(self, code: str | None, language: str) -> str:
        """An unknown code is its own name."""
        return in_language(self._names.get(code or "", {}), language) or code or ""

    def offices(self, language: str) -> list[tuple[str, str]]:
        return [(code, self.name(code, language)) for code, kind in self._kinds.items() if kind == "office"]
