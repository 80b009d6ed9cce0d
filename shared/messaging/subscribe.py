"""`@subscribe(topology.REPORTS_CASES)`: batches of events into a service method, in one transaction with the inbox.

    @subscribe(topology.REPORTS_CASES)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None: ...

The entrypoint commits and acknowledges. Raise `Retryable` for what time may mend for one event, `DependencyUnavailable` where something
is away; any other exception sets the one event aside.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

import eventlet
from eventlet.event import Event as GreenEvent
from nameko.extensions import Entrypoint

from shared.faults import describe
from shared.messaging import metrics
from shared.messaging.connection import HEARTBEAT_SECONDS, Message, Publisher, close_quietly, open_connection
from shared.messaging.consumer import Consumer, waiting_helps
from shared.messaging.database_provider import database_of
from shared.messaging.listener import Delivery, Listener
from shared.messaging.service_instance import broker_account, method_of
from shared.messaging.topology import PREFETCH, Subscription
from shared.settings import Settings

WATCH_EVERY_TICKS = 5
MAX_PAUSE_SECONDS = 10.0

log = logging.getLogger(__name__)


class Subscribe(Entrypoint):  # type: ignore[misc]  # nameko has no types
    """Two green threads: one reads the broker and its heartbeats, one processes what has arrived."""

    def __init__(self, subscription: Subscription, *, heartbeat: int = HEARTBEAT_SECONDS, **options: Any) -> None:
        self.subscription = subscription
        self._heartbeat = heartbeat
        self._arrived: deque[Delivery] = deque()
        self._wake = GreenEvent()
        self._stopping = False
        self._ticks = 0
        super().__init__(**options)

    def setup(self) -> None:
        settings: Settings = self.container.config["settings"]
        self._url = settings.broker_url(broker_account(self.container))
        self._listener = Listener(
            self._url,
            self.subscription.queue,
            self._on_delivery,
            prefetch=PREFETCH,
            heartbeat=self._heartbeat,
            on_lost=self._arrived.clear,
            on_tick=self._watch,
        )

    def start(self) -> None:
        method = method_of(self)
        self._consumer = Consumer(self.subscription, database_of(self.container), method, self._publish)
        self._reader = self.container.spawn_managed_thread(self._listener.run)
        self._worker = self.container.spawn_managed_thread(self._work)
        self._listener.wait_ready()

    def stop(self) -> None:
        """Drains: no new deliveries, the transaction in hand is committed and acknowledged, then the connection closes."""
        self._listener.cancel()
        self._stopping = True
        self._signal()
        self._worker.wait()
        self._listener.close()
        self._reader.wait()

    def kill(self) -> None:
        self._stopping = True
        self._listener.close()

    def _on_delivery(self, delivery: Delivery) -> None:
        self._arrived.append(delivery)
        self._signal()

    def _signal(self) -> None:
        if not self._wake.ready():
            self._wake.send()

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake = GreenEvent()
            while self._arrived and not self._stopping:
                deliveries = list(self._arrived)
                self._arrived.clear()
                if self._process(deliveries):
                    for delivery in deliveries:
                        self._listener.acknowledge(delivery)

    def _process(self, deliveries: Sequence[Delivery]) -> bool:
        """Waits in place, without limit, while a dependency is away; False when the process stops before it is back."""
        pause = 0.1
        waiting = metrics.WAITING_IN_PLACE.labels(self.subscription.queue)
        while True:
            try:
                self._consumer.process(deliveries)
            except Exception as error:  # noqa: BLE001  what is no poison of one event is waited out: a message is never lost
                level = logging.WARNING if waiting_helps(error) else logging.ERROR
                log.log(level, "Waiting in place: %s", describe(error), extra={"queue": self.subscription.queue, "seconds": pause})
            else:
                waiting.set(0)
                return True
            waiting.set(1)
            if self._stopping:
                return False
            eventlet.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    def _publish(self, messages: Sequence[Message]) -> None:
        """To the dead queue or a retry tier; rare, so with a connection of its own."""
        connection = open_connection(self._url, heartbeat=0)
        try:
            Publisher(connection).publish(messages)
        finally:
            close_quietly(connection)

    def _watch(self, channel: Any) -> None:
        self._ticks += 1
        if self._ticks % WATCH_EVERY_TICKS == 0 and not self._stopping:
            queue, dead = self.subscription.queue, self.subscription.dead_queue
            metrics.QUEUE_WAITING.labels(queue).set(channel.queue_declare(queue, passive=True).message_count)
            metrics.DEAD.labels(queue).set(channel.queue_declare(dead, passive=True).message_count)


subscribe = Subscribe.decorator
