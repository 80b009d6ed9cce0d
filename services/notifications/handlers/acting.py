"""What officers do about alerts, and how they read them. Rights are the rule table's; an alert of other units is not there."""

from __future__ import annotations

from typing import Any

from services.notifications.domain.alert import STATES, Actor, Alert, perform, request_from
from services.notifications.handlers.raising import escalation_mails
from services.notifications.ports import Alerts, Outgoing, Page
from shared.errors import FieldError, NotFound, Unprocessable
from shared.i18n import N_
from shared.identifiers import is_id
from shared.security.principal import Principal
from shared.security.rules import RULES

DEFAULT_LIMIT, MOST = 50, 500


def act_on_alert(
    alerts: Alerts, outgoing: Outgoing, act: str, principal: Principal, *, units: frozenset[str], payload: dict[str, Any]
) -> dict[str, Any]:
    """`units` are those that the principal may act for. Raises NotFound, Unprocessable by field, Conflict, in this order."""
    alert = _found(alerts, payload, units, lock=True)
    request = request_from(act, payload)
    to = request.to
    if act == "assign":
        _require_assignable(alerts, alert, str(to))
    if act == "escalate":
        to = _unit_above(alerts, alert, to)
    change = perform(alert, act, Actor(principal.account, principal.username, principal.unit), to=to, comment=request.comment)
    alerts.change([change])
    if act == "escalate":
        outgoing.queue(list(escalation_mails(alerts, change)))
    return change.alert.to_wire()


def get_alert(alerts: Alerts, units: frozenset[str], payload: dict[str, Any]) -> dict[str, Any]:
    return _found(alerts, payload, units).to_wire()


def list_alerts(alerts: Alerts, units: frozenset[str], payload: dict[str, Any]) -> dict[str, Any]:
    """The newest first. `counts` are of the asked unit, or of all the caller's units, whatever the state asked for."""
    problems: list[FieldError] = []
    limit = _limit(payload, problems)
    before = _sequence(payload, "after", problems)
    state = payload.get("state")
    if state is not None and state not in STATES:
        problems.append(FieldError("state", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": ", ".join(STATES)}))
    if problems:
        raise Unprocessable(N_("The alerts can't be listed as asked."), errors=problems)
    asked = units & {payload["unit"]} if payload.get("unit") else units
    found = alerts.page(Page(asked, state, before, limit + 1))
    page = found[:limit]
    counted = alerts.counts(asked)
    return {
        "items": [alert.to_wire() for alert in page],
        "next": str(page[-1].sequence) if len(found) > limit else None,
        "counts": {name: counted.get(name, 0) for name in STATES},
    }


def alerts_since(alerts: Alerts, units: frozenset[str], payload: dict[str, Any]) -> dict[str, Any]:
    """In the order of raising, for screens that resume; `next` is the sequence to ask after."""
    problems: list[FieldError] = []
    limit = _limit(payload, problems)
    after = _sequence(payload, "after", problems) or 0
    if problems:
        raise Unprocessable(N_("The alerts can't be listed as asked."), errors=problems)
    found = alerts.since(after, units, limit + 1)
    page = found[:limit]
    return {"items": [alert.to_wire() for alert in page], "next": page[-1].sequence if len(found) > limit else None}


def _found(alerts: Alerts, payload: dict[str, Any], units: frozenset[str], *, lock: bool = False) -> Alert:
    identifier = payload.get("id")
    alert = alerts.get(identifier, units, lock=lock) if isinstance(identifier, str) and is_id(identifier) else None
    if alert is None:
        raise NotFound(N_("There is no such alert."))
    return alert


def _require_assignable(alerts: Alerts, alert: Alert, username: str) -> None:
    """An account of the alert's unit (or of the one that it was escalated to) whose role may act on alerts."""
    found = alerts.assignable(username)
    if found is not None:
        unit, roles = found
        if unit in {alert.unit, alert.escalated_to} and any(role in RULES["alert.act"] for role in roles):
            return
    raise Unprocessable(
        N_("The act on the alert needs mending."),
        errors=[FieldError("to", "unknown_account", N_("Nobody in the alert's unit who may handle alerts has this username."))],
    )


def _unit_above(alerts: Alerts, alert: Alert, asked: str | None) -> str | None:
    """Escalation goes to the unit above; another one can't be chosen, but may be said."""
    unit = alerts.units([alert.unit]).get(alert.unit)
    above = unit.parent if unit else None
    if asked is not None and asked != above:
        raise Unprocessable(
            N_("The act on the alert needs mending."),
            errors=[FieldError("to", "not_above", N_("Alerts are escalated to the unit above: leave this out."))],
        )
    return above


def _limit(payload: dict[str, Any], problems: list[FieldError]) -> int:
    limit = payload.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        problems.append(FieldError("limit", "out_of_range", N_("Ask for 1 to %(most)s."), {"most": MOST}))
        return DEFAULT_LIMIT
    return limit


def _sequence(payload: dict[str, Any], name: str, problems: list[FieldError]) -> int | None:
    value = payload.get(name)
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 18:
        problems.append(FieldError(name, "format", N_("Send what the last answer gave, or leave it out.")))
        return None
    return int(text)
