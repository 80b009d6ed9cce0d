"""A rebuild of the facts from the cases store: beside the live table, then one switch. Reads never stop; events go to both tables.

An advisory lock parts folding (shared) from starting and switching (exclusive), so no event is folded into a table that goes away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from services.reports.adapters.facts import BUILDING, LIVE, PostgresFacts, fact_table
from services.reports.handlers import facts_of_cases
from shared.errors import Conflict
from shared.i18n import N_
from shared.persistence import UnitOfWork

SWITCH_LOCK = 7_302_002
PAGE = 1000

rebuild = sa.Table(
    "rebuild",
    sa.MetaData(),
    sa.Column("state", sa.Text),
    sa.Column("after", sa.BigInteger),
    sa.Column("done", sa.BigInteger),
    sa.Column("total", sa.BigInteger),
    sa.Column("started_at", sa.DateTime(timezone=True)),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)

building = fact_table(BUILDING)


def stores_to_fold(work: UnitOfWork) -> list[PostgresFacts]:
    """The live facts, and those that a rebuild is filling; neither is switched before this transaction ends."""
    work.connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(SWITCH_LOCK)))
    stores = [PostgresFacts(work)]
    if work.connection.execute(sa.select(sa.func.to_regclass(BUILDING))).scalar_one() is not None:
        stores.append(PostgresFacts(work, building))
    return stores


def start(work: UnitOfWork, total: int) -> None:
    """Raises Conflict while one runs."""
    connection = work.connection
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SWITCH_LOCK)))
    if _state(connection) == "running":
        raise Conflict(N_("A rebuild is running. Watch it with `opencen rebuild reports`."), code="in_progress")
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {BUILDING}"))
    connection.execute(sa.text(f"CREATE TABLE {BUILDING} (LIKE {LIVE} INCLUDING ALL)"))
    connection.execute(sa.delete(rebuild))
    row = {"state": "running", "after": 0, "done": 0, "total": total, "started_at": datetime.now(UTC)}
    connection.execute(sa.insert(rebuild).values(row))


def step(work: UnitOfWork, replay: Callable[[int, int], dict[str, Any]]) -> bool:
    """One page, with its checkpoint in the same transaction. False when there is nothing (more) to do, or another process does it."""
    row = work.connection.execute(sa.select(rebuild).where(rebuild.c.state == "running").with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return False
    page = replay(row.after, PAGE)
    PostgresFacts(work, building).fold(facts_of_cases(page["items"]), row.started_at)
    progress = {"done": row.done + len(page["items"]), "after": page["next"] or row.after}
    work.connection.execute(sa.update(rebuild).values(progress))
    if page["next"] is None:
        _switch(work.connection)
    return page["next"] is not None


def status(connection: sa.Connection) -> dict[str, Any]:
    """`{state, done, total, started_at, ended_at}`; state is idle before the first rebuild."""
    row = connection.execute(sa.select(rebuild)).one_or_none()
    if row is None:
        return {"state": "idle", "done": 0, "total": 0, "started_at": None, "ended_at": None}
    return {
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at and row.ended_at.isoformat(),
    }


def _state(connection: sa.Connection) -> str | None:
    return connection.execute(sa.select(rebuild.c.state)).scalar_one_or_none()


def _switch(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SWITCH_LOCK)))
    connection.execute(sa.text(f"DROP TABLE {LIVE}"))
    connection.execute(sa.text(f"ALTER TABLE {BUILDING} RENAME TO {LIVE}"))
    connection.execute(sa.update(rebuild).values(state="done", ended_at=datetime.now(UTC)))
