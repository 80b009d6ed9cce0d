"""The asyncio caller of services, for the gateway: about a millisecond a call.

Raises the ServiceError that came back, and Unavailable when nobody serves the call, the time is up, the broker is away or the service's
circuit is open.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError as AsyncAMQPError
from aio_pika.exceptions import ChannelInvalidStateError, DeliveryError

from shared.messaging import metrics, wire
from shared.messaging.circuit import Circuit
from shared.messaging.connection import CONNECT_TIMEOUT_SECONDS
from shared.messaging.wire import Request
from shared.settings import Settings

_REPLY_TO = "amq.rabbitmq.reply-to"

log = logging.getLogger(__name__)


class RpcClient:
    """One connection, any number of calls at once; connects again by itself."""

    def __init__(self, settings: Settings, account: str = "gateway") -> None:
        self._url = settings.broker_url(account)
        self._account = account
        self._circuits: defaultdict[str, Circuit] = defaultdict(Circuit)
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._connecting = asyncio.Lock()

    async def start(self) -> None:
        """A broker that is away is no failure here: each call tries again."""
        try:
            await self._open()
        except (AsyncAMQPError, OSError, TimeoutError):
            log.warning("The broker is away; calls will connect")

    async def close(self) -> None:
        self._fail_waiting()
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def call(
        self,
        service: str,
        method: str,
        payload: dict[str, Any],
        *,
        token: str | None = None,
        idempotency_key: str | None = None,
        language: str = "en",
        timeout: float = 5.0,  # noqa: ASYNC109  it also travels with the call
    ) -> Any:
        request = Request(service, method, payload, token, idempotency_key, language, timeout)
        circuit = self._circuits[service]
        if not circuit.admits():
            raise wire.unavailable(service, "circuit_open")
        started = time.monotonic()
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[request.correlation_id] = answer
        try:
            async with asyncio.timeout(timeout):
                await self._publish(request)
                body = await answer
        except TimeoutError as error:
            circuit.failed()
            raise wire.unavailable(service, "timeout") from error
        except DeliveryError as error:
            raise wire.unavailable(service, "no_consumer") from error
        except (AsyncAMQPError, ChannelInvalidStateError, OSError) as error:
            raise wire.unavailable(service, "broker") from error
        finally:
            self._waiting.pop(request.correlation_id, None)
            metrics.CALL_SECONDS.labels(service, method, "client").observe(time.monotonic() - started)
        circuit.succeeded()
        return wire.decode_answer(body)

    async def _publish(self, request: Request) -> None:
        channel = await self._open()
        message = aio_pika.Message(
            request.body(),
            content_type=wire.CONTENT_TYPE,
            type=request.method,
            user_id=self._account,
            reply_to=_REPLY_TO,
            correlation_id=request.correlation_id,
            expiration=request.timeout,
            headers=request.headers(),
        )
        await channel.default_exchange.publish(message, request.queue, mandatory=True)

    async def _open(self) -> AbstractChannel:
        async with self._connecting:
            if self._channel is None or self._channel.is_closed:
                self._connection = await aio_pika.connect(self._url, timeout=CONNECT_TIMEOUT_SECONDS)
                self._connection.close_callbacks.add(self._on_closed)
                self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
                answers = await self._channel.get_queue(_REPLY_TO, ensure=False)
                await answers.consume(self._on_answer, no_ack=True)
            return self._channel

    async def _on_answer(self, message: AbstractIncomingMessage) -> None:
        answer = self._waiting.get(message.correlation_id or "")
        if answer is not None and not answer.done():
            answer.set_result(message.body)

    def _on_closed(self, *_: Any) -> None:
        self._channel = None
        self._fail_waiting()

    def _fail_waiting(self) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the broker is away"))
