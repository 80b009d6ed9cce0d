"""A case: everything that is recorded, where it stands in the workflow, and the next step for this officer."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from services.gateway.handlers import cases
from services.gateway.handlers.identifiers import require_version
from services.gateway.problems import status_of
from services.gateway.translation import translate
from services.gateway.web import case_view, labels
from services.gateway.web.door import Web, or_away, page_router, see
from services.gateway.web.record_view import field_title, in_words, marking_of
from services.gateway.web.visitors import Visitor
from shared.errors import Conflict, Forbidden, PreconditionFailed, ServiceError, Unprocessable


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/cases/{case_id}")
    async def open_case(request: Request, case_id: str) -> Response:
        visitor, session = await web.officer(request)
        return await _case_page(web, request, visitor, await cases.get_case(web.gateway, session, case_id))

    @router.post("/cases/{case_id}/transitions")
    async def transition(request: Request, case_id: str) -> Response:
        visitor, session, form = await web.form(request)
        body = _step(form)
        try:
            done = await cases.transition_case(web.gateway, session, case_id, body, f'"{form.get("version") or ""}"')
        except (Unprocessable, Conflict, PreconditionFailed, Forbidden) as error:
            case = await cases.get_case(web.gateway, session, case_id)
            problem = _problem(error, visitor.language)
            return await _case_page(web, request, visitor, case, status_of(error), problem=problem, comment=body.get("comment", ""))
        return see(f"/cases/{done['id']}", done=str(body["to"]))

    @router.get("/cases/{case_id}/versions/{before}..{after}")
    async def compare(request: Request, case_id: str, before: str, after: str) -> Response:
        visitor, session = await web.officer(request)
        difference = await cases.case_difference(web.gateway, session, case_id, require_version(before), require_version(after))
        rows = [
            {
                "title": field_title(change["field"], visitor.language),
                "before": in_words(change["before"], visitor.language),
                "after": in_words(change["after"], visitor.language),
            }
            for change in difference["changes"]
        ]
        return web.pages.render(request, visitor, "versions.html", case_id=case_id, difference=difference, rows=rows)

    return router


async def _case_page(web: Web, request: Request, visitor: Visitor, case: dict[str, Any], status: int = 200, **told: Any) -> Response:
    language, session = visitor.language, visitor.session
    assert session is not None
    asked = [asyncio.create_task(or_away(cases.case_versions(web.gateway, session, case["id"])))]
    if visitor.may("case.readers") and case["status"] != "draft":
        asked.append(asyncio.create_task(or_away(cases.case_readers(web.gateway, session, case["id"]))))
    history, *readers = [await task for task in asked]
    acts = case_view.acts_of(case, session.principal, language)
    return web.pages.render(
        request,
        visitor,
        "case.html",
        status,
        place="search" if visitor.may_search else "home",
        case=case,
        marking=marking_of(case, language),
        steps=case_view.steps_of(case),
        sketch=case_view.sketch_of(case.get("route") or []),
        acts=acts,
        may_return=any(act.to == "returned" for act in acts),
        own_record=case_view.is_own(case, session.principal) and case["status"] == "submitted" and visitor.may("case.validate"),
        may_change=case_view.may_change(case, session.principal),
        remark_fields=case_view.remark_fields(language),
        history=list(reversed(history["items"])) if isinstance(history, dict) else "away",
        readers=(readers[0]["items"] if isinstance(readers[0], dict) else readers[0]) if readers else None,
        unit_name=lambda code: web.units.name(code, language),
        goods_label=lambda line: labels.goods_label(f"{line.get('commodity') or ''}/{line.get('subtype') or ''}", language),
        field_title=lambda path: field_title(path, language),
        change_word=lambda version: case_view.change_word(version, language),
        **told,
    )


def _step(form: FormData) -> dict[str, Any]:
    remarks = [
        {"field": name.removeprefix("remark."), "comment": value.strip()}
        for name, value in form.multi_items()
        if name.startswith("remark.") and isinstance(value, str) and value.strip()
    ]
    body: dict[str, Any] = {"to": str(form.get("to") or "")}
    if comment := str(form.get("comment") or "").strip():
        body["comment"] = comment
    if remarks and body["to"] == "returned":
        body["fields"] = remarks
    return body


def _problem(error: ServiceError, language: str) -> str:
    told = [translate(language, item.message, item.params) for item in error.errors]
    return " ".join(told) or translate(language, error.message, error.params)
