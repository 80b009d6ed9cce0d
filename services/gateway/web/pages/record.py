"""Record: a draft from the first word to its submission, saved at every act, with every problem said at once by its field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from services.gateway.handlers import cases
from services.gateway.problems import status_of
from services.gateway.session import Session
from services.gateway.translation import translate
from services.gateway.web import labels
from services.gateway.web.case_view import may_change
from services.gateway.web.door import Web, page_router, see
from services.gateway.web.forms import LISTS, Tree, anchor, body_of, tree_of, tree_of_case
from services.gateway.web.record_view import conflict_rows, marking_of, parts_of, shown_errors
from services.gateway.web.visitors import Visitor
from shared.errors import FieldError, PreconditionFailed, ServiceError, Unavailable, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

CLASSIFICATIONS = ("unclassified", "restricted", "secret")
HOME_COUNTRY = "LA"
# Saved by themselves while they are written; others change only when the officer says so.
UNFINISHED = ("draft", "returned")


@dataclass(slots=True)
class Entry:
    """One state of the form."""

    tree: Tree
    case: dict[str, Any] = field(default_factory=dict)
    mode: str = "full"
    errors: list[FieldError] = field(default_factory=list)
    submitting: bool = False
    conflict: dict[str, Any] | None = None
    away: str = ""
    status: int = 200


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/record")
    async def new_record(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "case.create")
        return _form_page(web, request, visitor, Entry(_new_tree(web, visitor), mode=request.query_params.get("mode", "full")))

    @router.get("/record/{case_id}")
    async def open_record(request: Request, case_id: str) -> Response:
        visitor, session = await web.officer(request)
        case = await cases.get_case(web.gateway, session, case_id)
        if not may_change(case, session.principal):
            return see(f"/cases/{case['id']}")
        tree = tree_of_case(case, web.gateway.settings.zone)
        if request.query_params.get("add") in LISTS:
            tree[request.query_params["add"]].append({})
        return _form_page(web, request, visitor, Entry(tree, case, request.query_params.get("mode", "full")))

    @router.post("/record")
    async def create_record(request: Request) -> Response:
        return await _save(web, request, None)

    @router.post("/record/{case_id}")
    async def save_record(request: Request, case_id: str) -> Response:
        return await _save(web, request, case_id)

    return router


async def _save(web: Web, request: Request, case_id: str | None) -> Response:
    visitor, session, form = await web.form(request)
    entry = Entry(tree_of(form.multi_items()), {"id": case_id, "version": _text(form, "version")}, _text(form, "mode") or "full")
    act = _text(form, "act") or "save"
    if entry.tree.get("occurred_now"):  # the quick record at home asks neither where nor when
        entry.tree["place"] = {"name": visitor.unit_name}
    _reshape(entry.tree, act)
    body, entry.errors = body_of(entry.tree, web.gateway.settings.zone)
    entry.submitting = act == "submit"
    if not entry.errors:
        await _keep(web, session, entry, body)
    if entry.submitting and not (entry.errors or entry.conflict or entry.away):
        await _submit(web, session, entry)
    if request.headers.get("accept", "").startswith("application/json"):
        return _told(entry, visitor.language)
    if entry.errors or entry.conflict or entry.away:
        return _form_page(web, request, visitor, await _with_stored(web, session, entry, body))
    return _next_page(entry, act)


async def _keep(web: Web, session: Session, entry: Entry, body: dict[str, Any]) -> None:
    """At the centre; what it refuses is told with the words still in the form."""
    try:
        if entry.case["id"] is None:
            entry.case = await cases.create_case(web.gateway, session, _without_null(body) | _defaults(session))
        else:
            version = f'"{entry.case["version"]}"' if entry.case["version"] else None
            entry.case = await cases.change_case(web.gateway, session, entry.case["id"], body, version)
    except Unprocessable as error:
        entry.errors, entry.status = error.errors, 422
    except PreconditionFailed as error:
        entry.conflict, entry.status = {"version": error.details.get("version")}, 412
    except Unavailable:
        entry.away, entry.status = N_("The centre did not answer."), 503


async def _submit(web: Web, session: Session, entry: Entry) -> None:
    try:
        submitted = await cases.transition_case(
            web.gateway, session, entry.case["id"], {"to": "submitted"}, f'"{entry.case["version"]}"', idempotency_key=None
        )
        entry.case = submitted
    except Unprocessable as error:
        entry.errors, entry.status = error.errors, 422
    except Unavailable:
        entry.away, entry.status = N_("The centre did not answer."), 503


async def _with_stored(web: Web, session: Session, entry: Entry, body: dict[str, Any]) -> Entry:
    """The stored case beside the words of the form: for its number, its remarks, and the other side of a conflict."""
    if not entry.case["id"] or entry.away:
        entry.status = max(entry.status, 422) if entry.errors else entry.status
        return entry
    try:
        stored = await cases.get_case(web.gateway, session, entry.case["id"])
    except ServiceError as error:
        entry.status = status_of(error)
        return entry
    if entry.conflict is not None:
        rows = conflict_rows(body, stored, session.language)
        entry.conflict = {"version": stored["version"], "by": stored["changed_by"], "rows": rows}
    version = entry.case["version"] if entry.conflict is None and entry.case["version"] else stored["version"]
    entry.case = stored | {"version": version}
    entry.status = max(entry.status, 422)
    return entry


def _next_page(entry: Entry, act: str) -> Response:
    path = f"/record/{entry.case['id']}"
    if act == "submit":
        return see(f"/cases/{entry.case['id']}", done="submitted")
    if act == "keep":
        return see(f"/cases/{entry.case['id']}", done="changed")
    if act == "leave":
        return see("/", done="saved")
    if act.startswith("add-"):
        name = act.removeprefix("add-")
        here = see(path, mode=entry.mode, add=name)
        here.headers["location"] += (
            f"#{name}-{len(entry.tree[name])}-{'kind' if name == 'goods' else 'role' if name == 'route' else 'mode'}"
        )
        return here
    return see(path, mode=entry.mode)


def _told(entry: Entry, language: str) -> Response:
    """For the script that saves while the officer writes."""
    answer: dict[str, Any] = {"id": entry.case.get("id"), "version": entry.case.get("version"), "changed_at": entry.case.get("changed_at")}
    if entry.conflict is not None:
        return JSONResponse(answer | {"conflict": True}, 412)
    if entry.errors:
        told = [{"field": error.field, "message": translate(language, error.message, error.params)} for error in entry.errors]
        return JSONResponse(answer | {"errors": told}, 422)
    return JSONResponse(answer, 503 if entry.away else 200)


def _form_page(web: Web, request: Request, visitor: Visitor, entry: Entry) -> Response:
    language = visitor.language
    by_field, listed = shown_errors(entry.errors, language)
    tree = entry.tree
    if not tree.get("goods"):
        tree["goods"] = [{}]
    heading = N_("%(count)s answers need fixing before you can submit") if entry.submitting else N_("%(count)s answers need fixing")
    classification = tree.get("classification") or "restricted"
    return web.pages.render(
        request,
        visitor,
        "record.html",
        entry.status,
        place="record",
        case=entry.case,
        form=tree,
        mode=entry.mode,
        unfinished=entry.case.get("status", "draft") in UNFINISHED,
        action=f"/record/{entry.case['id']}" if entry.case.get("id") else "/record",
        errors=by_field,
        error_list=listed,
        error_heading=translate(language, heading, {"count": len(listed)}),
        conflict=entry.conflict,
        away=translate(language, entry.away) if entry.away else "",
        toc=parts_of(tree, by_field, language),
        anchor=anchor,
        kind_label=lambda kind: labels.goods_label(kind, language),
        goods_choices=labels.goods_choices(language),
        unit_choices=labels.unit_choices(language),
        country_choices=labels.country_choices(language),
        currency_choices=labels.currency_choices(language),
        classification_choices=[choice for choice in labels.choices("classifications", language) if _may_mark(visitor, choice.code)],
        office_names=[name for _, name in web.units.offices(language)],
        marking=marking_of({"classification": classification, "handling": tree.get("handling")}, language),
    )


def _may_mark(visitor: Visitor, classification: str) -> bool:
    return visitor.session is not None and visitor.session.principal.cleared_for(classification)


def _new_tree(web: Web, visitor: Visitor) -> Tree:
    now = web.pages.formats[visitor.language].now()
    return {
        "occurred_day": now.date().isoformat(),
        "occurred_time": now.strftime("%H:%M"),
        "place": {"name": visitor.unit_name},
        "goods": [{}],
        "route": [],
        "conveyances": [],
    }


def _reshape(tree: Tree, act: str) -> None:
    """Lines added by a button are blank and live only in the form; removed and copied ones change the record."""
    verb, _, rest = act.partition("-")
    name, _, number = rest.partition("-")
    if name not in LISTS or not number.isdigit() or int(number) >= len(tree[name]):
        return
    if verb == "remove":
        del tree[name][int(number)]
    elif verb == "copy":
        tree[name].insert(int(number) + 1, dict(tree[name][int(number)]))


def _defaults(session: Session) -> dict[str, Any]:
    """A new record is of the officer's office."""
    return {"office": session.principal.unit}


def _without_null(body: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if value not in (None, [], {})}
    if "narrative" in kept:
        kept["narrative"] = {code: text for code, text in kept["narrative"].items() if text}
    place = kept.get("place")
    if isinstance(place, dict) and "country" not in place:
        kept["place"] = place | {"country": HOME_COUNTRY}
    return kept


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
