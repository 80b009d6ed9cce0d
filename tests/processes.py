"""One process of the table, started as the supervisor starts it, on a test's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.contracts.envelope import CONTENT_TYPE, Event, encode_batches
from shared.identifiers import new_id
from shared.messaging import topology
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from shared.runner.ports import free_ports
from shared.runner.process import PORT
from shared.settings import Settings
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process reads them."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return os.environ | {f"OPENCEN_{name.upper()}": str(value) for name, value in values.items()}


@contextmanager
def running(settings: Settings, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Until it says that it works; ended by SIGTERM, which it must obey."""
    port = free_ports(1)[0]
    log = settings.home / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.runner.process", name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=environment(settings) | {PORT: str(port)},
        )
    try:
        eventually(lambda: _works(process, port, log), timeout=60, message=f"{name} did not start")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def publish(settings: Settings, exchange: str, *events: Event, message_id: str | None = None) -> None:
    """Straight to the exchange, as the relay does it."""
    connection = open_connection(settings.broker_url(topology.OPERATOR), heartbeat=0)
    try:
        messages = [
            Message(exchange, events[0].type, body, {"message_id": message_id or new_id(), "content_type": CONTENT_TYPE})
            for body in encode_batches(event.encode() for event in events)
        ]
        Publisher(connection).publish(messages)
    finally:
        close_quietly(connection)


def declare_topology(settings: Settings) -> None:
    connection = open_connection(settings.broker_url(topology.OPERATOR), heartbeat=0)
    try:
        topology.declare(connection.channel())
    finally:
        close_quietly(connection)


def _works(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None or _ended(log)
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _ended(log: Path) -> Sequence[str]:
    raise RuntimeError(log.read_text(encoding="utf-8")[-4000:])
