"""A bad import is cancelled whole: every case of it, with a reason, by a job of its own; afterwards its rows may come in again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.cases.adapters.tables import cases
from services.cases.domain.record import Actor, Change, Moment, Record, move
from services.cases.domain.step_request import StepRequest
from services.cases.domain.workflow import ENDED
from services.cases.handlers.telling import Told, Trace, tell
from services.cases.imports import jobs
from services.cases.imports.identities import release_identities
from services.cases.imports.importing import Stopped, StopSign
from services.cases.imports.rights import recheck
from shared.contracts.cases import CASES_EXCHANGE, CASES_NOMINAL_EXCHANGE
from shared.errors import ServiceError
from shared.persistence import Database, UnitOfWork
from shared.settings import Settings

BATCH = 500
_VERSION_COLUMNS = ("case_id", "version", "at", "account", "actor", "change", "reason", "changed", "body")
_UPDATE = sa.text(
    """
    UPDATE cases SET version = new.version, status = 'cancelled', body = CAST(new.body AS json)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:bodies AS text[])) AS new(id, version, body)
    WHERE cases.id = new.id
    """
)


class CancellationRun:
    """Batches in order of the cases' sequence; the checkpoint is the last sequence done."""

    def __init__(self, database: Database, settings: Settings, identifier: str, stop: StopSign) -> None:
        self._database = database
        self._zone = settings.zone
        self._id = identifier
        self._stop = stop

    def run(self) -> None:
        try:
            while self._step():
                if self._stop.is_set():
                    raise Stopped
        except ServiceError as error:
            with self._database.unit_of_work() as work:
                result = {"error": {"code": error.code, "message": error.message, "params": error.params}}
                jobs.end_job(work.connection, self._id, "failed", result=result)
                work.commit()

    def _step(self) -> bool:
        """One batch in one transaction; False once the job has ended."""
        with self._database.unit_of_work() as work:
            job = jobs.find_job(work.connection, self._id, lock=True)
            if job is None or job.state not in jobs.OPEN_STATES:
                return False
            if job.cancel_reason is not None:
                jobs.end_job(work.connection, self._id, "cancelled")
                work.commit()
                return False
            more = self._batch(work, job)
            work.commit()
            return more

    def _batch(self, work: UnitOfWork, job: sa.Row[Any]) -> bool:
        principal = recheck(work.connection, job.principal, job.unit, "import.cancel")
        source = job.request["import"]
        rows = _next_cases(work.connection, source, job.checkpoint)
        if not rows:
            release_identities(work.connection, source)
            jobs.end_job(work.connection, self._id, "done", result={"import": source, "cancelled": job.created})
            return False
        actor = Actor(principal.account, principal.username, job.unit)
        changes = [self._cancelled(row, actor, job.request["reason"]) for row in rows if row.status not in ENDED]
        _save(work, changes, actor, self._trace())
        count = len(changes)
        jobs.change_job(
            work.connection,
            self._id,
            state="running",
            started_at=job.started_at or sa.func.now(),
            staged=job.staged or _count(work.connection, source),
            checkpoint=rows[-1].sequence,
            rows=job.rows + len(rows),
            created=job.created + count,
            rejected=job.rejected + len(rows) - count,
        )
        return True

    def _cancelled(self, row: sa.Row[Any], actor: Actor, reason: str) -> Change:
        record = Record(row.body, {}, frozenset(row.authors))
        return move(record, StepRequest("cancelled", reason, []), actor, Moment(datetime.now(self._zone), self._zone))

    def _trace(self) -> Trace:
        return Trace(correlation_id=self._id)


def _next_cases(connection: sa.Connection, source: str, after: int) -> list[sa.Row[Any]]:
    query = sa.select(cases.c.sequence, cases.c.status, cases.c.authors, cases.c.body)
    query = query.where(cases.c.import_job == source, cases.c.sequence > after).order_by(cases.c.sequence).limit(BATCH)
    return list(connection.execute(query.with_for_update()))


def _count(connection: sa.Connection, source: str) -> int:
    return connection.scalar(sa.select(sa.func.count()).where(cases.c.import_job == source)) or 0


def _save(work: UnitOfWork, changes: Sequence[Change], actor: Actor, trace: Trace) -> None:
    if not changes:
        return
    told = [tell(change, actor, change.record.case["changed_at"], trace, alert=False) for change in changes]
    bodies = [one.body.decode() for one in told]
    states = [change.record.case for change in changes]
    columns = {"ids": [state["id"] for state in states], "versions": [state["version"] for state in states], "bodies": bodies}
    work.connection.execute(_UPDATE, columns)
    work.copy("case_version", _VERSION_COLUMNS, [_version(*one, actor) for one in zip(changes, bodies, strict=True)])
    _emit(work, told)


def _version(change: Change, body: str, actor: Actor) -> tuple[Any, ...]:
    case = change.record.case
    moment = case["changed_at"]
    return (case["id"], case["version"], moment, actor.account, actor.username, change.name, case["reason"], change.changed, body)


def _emit(work: UnitOfWork, told: Sequence[Told]) -> None:
    work.emit(CASES_EXCHANGE, [one.facts for one in told])
    work.emit(CASES_NOMINAL_EXCHANGE, [one.nominal for one in told if one.nominal is not None])
