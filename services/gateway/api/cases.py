from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer, created, versioned
from services.gateway.api.documentation import KEY, MATCH, documented
from services.gateway.api.queries import CasesQuery, parse_query
from services.gateway.entrance import PATCH_TYPES, enter, gateway_of, idempotency_key, if_match, read_json
from services.gateway.gateway import Gateway
from services.gateway.handlers import cases
from services.gateway.handlers.identifiers import require_case_id, require_version
from services.gateway.session import Session

router = APIRouter(tags=["cases"])


@router.post("/cases", **documented("Create a draft", answer="Case", status=201, body="CaseContent", headers=(KEY,)))
async def create_case(request: Request) -> Response:
    session = await enter(request, "case.create")
    body = await read_json(request)
    case = await cases.create_case(gateway_of(request), session, body, idempotency_key=idempotency_key(request))
    return created(case, "cases")


@router.get("/cases", **documented("Drafts and worklists", answer="CaseList", query=CasesQuery))
async def list_cases(request: Request) -> Response:
    session = await enter(request, "case.read")
    query = parse_query(request, CasesQuery)
    return answer(await cases.list_cases(gateway_of(request), session, **query.model_dump()))


@router.get("/cases/{case_id}", **documented("Read a case, by id or number", answer="Case"))
async def get_case(request: Request, case_id: str) -> Response:
    session = await enter(request, "case.read")
    return versioned(await cases.get_case(gateway_of(request), session, case_id))


@router.patch(
    "/cases/{case_id}",
    **documented(
        "Change a case (RFC 7396)",
        answer="Case",
        body="CaseContent",
        body_types=("application/merge-patch+json", "application/json"),
        headers=(MATCH,),
    ),
)
async def change_case(request: Request, case_id: str) -> Response:
    session = await enter(request, "case.change")
    require_case_id(case_id)
    gateway = gateway_of(request)
    patch = await read_json(request, types=PATCH_TYPES, probe=_may_change(gateway, session, case_id))
    return versioned(await cases.change_case(gateway, session, case_id, patch, if_match(request)))


@router.post(
    "/cases/{case_id}/transitions",
    **documented("Take a case to its next status", answer="Case", body="Transition", headers=(MATCH, KEY)),
)
async def transition_case(request: Request, case_id: str) -> Response:
    session = await enter(request, "case.read")
    require_case_id(case_id)
    gateway = gateway_of(request)
    body = await read_json(request, probe=lambda: cases.case_is_known(gateway, session, case_id))
    key = idempotency_key(request)
    return versioned(await cases.transition_case(gateway, session, case_id, body, if_match(request), idempotency_key=key))


@router.get("/cases/{case_id}/versions", **documented("History", answer="VersionList"))
async def case_versions(request: Request, case_id: str) -> Response:
    session = await enter(request, "case.read")
    return answer(await cases.case_versions(gateway_of(request), session, case_id))


@router.get("/cases/{case_id}/versions/{before}..{after}", **documented("The difference of two versions", answer="Difference"))
async def case_difference(request: Request, case_id: str, before: str, after: str) -> Response:
    session = await enter(request, "case.read")
    require_case_id(case_id)
    return answer(await cases.case_difference(gateway_of(request), session, case_id, require_version(before), require_version(after)))


@router.get("/cases/{case_id}/readers", **documented("Who read it", answer="ReaderList"))
async def case_readers(request: Request, case_id: str) -> Response:
    session = await enter(request, "case.readers")
    return answer(await cases.case_readers(gateway_of(request), session, case_id))


def _may_change(gateway: Gateway, session: Session, case_id: str) -> Callable[[], Awaitable[Any]]:
    return lambda: cases.may_change(gateway, session, case_id)
