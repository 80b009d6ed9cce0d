"""The officers' pages: one module a screen. `create_router` joins them; `error_page` says to people what went wrong."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request, Response

from services.gateway.gateway import Gateway
from services.gateway.web import assets
from services.gateway.web.door import Web, create_web, refusal_page
from services.gateway.web.pages import alerts, case, dashboard, home, imports, keys, record, search, sign_in, trail, watches
from shared.errors import ServiceError

SCREENS = (home, sign_in, record, search, watches, case, alerts, dashboard, imports, trail, keys)

# One web a gateway: the error handlers of the application know the gateway only.
_webs: WeakKeyDictionary[Gateway, Web] = WeakKeyDictionary()


def create_router(gateway: Gateway) -> APIRouter:
    files = assets.Assets()
    web = _webs[gateway] = create_web(gateway, files)
    router = APIRouter(include_in_schema=False)
    router.include_router(assets.create_router(files))
    for screen in SCREENS:
        router.include_router(screen.create_router(web))
    return router


async def error_page(request: Request, error: ServiceError) -> Response:
    return await refusal_page(_webs[request.app.state.gateway], request, error)
