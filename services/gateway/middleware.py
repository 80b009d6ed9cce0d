"""One concern, one middleware, all plain ASGI: what wraps every request costs every request."""

from __future__ import annotations

import time

from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.identifiers import new_id
from shared.observability import correlated
from shared.tracing import traced

REQUESTS = Counter("opencen_http_requests_total", "Answers by route and status", ("method", "route", "status"))
SECONDS = Histogram(
    "opencen_http_seconds", "Time to the answer's head, by route", ("route",), buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1, 3, 10)
)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:"
    ),
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Telemetry:
    """A correlation id and a trace for the request, counters for the operator."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id, began = new_id(), time.perf_counter()
        state = scope.setdefault("state", {})

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Correlation-Id"] = correlation_id
                _count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with correlated(correlation_id), traced(Request(scope).headers.get("traceparent", "")) as traceparent:
            state["correlation_id"], state["traceparent"] = correlation_id, traceparent
            await self._app(scope, receive, send_counted)


class SecurityHeaders:
    """A strict policy on every answer: no inline style or script, no frame, nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _count(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "none")
    REQUESTS.labels(scope["method"] if route != "none" else "none", route, status).inc()
    SECONDS.labels(route).observe(seconds)
