"""From the outbox to the broker, in order: one active relay per service, the others wait for its lock.

Rows are chosen by `published_at IS NULL` in order of sequence, never by a cursor: sequences commit out of order. A row that was published
but not marked (a kill between the two) goes out again under the same `message_id`, which the inbox of every consumer knows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from shared.contracts.envelope import CONTENT_TYPE
from shared.errors import DependencyUnavailable
from shared.messaging import metrics
from shared.messaging.connection import BROKER_ERRORS, Message, Publisher, Unroutable, close_quietly, open_connection
from shared.messaging.topology import OPERATOR, TOPOLOGY, Topology, declare
from shared.persistence.unit_of_work import OUTBOX_CHANNEL
from shared.settings import Settings

# Any number does, as long as it is ours alone: the holder is the service's one active relay.
RELAY_LOCK = 7_302_002
MESSAGES_AT_ONCE = 20
IDLE_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 5.0
TRIM_EVERY_SECONDS = 3600
TRIM_ROWS = 1000

_WAITING = """
    SELECT sequence, message_id, exchange, routing_key, body, traceparent FROM outbox
    WHERE published_at IS NULL ORDER BY sequence LIMIT %s
"""
_PUBLISHED = "UPDATE outbox SET published_at = now() WHERE sequence = ANY(%s)"
_STATE = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox WHERE published_at IS NULL
"""
# What the rows of a month ago were for is long done: consumers that fell behind rebuild from the owner. Consumers trim their inboxes.
_TRIMS = (
    """DELETE FROM outbox WHERE sequence IN
    (SELECT sequence FROM outbox WHERE published_at < now() - interval '30 days' ORDER BY published_at LIMIT %s)""",
    """DELETE FROM idempotency WHERE (account, path, key) IN
    (SELECT account, path, key FROM idempotency WHERE created_at < now() - interval '7 days' ORDER BY created_at LIMIT %s)""",
)

log = logging.getLogger(__name__)


class Relay:
    """`run()` returns after `stop()`; a database or broker that is away is tried again until it is back."""

    def __init__(self, settings: Settings, service: str, *, topology: Topology = TOPOLOGY) -> None:
        self._settings = settings
        self._service = service
        self._topology = topology
        self._stopping = False
        self._next_trim = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def stop(self) -> None:
        """Safe in a signal handler: the batch in hand is published and marked first."""
        self._stopping = True

    def run(self) -> None:
        while not self._stopping:
            try:
                self._serve()
            except (DependencyUnavailable, Unroutable, psycopg.Error, *BROKER_ERRORS) as error:
                log.warning("The relay waits", extra={"service": self._service, "reason": _reason(error), "seconds": self._pause})
                time.sleep(self._pause)
                self._pause = min(self._pause * 2, MAX_PAUSE_SECONDS)

    def _serve(self) -> None:
        with psycopg.connect(
            self._settings.database_conninfo(self._service),
            autocommit=True,
            row_factory=namedtuple_row,
            connect_timeout=5,
            application_name=f"{self._service}-relay",
        ) as database:
            if not self._lead(database):
                return
            # Before the broker is asked: how much waits matters most while it is away.
            self._measure(database)
            database.execute(f"LISTEN {OUTBOX_CHANNEL}")
            self._declare_topology()
            broker = open_connection(self._settings.broker_url(self._service))
            try:
                self._relay(database, broker)
            finally:
                close_quietly(broker)

    def _lead(self, database: psycopg.Connection[Any]) -> bool:
        """True once this process holds the lock; asks again each second, so that a dead leader's work is taken over at once."""
        while not self._stopping:
            if database.execute("SELECT pg_try_advisory_lock(%s)", (RELAY_LOCK,)).fetchone()[0]:  # type: ignore[index]  # one row always
                log.info("The relay leads", extra={"service": self._service})
                return True
            time.sleep(IDLE_SECONDS)
        return False

    def _declare_topology(self) -> None:
        """Before the first publish after each connection: a broker that lost its disk has all queues again before any message."""
        connection = open_connection(self._settings.broker_url(OPERATOR))
        try:
            declare(connection.channel(), self._topology)
        finally:
            close_quietly(connection)

    def _relay(self, database: psycopg.Connection[Any], broker: Any) -> None:
        publisher = Publisher(broker)
        watch = broker.channel()
        next_look = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        while not self._stopping:
            sent = self._publish_waiting(database, publisher)
            if time.monotonic() >= next_look:
                self._look(database, watch)
                next_look = time.monotonic() + IDLE_SECONDS
            if not sent:
                self._wait_for_work(database)
                broker.heartbeat_tick()

    def _publish_waiting(self, database: psycopg.Connection[Any], publisher: Publisher) -> int:
        rows = database.execute(_WAITING, (MESSAGES_AT_ONCE,), binary=True).fetchall()
        if not rows:
            return 0
        publisher.publish([_message(row, self._service) for row in rows])
        database.execute(_PUBLISHED, ([row.sequence for row in rows],))
        for row in rows:
            metrics.RELAYED.labels(self._service, row.exchange).inc()
        return len(rows)

    def _wait_for_work(self, database: psycopg.Connection[Any]) -> None:
        for _ in database.notifies(timeout=IDLE_SECONDS, stop_after=1):
            pass

    def _measure(self, database: psycopg.Connection[Any]) -> None:
        waiting, age = database.execute(_STATE).fetchone()  # type: ignore[misc]  # an aggregate has one row
        metrics.OUTBOX_WAITING.labels(self._service).set(waiting)
        metrics.OUTBOX_AGE.labels(self._service).set(age)

    def _look(self, database: psycopg.Connection[Any], channel: Any) -> None:
        self._measure(database)
        for exchange in self._topology.exchanges:
            if exchange.name.startswith(f"{self._service}."):
                parked = channel.queue_declare(exchange.unrouted, passive=True).message_count
                metrics.UNROUTED.labels(exchange.name).set(parked)
        if time.monotonic() >= self._next_trim:
            full = [database.execute(statement, (TRIM_ROWS,)).rowcount == TRIM_ROWS for statement in _TRIMS]
            self._next_trim = time.monotonic() + (IDLE_SECONDS if any(full) else TRIM_EVERY_SECONDS)


def _message(row: Any, service: str) -> Message:
    properties = {
        "message_id": str(row.message_id),
        "content_type": CONTENT_TYPE,
        "user_id": service,
        "application_headers": {"traceparent": row.traceparent},
    }
    return Message(row.exchange, row.routing_key, row.body, properties)


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, DependencyUnavailable | Unroutable) else type(error).__name__


def run(settings: Settings, service: str, *, on_relay: Callable[[Relay], None] | None = None) -> None:
    """Entry of the relay processes; `on_relay` gets the relay before it runs, to stop it on SIGTERM."""
    relay = Relay(settings, service)
    if on_relay is not None:
        on_relay(relay)
    relay.run()
