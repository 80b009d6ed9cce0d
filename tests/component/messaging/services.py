"""Services under test, ours and the same on plain nameko. What a handler does is told by the event's `do`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import eventlet
import sqlalchemy as sa
from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc

from shared.contracts.envelope import Event
from shared.errors import Conflict, DependencyUnavailable, FieldError, Retryable, Unprocessable
from shared.messaging import topology
from shared.messaging.call import Call
from shared.messaging.cooperation import cooperating
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.idempotency import answer_once
from shared.messaging.rpc import rpc_method
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork

HEARTBEAT = 2
effects = sa.table("effects", sa.column("event"), sa.column("subject"), sa.column("version"))


def record(connection: sa.Connection, name: str, subject: str = "", version: int = 0) -> None:
    connection.execute(sa.insert(effects).values(event=name, subject=subject, version=version))


def burn(seconds: float) -> None:
    """CPU work that lets nobody in."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def act(data: dict[str, Any], connection: sa.Connection) -> None:
    do = data.get("do")
    if do in BLOCKS:
        BLOCKS[do](data["seconds"])
    elif do == "query":
        connection.execute(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": data["seconds"]})
    elif do in FAILURES:
        switch, error = FAILURES[do]
        if not connection.scalar(sa.text("SELECT count(*) FROM switches WHERE name = :name"), {"name": switch}):
            raise error


BLOCKS = {"sleep": eventlet.sleep, "burn": burn}
# By `do`: the row in `switches` that mends it, and what is raised until then.
FAILURES: dict[str, tuple[str, Exception]] = {
    "raise": ("never", ValueError("this event is poison")),
    "retry": ("never", Retryable()),
    "retry_once": ("mended", Retryable()),
    "await_switch_or_raise": ("mended", ValueError("not mended yet")),
    "await_switch": ("engine", DependencyUnavailable("engine")),
}


class OurService:
    """Consumes `reports.cases` as the account `reports`."""

    name = "reports"
    database = DatabaseProvider("reports")

    @subscribe(topology.REPORTS_CASES, heartbeat=HEARTBEAT)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        for event in cooperating(events):
            record(work.connection, event.id, event.subject, event.aggregate_version)
            act(event.data, work.connection)
            if event.data.get("do") == "emit":
                work.emit("probe.events", [replace(event, type="probe.emitted.v1")])
            if event.data.get("do") == "fail_after":
                work.before_commit(_fail)

    @rpc_method
    def act(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            answer = answer_once(work, call, lambda: self._act(work, call))
            work.commit()
        return answer

    @rpc_method
    def refuse(self, call: Call) -> dict[str, Any]:
        raise Unprocessable(
            "Mend the fields", errors=[FieldError("goods[0].unit", "unknown_code", "%(code)s is no unit", {"code": "XX"})], details={"a": 1}
        )

    @rpc_method
    def conflict(self, call: Call) -> dict[str, Any]:
        raise Conflict("Not now", code="own_code")

    @rpc_method
    def fail(self, call: Call) -> dict[str, Any]:
        raise RuntimeError(call.payload["secret"])

    @rpc_method
    def who(self, call: Call) -> dict[str, Any]:
        return {"username": call.principal.username, "service": call.service, "language": call.language, "traceparent": call.traceparent}

    @rpc_method(internal=("search", "operator"))
    def inside(self, call: Call) -> dict[str, Any]:
        return {"username": call.principal.username, "service": call.service}

    def _act(self, work: UnitOfWork, call: Call) -> dict[str, Any]:
        record(work.connection, call.payload.get("name", call.correlation_id))
        if call.payload.get("do") == "visible":
            # Seen by others before the call ends, as an effect outside of the transaction would be.
            work.connection.commit()
            eventlet.sleep(call.payload["seconds"])
            return {}
        act(call.payload, work.connection)
        return {"name": call.payload.get("name"), "times": work.connection.scalar(sa.text("SELECT count(*) FROM effects"))}


def _fail() -> None:
    raise ValueError("after the handler")


class CommitInResult(DependencyProvider):
    """What nameko's documentation suggests for transactions: commit when the worker has its result."""

    def worker_result(self, worker_ctx: Any, result: Any = None, exc_info: Any = None) -> None:
        if worker_ctx.args and worker_ctx.args[0].get("do") == "fail_after":
            _fail()


class PlainService:
    """The same on nameko's own entrypoints."""

    name = "plain"
    database = DatabaseProvider("reports")
    commit = CommitInResult()
    dispatch = EventDispatcher()

    @event_handler("source", "happened")
    def on_event(self, data: dict[str, Any]) -> None:
        with self.database.unit_of_work() as work:
            record(work.connection, data["id"])
            act(data, work.connection)
            work.commit()
        if data.get("do") == "emit":
            self.dispatch("emitted", {"id": data["id"]})

    @rpc
    def act(self, payload: dict[str, Any]) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            record(work.connection, payload["name"])
            if payload.get("do") == "visible":
                work.commit()
                eventlet.sleep(payload["seconds"])
            else:
                act(payload, work.connection)
                work.commit()
        return {}
