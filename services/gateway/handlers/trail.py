"""The trail, for auditors."""

from __future__ import annotations

from typing import Any

from services.gateway.audit import acted
from services.gateway.gateway import Gateway
from services.gateway.session import Session
from shared.security.rules import require


async def list_entries(gateway: Gateway, session: Session, query: dict[str, Any]) -> dict[str, Any]:
    """`{items: [{seq, at, actor, action, subject, outcome, hash}], next}` for `{actor?, subject?, action?, from?, limit, after}`."""
    require(session.principal, "audit.read")
    result = await gateway.call(session, "audit", "list_entries", query)
    gateway.audit.add(acted(session, "audit.read", ""))
    return result
