"""Home: what waits for this officer, most pressing first, with the quick record beside it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from services.gateway.handlers import alerts, cases
from services.gateway.web import labels
from services.gateway.web.door import Web, or_away, page_router
from services.gateway.web.visitors import Visitor

MOST_ROWS = 8
MOST_ALERTS = 5


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/")
    async def home(request: Request) -> Response:
        visitor, _ = await web.officer(request)
        answers = await _lists(web, visitor)
        lists = {name: _items(answer) for name, answer in answers.items()}
        more = {name: isinstance(answer, dict) and bool(answer["next"]) for name, answer in answers.items()}
        return web.pages.render(
            request,
            visitor,
            "home.html",
            place="home",
            may_record=visitor.may("case.create"),
            goods_choices=labels.goods_choices(visitor.language),
            unit_choices=labels.unit_choices(visitor.language),
            nothing=all(found is None for found in lists.values()) and not visitor.may("case.create"),
            more=more,
            **lists,
        )

    return router


async def _lists(web: Web, visitor: Visitor) -> dict[str, Any]:
    """Each list loads and fails alone; None for a list that the roles do not have."""
    session = visitor.session
    assert session is not None
    wanted = {
        "returned": ("case.create", lambda: cases.list_cases(web.gateway, session, status="returned", mine=True, limit=MOST_ROWS)),
        "drafts": ("case.create", lambda: cases.list_cases(web.gateway, session, status="draft", mine=True, limit=MOST_ROWS)),
        "to_validate": ("case.validate", lambda: cases.list_cases(web.gateway, session, status="submitted", limit=MOST_ROWS)),
        "alerts": ("alert.read", lambda: alerts.list_alerts(web.gateway, session, state="new", limit=MOST_ALERTS)),
    }
    asked = {name: asyncio.create_task(or_away(call())) for name, (act, call) in wanted.items() if visitor.may(act)}
    found = {name: await task for name, task in asked.items()}
    return {name: found.get(name) for name in wanted}


def _items(answer: Any) -> Any:
    return answer["items"] if isinstance(answer, dict) else answer
