"""The ASGI application: composition, routes, and one way from a refusal to an answer."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType, ModuleType
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.gateway.api import alerts, cases, documents, imports, operations, reports, search, sessions, trail, vocabularies
from services.gateway.errors import MethodTable, install_error_handlers
from services.gateway.gateway import Gateway
from services.gateway.middleware import SecurityHeaders, Telemetry
from shared.settings import Settings

API = "/api/v1"
ROUTERS = (sessions, cases, imports, search, alerts, reports, vocabularies, trail, operations)
PAGES = "services.gateway.web.pages"


def create_application(settings: Settings) -> FastAPI:
    gateway = Gateway(settings)
    application = FastAPI(
        title="OpenCEN",
        version="1",
        summary="An open customs enforcement network",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
        middleware=[Middleware(Telemetry), Middleware(SecurityHeaders)],
    )
    application.state.gateway = gateway
    for module in ROUTERS:
        application.include_router(module.router, prefix=API)
    application.include_router(operations.router, include_in_schema=False)
    application.include_router(documents.router, include_in_schema=False)
    pages = _pages()
    if pages is not None:
        application.include_router(pages.create_router(gateway), include_in_schema=False)
    install_error_handlers(application, pages, MethodTable((module.router for module in ROUTERS), API))
    return application


def _pages() -> ModuleType | None:
    """The officers' pages; an installation of the API alone has none."""
    if importlib.util.find_spec(PAGES) is None:
        return None
    module = importlib.import_module(PAGES)
    return module if hasattr(module, "create_router") else None


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    gateway: Gateway = application.state.gateway
    await gateway.start()
    with _streams_end_first(gateway):
        yield
    await gateway.close()


class _streams_end_first:  # noqa: N801  reads as what it does where it is used
    """Open event streams would hold a stop back until its time limit: the signal that stops the server ends them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                self._before[number] = before
                signal.signal(number, self._handler(loop, before))

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _handler(
        self, loop: asyncio.AbstractEventLoop, before: Callable[[int, FrameType | None], Any]
    ) -> Callable[[int, FrameType | None], Any]:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._gateway.alerts.stop_screens)
            before(number, frame)

        return handle
