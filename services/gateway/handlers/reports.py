"""Reports: as JSON for screens, as files for others."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from services.gateway.audit import acted
from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import require_plain_id
from services.gateway.session import Session
from services.gateway.translation import translate
from shared.security.rules import require

RENDER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RenderedReport:
    filename: str
    media_type: str
    content: bytes


async def list_reports(gateway: Gateway, session: Session) -> dict[str, Any]:
    require(session.principal, "report.run")
    result = await gateway.call(session, "reports", "list_reports", {})
    items = [item | {"title": translate(session.language, item["title"])} for item in result["items"]]
    return result | {"items": items}


async def run_report(gateway: Gateway, session: Session, key: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """`{columns, rows, totals, data_as_of}`; `options` are `{from?, to?, group?, filters?}`."""
    require(session.principal, "report.run")
    result = await gateway.call(session, "reports", "run_report", (options or {}) | {"key": require_plain_id(key)})
    gateway.audit.add(acted(session, "report.run", "", details={"report": key}))
    return result | ({"title": translate(session.language, result["title"])} if "title" in result else {})


async def render_report(gateway: Gateway, session: Session, key: str, file_format: str, options: dict[str, Any]) -> RenderedReport:
    """An export: the answer waits for the trail."""
    require(session.principal, "report.run")
    payload = options | {"key": require_plain_id(key), "format": file_format}
    result = await gateway.call(session, "reports", "render_report", payload, timeout=RENDER_SECONDS)
    await gateway.audit.add_and_wait(acted(session, "report.exported", "", details={"report": key, "format": file_format}))
    return RenderedReport(result["filename"], result["media_type"], base64.b64decode(result["content"]))
