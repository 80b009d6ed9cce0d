"""Watches: the saved searches of the officer's units, made from a search and removed here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.gateway.handlers import search
from services.gateway.web.door import Web, or_away, page_router, see
from shared.security.rules import require

PAGE_SIZE = 50


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/watches")
    async def watches(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "saved_search.read")
        found = await or_away(search.list_saved_searches(web.gateway, session, limit=PAGE_SIZE, after=request.query_params.get("after")))
        away = not isinstance(found, dict)
        return web.pages.render(
            request,
            visitor,
            "watches.html",
            watches="away" if away else found["items"],
            next_page="" if away or not found["next"] else f"/watches?after={found['next']}",
            may_write=visitor.may("saved_search.write"),
            unit_name=lambda code: web.units.name(code, visitor.language),
        )

    @router.post("/watches")
    async def create_watch(request: Request) -> Response:
        _, session, form = await web.form(request)
        channels = ["screen", "mail"] if form.get("email") else ["screen"]
        words = {name: str(form.get(name) or "").strip() for name in ("name", "query", "severity")}
        await search.create_saved_search(web.gateway, session, words | {"alert": True, "channels": channels})
        return see("/watches", done="watch")

    @router.post("/watches/{watch_id}/remove")
    async def remove_watch(request: Request, watch_id: str) -> Response:
        _, session, form = await web.form(request)
        version = str(form.get("version") or "")
        await search.delete_saved_search(web.gateway, session, watch_id, f'"{version}"' if version else "*")
        return see("/watches", done="watch-removed")

    return router
