"""Reads of the unit tree."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.gateway.database import GatewayDatabase
from services.gateway.tables import unit


async def subtree_of(database: GatewayDatabase, code: str) -> frozenset[str]:
    """The unit's code and those of all units below it."""
    below = sa.select(unit.c.code).where(unit.c.code == code).cte("below", recursive=True)
    below = below.union(sa.select(unit.c.code).join(below, unit.c.parent == below.c.code))
    async with database.transaction() as connection:
        return frozenset((await connection.execute(sa.select(below.c.code))).scalars())


async def list_units(database: GatewayDatabase) -> list[dict[str, Any]]:
    """`{code, kind, parent, names}` of every unit, by code."""
    columns = (unit.c.code, unit.c.kind, unit.c.parent, unit.c.names)
    async with database.transaction() as connection:
        return [dict(row._mapping) for row in await connection.execute(sa.select(*columns).order_by(unit.c.code))]  # noqa: SLF001  SQLAlchemy's public name
