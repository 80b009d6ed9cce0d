"""A caller of plain nameko's RPC, as its own standalone proxy calls: durable queue, mandatory, no expiration."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import amqp

from shared.errors import Unavailable
from shared.messaging import topology
from shared.messaging.connection import close_quietly, open_connection
from shared.settings import Settings


class PlainCaller:
    """The wire of `nameko.standalone.rpc`, spoken without importing eventlet into the tests' process."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.broker_url(topology.OPERATOR)

    def call(self, service: str, method: str, payload: dict[str, Any], timeout: float) -> Any:
        connection = open_connection(self._url, heartbeat=0)
        try:
            return self._call(connection, service, method, payload, timeout)
        finally:
            close_quietly(connection)

    def _call(self, connection: Any, service: str, method: str, payload: dict[str, Any], timeout: float) -> Any:
        channel = connection.channel()
        answers: list[Any] = []
        returned: list[Any] = []
        reply = f"rpc.reply-{uuid.uuid4()}"
        channel.queue_declare(reply, exclusive=True)
        channel.queue_bind(reply, "nameko-rpc", reply)
        channel.basic_consume(reply, no_ack=True, callback=answers.append)
        channel.events["basic_return"].add(lambda *details: returned.append(details))
        body = json.dumps({"args": [payload], "kwargs": {}})
        message = amqp.Message(
            body, content_type="application/json", content_encoding="utf-8", reply_to=reply, correlation_id=reply, application_headers={}
        )
        channel.basic_publish(message, "nameko-rpc", f"{service}.{method}", mandatory=True)
        deadline = time.monotonic() + timeout
        while not answers:
            try:
                connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))
            except TimeoutError as error:
                raise Unavailable("no answer in time") from error
            if returned:
                raise Unavailable("returned")
        return json.loads(answers[0].body)["result"]
