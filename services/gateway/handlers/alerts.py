"""The unit's alerts and what officers do about them."""

from __future__ import annotations

from typing import Any

from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import not_found, require_no_envelope, require_plain_id
from services.gateway.session import Session
from shared.security.rules import require

ACTS = {"acknowledge": "acknowledge_alert", "assign": "assign_alert", "escalate": "escalate_alert", "dismiss": "dismiss_alert"}


async def list_alerts(
    gateway: Gateway, session: Session, *, unit: str | None = None, state: str | None = None, limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """`{items, next, counts: {state: n}}`; without `unit` those of all the caller's units."""
    require(session.principal, "alert.read")
    payload = {"unit": unit, "state": state, "limit": limit, "after": after}
    return await gateway.call(
        session, "notifications", "list_alerts", {name: value for name, value in payload.items() if value is not None}
    )


async def get_alert(gateway: Gateway, session: Session, alert_id: str) -> dict[str, Any]:
    require(session.principal, "alert.read")
    return await gateway.call(session, "notifications", "get_alert", {"id": require_plain_id(alert_id)})


async def act_on_alert(
    gateway: Gateway, session: Session, alert_id: str, act: str, body: dict[str, Any], *, idempotency_key: str | None = None
) -> dict[str, Any]:
    """`act` is one of ACTS; `body` is `{to?, comment?}`."""
    require(session.principal, "alert.act")
    if act not in ACTS:
        raise not_found()
    if "id" in body or "if_match" in body:
        await get_alert(gateway, session, alert_id)
        require_no_envelope(body)
    payload = body | {"id": require_plain_id(alert_id)}
    return await gateway.call(session, "notifications", ACTS[act], payload, idempotency_key=idempotency_key)
