"""Alerts: the unit's inbox beside why one came and what can be done. New ones are announced, never pushed under the hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.handlers import alerts, cases, search
from services.gateway.problems import status_of
from services.gateway.session import Session
from services.gateway.translation import translate
from services.gateway.web import labels
from services.gateway.web.door import Web, or_away, page_router, see
from services.gateway.web.found_words import language_of, pieces_of
from services.gateway.web.visitors import Visitor
from shared.errors import Conflict, Forbidden, NotFound, ServiceError, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

PAGE_SIZE = 50
# tab -> the states that it shows; "mine" is told apart by who has it
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": (N_("Open"), ("new", "escalated", "acknowledged", "assigned")),
    "mine": (N_("Mine"), ("assigned", "acknowledged")),
    "done": (N_("Done"), ("dismissed",)),
}
# Fields of the query language, as a reason names them; what stands alone in a query has none.
REASON_TITLES = {
    "": N_("Words found"),
    "title": N_("Title"),
    "narrative": N_("Narrative"),
    "description": N_("Description"),
    "drug": N_("Goods"),
    "commodity": N_("Commodity"),
    "kg": N_("Weight"),
    "hs": N_("HS code"),
    "brand": N_("Brand"),
    "country": N_("Country"),
    "place": N_("Place"),
    "region": N_("Region"),
    "office": N_("Office"),
    "unit": N_("Unit"),
    "status": N_("Status"),
    "date": N_("Date"),
    "route": N_("Route"),
    "mode": N_("Transport"),
    "method": N_("How it was found"),
    "concealment": N_("Hidden"),
    "procedure": N_("Procedure"),
    "offence": N_("Offence"),
    "case": N_("Case number"),
    "container": N_("Container"),
    "identifier": N_("Number or plate"),
}
ACT_WORDS = {
    "acknowledge": N_("Acknowledged"),
    "acknowledged": N_("Acknowledged"),
    "assign": N_("Assigned"),
    "assigned": N_("Assigned"),
    "escalate": N_("Escalated"),
    "escalated": N_("Escalated"),
    "dismiss": N_("Not relevant"),
    "dismissed": N_("Not relevant"),
}


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/alerts")
    async def inbox(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "alert.read")
        return await _inbox_page(web, request, visitor, session)

    @router.get("/alerts/count")
    async def count(request: Request) -> Response:
        visitor, _ = await web.officer(request)
        return JSONResponse({"new": visitor.new_alerts})

    @router.get("/alerts/{alert_id}")
    async def one(request: Request, alert_id: str) -> Response:
        visitor, session = await web.officer(request)
        detail = await alerts.get_alert(web.gateway, session, alert_id)
        return await _inbox_page(web, request, visitor, session, detail=detail)

    @router.post("/alerts/{alert_id}")
    async def act(request: Request, alert_id: str) -> Response:
        visitor, session, form = await web.form(request)
        name, state = str(form.get("act") or ""), str(form.get("state") or "open")
        body = {key: text for key in ("to", "comment") if (text := str(form.get(key) or "").strip())}
        if name == "assign":
            body.setdefault("to", session.principal.username)
        try:
            await alerts.act_on_alert(web.gateway, session, alert_id, name, body)
        except (Unprocessable, Conflict, Forbidden) as error:
            detail = await alerts.get_alert(web.gateway, session, alert_id)
            refused = _Refused(_problem(error, visitor.language), status_of(error), state)
            return await _inbox_page(web, request, visitor, session, detail=detail, refused=refused)
        return see(f"/alerts/{alert_id}", state=state, done=name)

    return router


@dataclass(frozen=True, slots=True)
class _Refused:
    """An act that was not done, and why."""

    problem: str = ""
    status: int = 200
    state: str | None = None


async def _inbox_page(
    web: Web, request: Request, visitor: Visitor, session: Session, *, detail: dict[str, Any] | None = None, refused: _Refused | None = None
) -> Response:
    refused = refused or _Refused()
    state = refused.state or request.query_params.get("state", "open")
    state = state if state in TABS else "open"
    found = await or_away(_listed(web, session, state, request.query_params.get("after")))
    listed = found["items"] if isinstance(found, dict) else "away"
    on_own_page = detail is not None
    if detail is None and isinstance(listed, list) and listed:
        detail = await or_away(alerts.get_alert(web.gateway, session, listed[0]["id"]))
    beside = await _beside(web, visitor, session, detail, read=on_own_page) if isinstance(detail, dict) else {}
    following = found["next"] if isinstance(found, dict) else None
    return web.pages.render(
        request,
        visitor,
        "alerts.html",
        refused.status,
        place="alerts",
        alerts=listed,
        state=state,
        tabs=_tabs(found, visitor),
        next_page=f"/alerts?{urlencode({'state': state, 'after': following})}" if following else "",
        fresh_link=f"/alerts?state={state}" if state == "open" else "/alerts",
        detail=detail if isinstance(detail, dict) else None,
        on_own_page=on_own_page,
        may_act=visitor.may("alert.act"),
        problem=refused.problem,
        unit_name=lambda code: web.units.name(code, visitor.language),
        goods_label=lambda line: labels.goods_label(f"{line.get('commodity') or ''}/{line.get('subtype') or ''}", visitor.language),
        act_word=lambda entry: translate(visitor.language, ACT_WORDS.get(entry.get("act", ""), entry.get("act", ""))),
        **beside,
    )


async def _listed(web: Web, session: Session, state: str, after: str | None) -> dict[str, Any]:
    """One page of a tab. States are asked one by one where a tab joins several, most pressing first."""
    states = TABS[state][1]
    if state == "open":
        found = await alerts.list_alerts(web.gateway, session, limit=PAGE_SIZE, after=after)
        return found | {"items": [alert for alert in found["items"] if alert["state"] in states]}
    pages = [await alerts.list_alerts(web.gateway, session, state=name, limit=PAGE_SIZE, after=after) for name in states]
    items = [alert for page in pages for alert in page["items"]]
    if state == "mine":
        mine = {session.principal.username, session.principal.account}
        items = [alert for alert in items if alert.get("assigned_to") in mine or alert.get("acknowledged_by") in mine]
    return {"items": items, "next": pages[0]["next"] if len(pages) == 1 else None, "counts": pages[0].get("counts", {})}


async def _beside(web: Web, visitor: Visitor, session: Session, detail: dict[str, Any], *, read: bool) -> dict[str, Any]:
    """The watch and the record of an alert; the record is read, and that is in the trail, only for one that was opened."""
    watch_task = asyncio.create_task(or_away(search.get_saved_search(web.gateway, session, detail["saved_search"]["id"])))
    record, note = None, ""
    if read:
        try:
            record = await cases.get_case(web.gateway, session, detail["case"]["id"])
        except NotFound:
            note = N_("You may not read this case. Ask the unit that owns it.")
        except ServiceError as error:
            note = error.message or N_("The centre did not answer.")
    watch = await watch_task if visitor.may("saved_search.read") else (await watch_task and None)
    reasons = [_reason(reason, visitor.language) for reason in detail.get("reason") or []]
    return {
        "watch": watch if isinstance(watch, dict) else None,
        "record": record,
        "record_note": translate(visitor.language, note) if note else "",
        "reasons": reasons,
    }


def _reason(reason: dict[str, Any], language: str) -> dict[str, Any]:
    title = translate(language, REASON_TITLES.get(reason["field"], reason["field"]))
    text = reason.get("text") or ""
    return {"title": title, "language": language_of(text), "pieces": pieces_of(text, reason.get("terms") or [])}


def _tabs(found: Any, visitor: Visitor) -> list[dict[str, Any]]:
    counts = found.get("counts", {}) if isinstance(found, dict) else {}
    tabs = []
    for key, (title, states) in TABS.items():
        count = None if key == "mine" or not counts else sum(int(counts.get(name, 0)) for name in states)
        tabs.append({"key": key, "title": translate(visitor.language, title), "count": count})
    return tabs


def _problem(error: ServiceError, language: str) -> str:
    told = [translate(language, item.message, item.params) for item in error.errors]
    return " ".join(told) or translate(language, error.message, error.params)
