from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.documentation import documented
from services.gateway.api.queries import ReportQuery, parse_query
from services.gateway.entrance import enter, gateway_of
from services.gateway.handlers import reports
from services.gateway.handlers.identifiers import require_plain_id

router = APIRouter(tags=["reports"])


@router.get("/reports", **documented("The reports that there are", answer="ReportList"))
async def list_reports(request: Request) -> Response:
    session = await enter(request, "report.run")
    return answer(await reports.list_reports(gateway_of(request), session))


@router.get("/reports/{key}", **documented("Run a report", answer="Report", query=ReportQuery))
async def run_report(request: Request, key: str) -> Response:
    session = await enter(request, "report.run")
    require_plain_id(key)
    query = parse_query(request, ReportQuery)
    options = query.options()
    if query.format == "json":
        return answer(await reports.run_report(gateway_of(request), session, key, options))
    rendered = await reports.render_report(gateway_of(request), session, key, query.format, options)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(rendered.filename)}"}
    return Response(rendered.content, media_type=rendered.media_type, headers=headers)
