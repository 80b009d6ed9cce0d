"""Jobs: long work as a row, claimed by a worker, with progress, a checkpoint and the claims of who asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from services.cases.imports.tables import job, rejection
from shared.i18n import N_
from shared.identifiers import new_job_id
from shared.security.principal import Principal

CHANNEL = "jobs"
OPEN_STATES = ("queued", "running")
MOST_REASON = 1_000
INTERNAL_ERROR = {
    "code": "internal",
    "message": N_("The job stopped because of a mistake in the program. Tell the operator."),
    "params": {},
}


def create_job(connection: sa.Connection, kind: str, principal: Principal, request: dict[str, Any]) -> str:
    """A queued job; workers hear of it at commit."""
    identifier = new_job_id("cases")
    claims = asdict(principal)
    connection.execute(sa.insert(job).values(id=identifier, kind=kind, principal=claims, unit=principal.unit, request=request))
    wake_workers(connection)
    return identifier


def wake_workers(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def find_job(connection: sa.Connection, identifier: str, *, lock: bool = False) -> sa.Row[Any] | None:
    """With `lock` it waits for whoever is writing the row, such as the last transaction of a killed worker."""
    query = sa.select(job).where(job.c.id == identifier)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def waiting_jobs(connection: sa.Connection) -> list[str]:
    """Oldest first, without those whose row another worker is just taking."""
    query = sa.select(job.c.id).where(job.c.state.in_(OPEN_STATES)).order_by(job.c.created_at)
    return list(connection.scalars(query.with_for_update(skip_locked=True)))


def change_job(connection: sa.Connection, identifier: str, **values: Any) -> None:
    connection.execute(sa.update(job).where(job.c.id == identifier).values(values))


def end_job(connection: sa.Connection, identifier: str, state: str, **values: Any) -> None:
    change_job(connection, identifier, state=state, ended_at=sa.func.now(), **values)


def shown_job(row: sa.Row[Any]) -> dict[str, Any]:
    """The job as the API gives it; `progress` runs from 0 to 1."""
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "progress": _progress(row),
        "counts": {"rows": row.rows, "created": row.created, "rejected": row.rejected, "duplicates": row.duplicates},
        "result": row.result,
        "created_at": _time(row.created_at),
        "started_at": _time(row.started_at),
        "ended_at": _time(row.ended_at),
    }


def rejections(connection: sa.Connection, identifier: str, after: int, limit: int) -> list[tuple[int, str, str]]:
    """`(row, field, reason)` in order of rows; the reason is a gettext id."""
    query = sa.select(rejection.c.row, rejection.c.field, rejection.c.reason).where(rejection.c.job == identifier, rejection.c.row > after)
    return [(row.row, row.field, row.reason) for row in connection.execute(query.order_by(rejection.c.row).limit(limit))]


def rejection_rows(identifier: str, faults: Iterable[tuple[int, str, str]]) -> list[tuple[str, int, str, str]]:
    return [(identifier, number, field, reason) for number, field, reason in faults]


def _progress(row: sa.Row[Any]) -> float:
    if row.state == "done":
        return 1.0
    return round(row.rows / row.staged, 4) if row.staged else 0.0


def _time(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
