"""Connections to the broker by py-amqp (green where monkey-patched), and publishing that is sure of its messages."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AMQPError

from shared.errors import DependencyUnavailable

HEARTBEAT_SECONDS = 60
CONNECT_TIMEOUT_SECONDS = 5
CONFIRM_TIMEOUT_SECONDS = 30
BROKER_ERRORS = (AMQPError, OSError)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is published; `properties` are AMQP basic properties such as `message_id`."""

    exchange: str
    routing_key: str
    body: bytes
    properties: dict[str, Any] = field(default_factory=dict)


class Unroutable(Exception):
    """The broker returned or refused a message: no queue would have held it."""


def open_connection(url: str, *, heartbeat: int = HEARTBEAT_SECONDS) -> Any:
    """Raises DependencyUnavailable where no broker answers or it refuses the account."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        virtual_host=unquote(parts.path[1:]) or "/",
        heartbeat=heartbeat,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
    )
    try:
        connection.connect()
    except BROKER_ERRORS as error:
        connection.collect()
        raise DependencyUnavailable(f"broker: {type(error).__name__}") from error
    return connection


def close_quietly(connection: Any) -> None:
    try:
        connection.close()
    except BROKER_ERRORS:
        connection.collect()


class Publisher:
    """Publishes with confirms, `mandatory`, persistent; many messages wait for their confirms together, in order of publishing."""

    def __init__(self, connection: Any) -> None:
        self._channel = connection.channel()
        self._connection = connection
        self._waiting: set[int] = set()
        self._refused: list[str] = []
        self._tag = 0
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._channel.confirm_select()

    def publish(self, messages: Sequence[Message]) -> None:
        """Returns when the broker has every message. Raises Unroutable or DependencyUnavailable, and then none may be counted on."""
        self._refused.clear()
        try:
            for message in messages:
                self._send(message)
            self._wait()
        except BROKER_ERRORS as error:
            raise DependencyUnavailable(f"broker: {type(error).__name__}") from error
        if self._refused:
            raise Unroutable("; ".join(self._refused[:3]))

    def _send(self, message: Message) -> None:
        self._tag += 1
        self._waiting.add(self._tag)
        properties = {"delivery_mode": 2, "timestamp": int(time.time())} | message.properties
        content = amqp.Message(message.body, channel=self._channel, **properties)
        self._channel.basic_publish(content, message.exchange, message.routing_key, mandatory=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + CONFIRM_TIMEOUT_SECONDS
        while self._waiting:
            self._connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._refused.append(f"message {tag} was refused")
        self._settle(tag, multiple)

    def _settle(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._waiting = {waiting for waiting in self._waiting if waiting > tag}
        else:
            self._waiting.discard(tag)

    def _on_return(self, _reason: Exception, exchange: str, routing_key: str, _message: Any) -> None:
        self._refused.append(f"no queue at {exchange!r} for {routing_key!r}")
