from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.documentation import documented
from services.gateway.api.queries import TrailQuery, parse_query
from services.gateway.entrance import enter, gateway_of
from services.gateway.handlers import trail

router = APIRouter(tags=["audit"])


@router.get("/audit", **documented("The trail, for auditors", answer="TrailList", query=TrailQuery))
async def list_entries(request: Request) -> Response:
    session = await enter(request, "audit.read")
    query = parse_query(request, TrailQuery)
    return answer(await trail.list_entries(gateway_of(request), session, query.model_dump(by_alias=True, exclude_none=True)))
