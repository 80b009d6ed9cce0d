"""Alerts as they are raised, for every open screen of this process.

One exclusive queue on the broker feeds all screens. It lives as long as the connection: whatever is raised while the broker is away is
fetched by each screen from the owner afterwards (`missed`), so a screen neither skips nor doubles an alert.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any
from weakref import WeakSet

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from shared.contracts.alerts import ALERT_RAISED
from shared.contracts.envelope import MalformedBatch, decode_batch
from shared.identifiers import new_id
from shared.messaging.topology import GATEWAY_ALERT_QUEUE, PUSHED
from shared.settings import Settings

MOST_WAITING = 1_000
RECONNECT_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Listener:
    """One open screen. `missed` is set when some alerts may not have come this way: the screen then asks the owner."""

    def __init__(self) -> None:
        self._alerts: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(MOST_WAITING)
        self.missed = asyncio.Event()

    def offer(self, alert: dict[str, Any] | None) -> None:
        try:
            self._alerts.put_nowait(alert)
        except asyncio.QueueFull:
            self.missed.set()

    def ask_owner(self) -> None:
        self.missed.set()
        self.offer(None)

    async def next(self, seconds: float) -> dict[str, Any] | None:
        """None after that time, or when there is another reason to look around."""
        try:
            async with asyncio.timeout(seconds):
                return await self._alerts.get()
        except TimeoutError:
            return None

    def forget(self) -> None:
        while not self._alerts.empty():
            self._alerts.get_nowait()


class AlertHub:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listeners: WeakSet[Listener] = WeakSet()
        self._task: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()
        self.connected = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="alert-hub")

    async def close(self) -> None:
        self.stop_screens()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def stop_screens(self) -> None:
        """Open streams end at once, so that a stop need not wait for them."""
        self.closing.set()
        for listener in list(self._listeners):
            listener.offer(None)

    def listen(self) -> Listener:
        """Until it leaves; one that is let go of without that is gone as well."""
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def _run(self) -> None:
        while True:
            try:
                await self._consume()
            except (OSError, aio_pika.exceptions.AMQPError, TimeoutError) as error:
                logger.warning("The alert stream lost the broker: %s", type(error).__name__)
            self.connected = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _consume(self) -> None:
        """Until the connection ends. Every screen is told to ask for what it may have missed once the queue is bound again."""
        connection = await aio_pika.connect(self._settings.broker_url("gateway"), timeout=5, heartbeat=15)
        async with connection:
            ended = asyncio.Event()
            channel = await connection.channel()
            connection.close_callbacks.add(lambda *_: ended.set())
            channel.close_callbacks.add(lambda *_: ended.set())
            exchange = await channel.get_exchange(PUSHED.name, ensure=False)
            queue = await channel.declare_queue(f"{GATEWAY_ALERT_QUEUE}{new_id()}", exclusive=True, auto_delete=True)
            await queue.bind(exchange, ALERT_RAISED)
            await queue.consume(self._on_message, no_ack=True)
            self.connected = True
            for listener in list(self._listeners):
                listener.ask_owner()
            await ended.wait()

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        try:
            events = decode_batch(message.body)
        except MalformedBatch:
            logger.exception("A message on the alert stream is no batch")
            return
        for event in events:
            if event.type == ALERT_RAISED:
                for listener in list(self._listeners):
                    listener.offer(event.data["alert"])
