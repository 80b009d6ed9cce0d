"""For operators: is it alive, is all of it there, what does it count."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.documentation import documented
from services.gateway.entrance import gateway_of
from services.gateway.readiness import readiness

router = APIRouter(tags=["operations"])


@router.get("/healthz", **documented("The gateway is alive", signed_in=False))
async def healthz(request: Request) -> Response:  # noqa: ARG001  every route takes the request
    return answer({"status": "ok"})


@router.get("/readyz", **documented("Every process and server answers", signed_in=False))
async def readyz(request: Request) -> Response:
    ready, report = await readiness(gateway_of(request))
    return answer(report, 200 if ready else 503, {} if ready else {"Retry-After": "2"})


@router.get("/metrics", **documented("Prometheus metrics", signed_in=False, answer="string", media_type="text/plain"))
async def metrics(request: Request) -> Response:  # noqa: ARG001  every route takes the request
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
