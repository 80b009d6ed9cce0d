"""A service's own database: engine, pool and units of work.

Works in plain processes and under eventlet. There psycopg must wait by a selector that eventlet has made green, else a query stops
the whole process: whoever monkey-patches sets `PSYCOPG_WAIT_FUNC=wait_selector` before psycopg is imported.
"""

from __future__ import annotations

import sys
from typing import Any

import orjson
import psycopg
import psycopg.waiting
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.persistence.unit_of_work import UnitOfWork
from shared.settings import Settings

POOL_SIZE = 5
CONNECT_TIMEOUT_SECONDS = 5
# SQLSTATE classes and codes that say "the server is away or overloaded", not "the statement is wrong".
_AWAY_CLASSES = ("08", "53", "57P", "58")


class Database:
    """`pool_size` connections at most; who finds none free within 30 seconds is told that the database is away."""

    def __init__(self, settings: Settings, service: str, *, pool_size: int = POOL_SIZE) -> None:
        _refuse_blocking_waits()
        self.service = service
        self.engine = make_engine(settings.database_url(service), service, pool_size=pool_size, max_overflow=0)

    def unit_of_work(self) -> UnitOfWork:
        return UnitOfWork(self.engine, self.service)

    def dispose(self) -> None:
        self.engine.dispose()


def make_engine(url: str, application: str, **options: Any) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": application, "keepalives_idle": 30},
        **options,
    )


def is_connection_lost(error: BaseException) -> bool:
    """Whether the database (not the statement) is the trouble: waiting helps, changing the message does not."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        return error.orig is not None and is_connection_lost(error.orig)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return error.sqlstate is None or error.sqlstate.startswith(_AWAY_CLASSES)
    return False


def is_conflict(error: BaseException) -> bool:
    """A deadlock or a serialisation failure: the same transaction once more will do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.Error) and (cause.sqlstate or "").startswith("40")


def _refuse_blocking_waits() -> None:
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is None or not patcher.is_monkey_patched("socket"):
        return
    if psycopg.waiting.wait is not psycopg.waiting.wait_selector:
        raise RuntimeError("Set PSYCOPG_WAIT_FUNC=wait_selector before psycopg is imported: its queries would stop every green thread")
