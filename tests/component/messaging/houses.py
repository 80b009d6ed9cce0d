"""The two ways of the pitfall tests: plain nameko and ours, with one interface for what a test does and sees."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from shared.contracts.envelope import CONTENT_TYPE, Event, encode_batches
from shared.identifiers import new_id
from shared.messaging import topology
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from shared.persistence.tables import create_messaging_tables
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
READY_SECONDS = 30


class Running:
    """A process under test."""

    def __init__(self, process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        self.process = process
        self._lines = lines

    def wait_ready(self) -> None:
        if self._lines.get(timeout=READY_SECONDS) != "ready":
            raise RuntimeError("the process ended before it was ready")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def wait(self, timeout: float = 20) -> int:
        return self.process.wait(timeout)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


@contextmanager
def running(service: str, settings: Settings, *, ready: bool = True, **environment: str) -> Iterator[Running]:
    """`service` is `MODULE:CLASS`; its standard error goes to the test's own."""
    values = os.environ | {"TEST_SETTINGS": settings.model_dump_json()} | environment
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.component.messaging.host", service], cwd=ROOT, env=values, stdout=subprocess.PIPE, text=True
    )
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    host = Running(process, lines)
    try:
        if ready:
            host.wait_ready()
        yield host
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        if process.stdout:
            process.stdout.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    for line in process.stdout or ():
        lines.put(line.strip())
    lines.put("ended")


class Tables:
    """Alembic's `op`, as far as the messaging tables need it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get_bind(self) -> sa.Connection:
        return self._connection

    def execute(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)


def create_tables(settings: Settings, service: str) -> None:
    engine = sa.create_engine(settings.database_url(service), poolclass=sa.NullPool)
    with engine.begin() as connection:
        create_messaging_tables(Tables(connection))
        connection.exec_driver_sql(
            "CREATE TABLE effects (number bigserial PRIMARY KEY, event text, subject text, version bigint, at timestamptz DEFAULT now())"
        )
        connection.exec_driver_sql("CREATE TABLE switches (name text PRIMARY KEY)")
    engine.dispose()


class House:
    """What both ways share: the effects in the database, and a channel of the operator."""

    service = ""
    queue = ""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection = open_connection(settings.broker_url(topology.OPERATOR), heartbeat=0)
        self.channel = self._connection.channel()
        self.publisher = Publisher(self._connection)

    def close(self) -> None:
        close_quietly(self._connection)

    def start(self, **environment: str) -> Any:
        return running(self.service, self.settings, **environment)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.settings.database_conninfo("reports"), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def effects(self) -> list[str]:
        return [row[0] for row in self.sql("SELECT event FROM effects ORDER BY number")]

    def waiting(self, name: str = "") -> int:
        return int(self.channel.queue_declare(name or self.queue, passive=True).message_count)

    def send(self, **data: Any) -> str:
        raise NotImplementedError

    def send_raw(self, body: bytes, content_type: str) -> None:
        raise NotImplementedError

    def take(self, name: str) -> Any:
        return self.channel.basic_get(name, no_ack=True)


class OurHouse(House):
    service = "tests.component.messaging.services:OurService"
    queue = topology.REPORTS_CASES.queue

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        topology.declare(self.channel)

    def send(self, **data: Any) -> str:
        return self.send_batch([data])[0]

    def send_batch(self, items: Sequence[dict[str, Any]], *, message_id: str | None = None) -> list[str]:
        events = [event_of(item) for item in items]
        self.send_events(events, message_id=message_id)
        return [event.id for event in events]

    def send_events(
        self,
        events: Sequence[Event],
        *,
        message_id: str | None = None,
        headers: dict[str, Any] | None = None,
        exchange: str = "cases.events",
    ) -> None:
        body = next(iter(encode_batches(event.encode() for event in events)))
        properties = {"message_id": message_id or new_id(), "content_type": CONTENT_TYPE, "application_headers": headers or {}}
        self.publisher.publish([Message(exchange, events[0].type, body, properties)])

    def send_raw(self, body: bytes, content_type: str) -> None:
        properties = {"message_id": new_id(), "content_type": content_type}
        self.publisher.publish([Message("cases.events", "case.submitted.v1", body, properties)])

    @property
    def dead(self) -> str:
        return topology.REPORTS_CASES.dead_queue


class PlainHouse(House):
    service = "tests.component.messaging.services:PlainService"
    queue = "evt-source-happened--plain.on_event"

    def start(self, **environment: str) -> Any:
        config = {"AMQP_URI": self.settings.broker_url(topology.OPERATOR), "HEARTBEAT": 2, "max_workers": 10}
        return running(self.service, self.settings, TEST_NAMEKO_CONFIG=json.dumps(config), **environment)

    def send(self, **data: Any) -> str:
        identifier = str(uuid.uuid4())
        self._publish(json.dumps({"id": identifier} | data).encode(), "application/json")
        return identifier

    def send_raw(self, body: bytes, content_type: str) -> None:
        self._publish(body, content_type)

    def _publish(self, body: bytes, content_type: str) -> None:
        properties = {"content_type": content_type, "content_encoding": "utf-8"}
        self.publisher.publish([Message("source.events", "happened", body, properties)])

    @property
    def dead(self) -> str:
        return self.queue


def event_of(item: dict[str, Any]) -> Event:
    return Event(
        type=item.get("type", "case.submitted.v1"),
        source="cases",
        subject=item.get("subject", "case-1"),
        data=item,
        aggregate_version=item.get("version", 1),
        actor="officer.vte",
    )


HOUSES: dict[str, Callable[[Settings], House]] = {"nameko": PlainHouse, "opencen": OurHouse}
