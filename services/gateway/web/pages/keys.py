"""What each key does, on a page of its own and in the panel that `?` opens."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.gateway.translation import translate
from services.gateway.web.door import Web, page_router
from shared.i18n import N_

GROUPS = (
    (
        N_("Everywhere"),
        (
            (("/",), N_("to the search box")),
            (("N",), N_("quick record; in the alerts: show the new ones")),
            (("G", "H"), N_("home")),
            (("G", "R"), N_("record")),
            (("G", "S"), N_("search")),
            (("G", "A"), N_("alerts")),
            (("G", "D"), N_("dashboard")),
            (("J", "K"), N_("next, previous in a list")),
            (("Enter",), N_("open")),
            (("Esc",), N_("close, leave a field")),
            (("?",), N_("this list; in the search: the fields")),
        ),
    ),
    (N_("Search"), ((("W",), N_("watch this search")),)),
    (
        N_("Alerts"),
        (
            (("A",), N_("acknowledge")),
            (("S",), N_("take it on")),
            (("E",), N_("escalate")),
            (("D",), N_("not relevant")),
        ),
    ),
    (N_("Case"), ((("V",), N_("validate, asks once")), (("R",), N_("return, asks for the comment")), (("C",), N_("change")))),
    (
        N_("Record"),
        (
            (("Ctrl S",), N_("save now")),
            (("Ctrl Enter",), N_("submit")),
            (("Ctrl ↓", "Ctrl ↑"), N_("next part, previous")),
            (("F8",), N_("next error")),
            (("Alt Insert",), N_("add a line of goods")),
        ),
    ),
)


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/keys")
    async def keys(request: Request) -> Response:
        visitor, _ = await web.officer(request)
        groups = [
            {
                "title": translate(visitor.language, title),
                "rows": [{"strokes": strokes, "text": translate(visitor.language, text)} for strokes, text in rows],
            }
            for title, rows in GROUPS
        ]
        return web.pages.render(request, visitor, "keys.html", groups=groups)

    return router
