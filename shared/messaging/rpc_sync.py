"""The caller of services for services themselves and the CLI; works in plain processes and, monkey-patched, in green ones.

Raises what `RpcClient` raises; without aio-pika and asyncio, which a green process should not load.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any

import amqp

from shared.errors import DependencyUnavailable
from shared.messaging import wire
from shared.messaging.circuit import Circuit
from shared.messaging.connection import BROKER_ERRORS, close_quietly, open_connection
from shared.messaging.wire import Request
from shared.settings import Settings

_REPLY_TO = "amq.rabbitmq.reply-to"


class SyncRpcClient:
    """One call at a time; opens its connection with the first call."""

    def __init__(self, settings: Settings, account: str) -> None:
        self._url = settings.broker_url(account)
        self._account = account
        self._circuits: defaultdict[str, Circuit] = defaultdict(Circuit)
        self._lock = threading.Lock()
        self._connection: Any = None
        self._channel: Any = None
        self._answers: dict[str, bytes] = {}
        self._returned = False

    def call(
        self,
        service: str,
        method: str,
        payload: dict[str, Any],
        *,
        token: str | None = None,
        idempotency_key: str | None = None,
        language: str = "en",
        timeout: float = 30.0,
    ) -> Any:
        request = Request(service, method, payload, token, idempotency_key, language, timeout)
        circuit = self._circuits[service]
        if not circuit.admits():
            raise wire.unavailable(service, "circuit_open")
        with self._lock:
            try:
                body = self._exchange(request)
            except TimeoutError as error:
                circuit.failed()
                raise wire.unavailable(service, "timeout") from error
            except (DependencyUnavailable, *BROKER_ERRORS) as error:
                self.close()
                raise wire.unavailable(service, "broker") from error
        if body is None:
            raise wire.unavailable(service, "no_consumer")
        circuit.succeeded()
        return wire.decode_answer(body)

    def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            close_quietly(connection)

    def _exchange(self, request: Request) -> bytes | None:
        """None when the broker returned the call: nobody serves it."""
        self._publish(request)
        deadline = time.monotonic() + request.timeout
        while request.correlation_id not in self._answers:
            if self._returned:
                return None
            self._connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))
        return self._answers.pop(request.correlation_id)

    def _publish(self, request: Request) -> None:
        """A connection that died unseen since the last call is opened once more."""
        self._answers.clear()
        message = amqp.Message(
            request.body(),
            content_type=wire.CONTENT_TYPE,
            type=request.method,
            user_id=self._account,
            reply_to=_REPLY_TO,
            correlation_id=request.correlation_id,
            expiration=str(int(request.timeout * 1000)),
            application_headers=request.headers(),
        )
        for attempt in (1, 2):
            self._returned = False
            try:
                self._open().basic_publish(message, "", request.queue, mandatory=True)
            except BROKER_ERRORS:
                self.close()
                if attempt == 2:
                    raise
            else:
                return

    def _open(self) -> Any:
        if self._channel is None:
            self._connection = open_connection(self._url, heartbeat=0)
            self._channel = self._connection.channel()
            self._channel.events["basic_return"].add(self._on_return)
            self._channel.basic_consume(_REPLY_TO, no_ack=True, callback=self._on_answer)
        return self._channel

    def _on_return(self, *_: Any) -> None:
        self._returned = True

    def _on_answer(self, message: Any) -> None:
        body = message.body
        self._answers[message.properties["correlation_id"]] = body if isinstance(body, bytes) else bytes(body, "utf-8")
