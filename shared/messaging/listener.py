"""A green connection that consumes one queue for as long as its process lives.

It reads frames and heartbeats in its own green thread, so that they go on while handlers wait; it connects again, without limit, after
whatever happened to the connection. Deliveries of a lost connection are the broker's to send again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import eventlet
from eventlet.event import Event as GreenEvent
from eventlet.semaphore import Semaphore

from shared.errors import DependencyUnavailable
from shared.messaging.connection import BROKER_ERRORS, HEARTBEAT_SECONDS, close_quietly, open_connection

TICK_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 5.0
READY_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came; `body` is bytes, never decoded before its reader says so."""

    body: bytes
    properties: dict[str, Any]
    exchange: str
    routing_key: str
    redelivered: bool
    tag: int
    channel: Any

    @property
    def message_id(self) -> str:
        return str(self.properties.get("message_id") or "")

    @property
    def headers(self) -> dict[str, Any]:
        return self.properties.get("application_headers") or {}


class Listener:
    """`on_delivery` runs in the reading thread and must not block; `prepare(channel)` declares what must exist before consuming."""

    def __init__(
        self,
        url: str,
        queue: str,
        on_delivery: Callable[[Delivery], None],
        *,
        prefetch: int,
        heartbeat: int = HEARTBEAT_SECONDS,
        prepare: Callable[[Any], None] = lambda _channel: None,
        on_lost: Callable[[], None] = lambda: None,
        on_tick: Callable[[Any], None] = lambda _channel: None,
    ) -> None:
        self._url = url
        self._queue = queue
        self._on_delivery = on_delivery
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._prepare = prepare
        self._on_lost = on_lost
        self._on_tick = on_tick
        self._cancelling = False
        self._cancelled = GreenEvent()
        self._closing = False
        self._writing = Semaphore()
        self._first = GreenEvent()
        self._pause = FIRST_PAUSE_SECONDS

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns when it consumes for the first time, or when the broker has been away that long: then it goes on trying."""
        with eventlet.Timeout(seconds, False):
            self._first.wait()

    def run(self) -> None:
        """The reading thread; returns after `cancel()` and `close()`."""
        while not self._closing and not self._cancelling:
            try:
                self._consume_until_closed()
            except (DependencyUnavailable, *BROKER_ERRORS) as error:
                log.warning("Lost the broker", extra={"queue": self._queue, "reason": type(error).__name__, "seconds": self._pause})
                eventlet.sleep(self._pause)
                self._pause = min(self._pause * 2, MAX_PAUSE_SECONDS)
        if not self._cancelled.ready():
            self._cancelled.send()

    def cancel(self) -> None:
        """No further deliveries; returns when the broker has said so, with what was delivered before still to be acknowledged."""
        self._cancelling = True
        self._cancelled.wait()

    def close(self) -> None:
        """After the last acknowledgement."""
        self._closing = True

    def acknowledge(self, delivery: Delivery) -> None:
        """A delivery of a lost connection is passed over: the broker sends it again, and the inbox knows it."""
        try:
            with self._writing:
                delivery.channel.basic_ack(delivery.tag)
        except BROKER_ERRORS:
            log.info("Acknowledgement lost with its connection", extra={"queue": self._queue})

    def _consume_until_closed(self) -> None:
        connection = open_connection(self._url, heartbeat=self._heartbeat)
        try:
            channel = connection.channel()
            self._prepare(channel)
            channel.basic_qos(0, self._prefetch, False)
            consumer = channel.basic_consume(self._queue, callback=self._deliver)
            self._pause = FIRST_PAUSE_SECONDS
            if not self._first.ready():
                self._first.send()
            self._read(connection, channel, consumer)
        finally:
            self._on_lost()
            close_quietly(connection)

    def _read(self, connection: Any, channel: Any, consumer: str) -> None:
        next_tick = 0.0
        while not self._closing:
            if self._cancelling and not self._cancelled.ready():
                with self._writing:
                    channel.basic_cancel(consumer)
                self._cancelled.send()
            with suppress(TimeoutError):
                connection.drain_events(timeout=0.05 if self._cancelling else TICK_SECONDS)
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + TICK_SECONDS
                self._tick(connection, channel)

    def _tick(self, connection: Any, channel: Any) -> None:
        with self._writing:
            connection.heartbeat_tick()
            self._on_tick(channel)

    def _deliver(self, message: Any) -> None:
        info = message.delivery_info
        body = message.body if isinstance(message.body, bytes) else bytes(message.body, "utf-8")
        self._on_delivery(
            Delivery(
                body, message.properties, info["exchange"], info["routing_key"], info["redelivered"], info["delivery_tag"], message.channel
            )
        )
