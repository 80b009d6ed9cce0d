"""The process `cases-worker`: takes jobs and works them off, one at a time, outside eventlet.

A job is held by an advisory lock of the listening connection: a worker that is killed loses it with the connection, and whoever comes
next goes on from the job's checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg

from services.cases.imports import jobs
from services.cases.imports.cancelling import CancellationRun
from services.cases.imports.importing import ImportRun, Stopped
from shared.faults import describe
from shared.persistence import Database, is_connection_lost
from shared.settings import Settings

LOOK_SECONDS = 5.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
POOL_SIZE = 3

log = logging.getLogger(__name__)


class StopSign(Protocol):
    """Set on SIGTERM: the worker then ends at the next checkpoint."""

    def is_set(self) -> bool: ...

    def wait(self, seconds: float) -> bool: ...


def run(settings: Settings, stop: StopSign) -> None:
    """Works until `stop`. A database that is away is waited for, without limit."""
    database = Database(settings, "cases", pool_size=POOL_SIZE)
    failures = 0
    try:
        while not stop.is_set():
            try:
                with psycopg.connect(settings.database_conninfo("cases"), autocommit=True) as listening:
                    Worker(settings, database, listening, stop).work()
            except Exception as error:
                if not is_connection_lost(error):
                    raise
                log.warning("database away", extra={"fault": describe(error)})
                stop.wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
                failures += 1
            else:
                failures = 0
    finally:
        database.dispose()


class Worker:
    """Takes what waits, then listens for more."""

    def __init__(self, settings: Settings, database: Database, listening: psycopg.Connection[Any], stop: StopSign) -> None:
        self._settings = settings
        self._database = database
        self._listening = listening
        self._stop = stop

    def work(self) -> None:
        self._listening.execute(f"LISTEN {jobs.CHANNEL}")
        while not self._stop.is_set():
            for identifier in self._waiting():
                if self._stop.is_set():
                    return
                self._take(identifier)
            self._listen()

    def _waiting(self) -> list[str]:
        with self._database.engine.begin() as connection:
            return jobs.waiting_jobs(connection)

    def _listen(self) -> None:
        """Waits for a notice in short turns, so that a stop is seen soon."""
        for _ in range(int(LOOK_SECONDS * 2)):
            if self._stop.is_set() or any(self._listening.notifies(timeout=0.5, stop_after=1)):
                return

    def _take(self, identifier: str) -> None:
        with self._held(identifier) as held:
            if not held:
                return
            try:
                self._run(identifier)
            except Stopped:
                log.info("job waits for the next worker", extra={"job": identifier})
            except Exception as error:
                if is_connection_lost(error):
                    raise
                log.error("job failed", extra={"job": identifier, "fault": describe(error)})  # noqa: TRY400  no text of the exception
                self._fail(identifier)

    def _run(self, identifier: str) -> None:
        with self._database.engine.connect() as connection:
            row = jobs.find_job(connection, identifier)
        if row is not None:
            KINDS[row.kind](self._database, self._settings, identifier, self._stop).run()

    def _fail(self, identifier: str) -> None:
        with self._database.engine.begin() as connection:
            jobs.end_job(connection, identifier, "failed", result={"error": jobs.INTERNAL_ERROR})

    @contextmanager
    def _held(self, identifier: str) -> Iterator[bool]:
        key = (identifier,)
        row = self._listening.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key).fetchone()
        held = bool(row and row[0])
        try:
            yield held
        finally:
            if held and not self._listening.closed:
                self._listening.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


KINDS: dict[str, Callable[..., ImportRun | CancellationRun]] = {"import": ImportRun, "import_cancellation": CancellationRun}
