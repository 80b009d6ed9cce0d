"""One transaction: the state, its events and whatever else must be true together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType
from typing import Any, Self

import orjson
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb

from shared.contracts.envelope import Event, encode_batches
from shared.faults import describe
from shared.identifiers import new_id
from shared.observability import current_correlation_id
from shared.persistence.tables import outbox
from shared.tracing import current_traceparent

OUTBOX_CHANNEL = "outbox"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What events take from where they are emitted, unless they bring their own."""

    traceparent: str
    correlation_id: str


class UnitOfWork:
    """Rolls back unless committed. Events are written to the outbox at commit, last, so that they follow the order of the locked rows."""

    def __init__(self, engine: sa.Engine, service: str) -> None:
        self._engine = engine
        self._service = service
        self._emitted: list[tuple[str, Sequence[Event], Defaults]] = []
        self._before: list[Callable[[], None]] = []
        self._after: list[Callable[[], None]] = []
        self._connection: sa.Connection | None = None

    def __enter__(self) -> Self:
        self._connection = self._engine.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def connection(self) -> sa.Connection:
        if self._connection is None:
            raise RuntimeError("A unit of work is used inside its `with` block")
        return self._connection

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Real COPY. A dict becomes jsonb; text and bytes travel as they are; rows may be a generator."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        driver = self.connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([Jsonb(value) if isinstance(value, dict) else value for value in row])

    def emit(self, exchange: str, events: Sequence[Event], *, trace: str = "") -> None:
        """To the outbox at commit, in order. `trace` (else the present one) and the present correlation id are for events without."""
        if events:
            self._emitted.append((exchange, events, Defaults(trace or current_traceparent(), current_correlation_id())))

    def before_commit(self, callback: Callable[[], None]) -> None:
        """Runs before the outbox is written and the transaction committed; an exception rolls all back."""
        self._before.append(callback)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Runs once the transaction is committed, and for a consumer before its messages are acknowledged."""
        self._after.append(callback)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside leaves no trace: neither rows nor events nor callbacks. Callbacks of `before_commit` run at its end."""
        marks = [(kept, len(kept)) for kept in (self._emitted, self._before, self._after)]
        try:
            with self.connection.begin_nested():
                yield
                self._run_before()
        except BaseException:
            for kept, length in marks:
                del kept[length:]
            raise

    def commit(self) -> None:
        self._run_before()
        self._write_outbox()
        self.connection.commit()
        while self._after:
            self._run_after(self._after.pop(0))

    def _run_before(self) -> None:
        while self._before:
            self._before.pop(0)()

    def _run_after(self, callback: Callable[[], None]) -> None:
        """The effect is committed: a callback that fails must not make anybody believe that it is not."""
        try:
            callback()
        except Exception as error:  # noqa: BLE001  whatever it is, the transaction stands
            log.warning("After the commit: %s", describe(error), extra={"service": self._service})

    def _write_outbox(self) -> None:
        rows = [row for exchange, events, defaults in self._emitted for row in outbox_rows(exchange, events, defaults)]
        self._emitted.clear()
        if not rows:
            return
        self.connection.execute(sa.insert(outbox), rows)
        self.connection.execute(sa.select(sa.func.pg_notify(OUTBOX_CHANNEL, "")))


def outbox_rows(exchange: str, events: Sequence[Event], defaults: Defaults) -> list[dict[str, Any]]:
    """One row per message: a run of events of one type, packed into batches whose bytes nobody builds again."""
    rows = []
    for routing_key, run in groupby(events, key=lambda event: event.type):
        group = list(run)
        row = {"exchange": exchange, "routing_key": routing_key, "traceparent": group[0].traceparent or defaults.traceparent}
        bodies = encode_batches(_encode(event, defaults) for event in group)
        rows += [row | {"message_id": new_id(), "body": body} for body in bodies]
    return rows


def _encode(event: Event, defaults: Defaults) -> bytes:
    wire = event.to_wire()
    if defaults.traceparent:
        wire.setdefault("traceparent", defaults.traceparent)
    if defaults.correlation_id:
        wire.setdefault("correlationid", defaults.correlation_id)
    return orjson.dumps(wire)
