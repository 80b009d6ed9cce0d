"""A screen that listens: server-sent events read byte by byte, as an outside program would."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.waiting import eventually


class Screen:
    """What came on one stream: `events` in order, every line as it was, and how long the headers took."""

    def __init__(self, client: httpx.Client, last_event_id: str | None) -> None:
        self._client = client
        self._headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
        self._socket: socket.socket | None = None
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.status = 0
        self.seconds_to_headers = 0.0
        self.media_type = ""
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(event["data"]) for event in self.events]

    def close(self) -> None:
        """As a browser does that leaves the page: the connection just ends."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(20)

    def _read(self) -> None:
        started = time.monotonic()
        timeout = httpx.Timeout(10, read=20)
        try:
            with self._client.stream("GET", "/alerts/stream", headers=self._headers, timeout=timeout) as answer:
                self.seconds_to_headers = time.monotonic() - started
                self._socket = answer.extensions["network_stream"].get_extra_info("socket")
                self.status, self.media_type = answer.status_code, answer.headers["content-type"]
                event: dict[str, Any] = {}
                for line in answer.iter_lines():
                    self.lines.append(line)
                    event = self._take(line, event)
        except httpx.TransportError:
            pass
        finally:
            self.ended.set()

    def _take(self, line: str, event: dict[str, Any]) -> dict[str, Any]:
        if line == "":
            if "data" in event:
                self.events.append(event)
            return {}
        name, _, value = line.partition(": ")
        if name:
            assert name not in event, f"two {name} lines in one event"
            event[name] = value
        return event


@contextmanager
def screen(client: httpx.Client, last_event_id: str | None = None) -> Iterator[Screen]:
    """Open once its headers have come."""
    opened = Screen(client, last_event_id)
    opened.thread.start()
    eventually(lambda: opened.status or opened.ended.is_set(), timeout=15, message="The stream gave no headers")
    try:
        yield opened
    finally:
        opened.close()
