"""Whether every process and server answers: each is asked at its own `/healthz`."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from services.gateway.gateway import Gateway
from shared.runner.processes import Kind, processes_of
from shared.runner.status import health_port

ASK_SECONDS = 2.0


async def readiness(gateway: Gateway) -> tuple[bool, dict[str, Any]]:
    """`{ready, parts: {name: "ok" or "away"}}`."""
    specs = [spec for spec in processes_of(gateway.settings) if spec.kind not in {Kind.ASGI, Kind.SERVER}]
    async with httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False, verify=False) as client:  # noqa: S501  loopback, no TLS
        answers = await asyncio.gather(
            gateway.database.answers(),
            *(_answers(client, health_port(gateway.settings, spec)) for spec in specs),
        )
    names = ["postgresql", *(spec.name for spec in specs)]
    parts = dict(zip(names, answers, strict=True)) | {"gateway": True, "rabbitmq": gateway.alerts.connected}
    return all(parts.values()), {"ready": all(parts.values()), "parts": {name: "ok" if ok else "away" for name, ok in parts.items()}}


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    except httpx.HTTPError:
        return False
