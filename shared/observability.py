"""What an operator sees of a process: its log, its metrics and its health.

Logs are JSON, one object a line, and never hold nominal data. An error's own text may quote what an officer wrote (a database says which
value it refused), so only its type and the places it passed are written, except for errors of ours, whose texts are fixed.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from shared.tracing import current_traceparent

_correlation: ContextVar[str] = ContextVar("correlation_id", default="")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# These print what travels on their connections, at levels below warning.
_TALKATIVE = ("amqp", "kombu", "aio_pika", "aiormq", "httpx", "httpcore", "sqlalchemy.engine", "uvicorn.access", "alembic", "mail.log")


def current_correlation_id() -> str:
    """Empty outside of any call or delivery."""
    return _correlation.get()


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Every line logged inside carries this id."""
    token = _correlation.set(correlation_id)
    try:
        yield
    finally:
        _correlation.reset(token)


class JsonFormatter(logging.Formatter):
    """`extra` fields become members; the caller answers for their being free of nominal data."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD and not key.startswith("_")}
        if current_correlation_id():
            line.setdefault("correlation_id", current_correlation_id())
        if current_traceparent():
            line.setdefault("traceparent", current_traceparent())
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe_error(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=False)


def describe_error(error: BaseException) -> dict[str, Any]:
    """Type and places, never the text; the chain of causes likewise."""
    kind = type(error)
    described: dict[str, Any] = {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "places": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        described["cause"] = describe_error(cause)
    return described


def configure_logging(process: str, level: str = "INFO") -> None:
    """One handler on standard error, which the supervisor writes to the process's log file."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class Health:
    """Healthy once `ready` was said, and while every check passes. A check raises to say what is wrong."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.state = "starting"
        self._checks: dict[str, Callable[[], object]] = {}

    def register(self, name: str, check: Callable[[], object]) -> None:
        self._checks[name] = check

    def ready(self) -> None:
        self.state = "running"

    def stopping(self) -> None:
        self.state = "stopping"

    def report(self) -> tuple[bool, dict[str, Any]]:
        checks: dict[str, str] = {}
        for name, check in self._checks.items():
            try:
                check()
                checks[name] = "ok"
            except Exception as error:  # noqa: BLE001  whatever a check raises is its answer
                checks[name] = type(error).__name__
        healthy = self.state == "running" and all(answer == "ok" for answer in checks.values())
        return healthy, {"process": self.process, "state": self.state, "checks": checks}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    health: Health

    def handle_error(self, request: object, client_address: object) -> None:
        """Who asked has gone before the answer: no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5
    protocol_version = "HTTP/1.0"
    routes: ClassVar[dict[str, str]] = {"/healthz": "_healthz", "/metrics": "_metrics"}

    def do_GET(self) -> None:
        route = self.routes.get(self.path.partition("?")[0])
        if route is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            getattr(self, route)()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the parent's own name
        """Nobody wants a line for each look."""

    def _healthz(self) -> None:
        healthy, report = self.server.health.report()
        status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, "application/json", json.dumps(report).encode())

    def _metrics(self) -> None:
        self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))

    def _answer(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_health(health: Health, port: int) -> None:
    """`/healthz` and `/metrics` on 127.0.0.1, in a thread (green where monkey-patched) that ends with the process."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.health = health
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
