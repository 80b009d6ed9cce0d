from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway.alert_stream import stream_alerts
from services.gateway.api.answers import answer
from services.gateway.api.documentation import KEY, documented
from services.gateway.api.queries import AlertsQuery, parse_query
from services.gateway.entrance import enter, gateway_of, idempotency_key, read_json
from services.gateway.handlers import alerts
from services.gateway.handlers.identifiers import not_found, require_plain_id

router = APIRouter(tags=["alerts"])
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/alerts", **documented("The unit's alerts", answer="AlertList", query=AlertsQuery))
async def list_alerts(request: Request) -> Response:
    session = await enter(request, "alert.read")
    query = parse_query(request, AlertsQuery)
    return answer(await alerts.list_alerts(gateway_of(request), session, **query.model_dump()))


@router.get(
    "/alerts/stream", **documented("Alerts as they come", answer="string", media_type="text/event-stream", headers=("Last-Event-ID",))
)
async def alert_stream(request: Request) -> Response:
    session = await enter(request, "alert.read")
    events = await stream_alerts(gateway_of(request), session, request.headers.get("last-event-id"))
    return StreamingResponse(events, media_type="text/event-stream", headers=STREAM_HEADERS)


@router.get("/alerts/{alert_id}", **documented("Read an alert", answer="Alert"))
async def get_alert(request: Request, alert_id: str) -> Response:
    session = await enter(request, "alert.read")
    return answer(await alerts.get_alert(gateway_of(request), session, alert_id))


@router.post("/alerts/{alert_id}/{act}", **documented("Act on an alert", answer="Alert", body="AlertAct", headers=(KEY,)))
async def act_on_alert(request: Request, alert_id: str, act: str) -> Response:
    session = await enter(request, "alert.act")
    require_plain_id(alert_id)
    if act not in alerts.ACTS:
        raise not_found()
    gateway = gateway_of(request)
    body = await read_json(request, probe=lambda: alerts.get_alert(gateway, session, alert_id), optional=True)
    return answer(await alerts.act_on_alert(gateway, session, alert_id, act, body, idempotency_key=idempotency_key(request)))
