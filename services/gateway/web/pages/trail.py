"""The trail, for auditors: what was done, by whom, with the seal of each entry."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.gateway.handlers import trail
from services.gateway.translation import translate
from services.gateway.web.door import Web, or_away, page_router
from services.gateway.web.forms import read_day
from shared.i18n import N_
from shared.security.rules import require

PAGE_SIZE = 50
OUTCOMES = {"done": N_("done"), "refused": N_("refused"), "failed": N_("failed")}


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/trail")
    async def entries(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "audit.read")
        query = {name: request.query_params[name] for name in ("action", "from", "after") if request.query_params.get(name)}
        found = await or_away(trail.list_entries(web.gateway, session, _dated(query) | {"limit": PAGE_SIZE}))
        away = not isinstance(found, dict)
        following = "" if away or not found["next"] else f"/trail?{urlencode(query | {'after': found['next']})}"
        return web.pages.render(
            request,
            visitor,
            "trail.html",
            place="trail",
            entries="away" if away else found["items"],
            outcome=lambda word: translate(visitor.language, str(OUTCOMES.get(word, word))),
            query=query,
            next_page=following,
        )

    return router


def _dated(query: dict[str, str]) -> dict[str, str]:
    """The day in either writing."""
    return query | {"from": read_day(query["from"])} if "from" in query else query
