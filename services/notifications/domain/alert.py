"""One alert: a case that touched what a unit watches, and what the unit did about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.contracts import alerts as contract
from shared.errors import Conflict, FieldError, Unprocessable
from shared.i18n import N_

STATES = ("new", "acknowledged", "assigned", "escalated", "dismissed")
# How long a unit has, by severity, until an alert that nobody acknowledged goes to the unit above. Information is never escalated.
DUE: Mapping[str, timedelta | None] = {
    "critical": timedelta(minutes=15),
    "high": timedelta(hours=1),
    "medium": timedelta(hours=4),
    "low": timedelta(hours=24),
    "info": None,
}
COMMENT_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Act:
    """`state` is what it leads to, `from_states` where it may start, `event` what is told of it."""

    state: str
    from_states: frozenset[str]
    event: str


ACTS: Mapping[str, Act] = {
    "acknowledge": Act("acknowledged", frozenset({"new", "escalated"}), contract.ALERT_ACKNOWLEDGED),
    "assign": Act("assigned", frozenset({"new", "acknowledged", "assigned", "escalated"}), contract.ALERT_ASSIGNED),
    "escalate": Act("escalated", frozenset({"new", "acknowledged", "assigned"}), contract.ALERT_ESCALATED),
    "dismiss": Act("dismissed", frozenset({"new", "acknowledged", "assigned", "escalated"}), contract.ALERT_DISMISSED),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """`(saved_search_id, case_id, fingerprint)` is there once. `sequence` is given in the order of commit, for screens that resume."""

    id: str
    sequence: int
    version: int
    unit: str
    state: str
    severity: str
    case_id: str
    case_no: str
    case_version: int
    saved_search_id: str
    saved_search_name: str
    fingerprint: str
    reason: Sequence[Mapping[str, Any]]
    created_at: datetime
    due_at: datetime | None
    channels: tuple[str, ...] = ()
    assigned_to: str | None = None
    acknowledged_by: str | None = None
    escalated_to: str | None = None

    @property
    def wants_mail(self) -> bool:
        return "mail" in self.channels

    def to_wire(self) -> dict[str, Any]:
        """The shape of the API, and `sequence`."""
        return self.facts() | {
            "saved_search": {"id": self.saved_search_id, "name": self.saved_search_name},
            "reason": [dict(reason) for reason in self.reason],
        }

    def facts(self) -> dict[str, Any]:
        """Without anything that an officer or a record worded."""
        return {
            "id": self.id,
            "sequence": self.sequence,
            "unit": self.unit,
            "state": self.state,
            "severity": self.severity,
            "case": {"id": self.case_id, "case_no": self.case_no, "version": self.case_version},
            "saved_search": {"id": self.saved_search_id},
            "created_at": self.created_at.isoformat(),
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "assigned_to": self.assigned_to,
            "acknowledged_by": self.acknowledged_by,
            "escalated_to": self.escalated_to,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """An alert after an act: what is kept of it in the history and told to others."""

    alert: Alert
    act: str
    event: str
    actor: str
    actor_unit: str
    comment: str = ""
    to: str | None = None
    # The match that raised it; acts take theirs from the call.
    correlation_id: str = ""
    causation_id: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """`account` goes into events and the history, `name` is what colleagues see."""

    account: str
    name: str
    unit: str = ""


SYSTEM = Actor("system:notifications", "system:notifications")


def due_at(severity: str, created_at: datetime) -> datetime | None:
    """Severities that a newer search service may bring are treated as medium."""
    delay = DUE.get(severity, DUE["medium"])
    return None if delay is None else created_at + delay


def perform(alert: Alert, act: str, actor: Actor, *, to: str | None = None, comment: str = "") -> Change:
    """`to` is a username for assign, a unit's code (or none above) for escalate. Raises Conflict for what the state forbids."""
    rule = ACTS[act]
    if alert.state not in rule.from_states:
        raise Conflict(
            N_("The alert is already %(state)s. Load it again to see what has been done."),
            code="alert_state",
            params={"state": alert.state},
            details={"state": alert.state},
        )
    changed = replace(alert, state=rule.state, version=alert.version + 1)
    if act in {"acknowledge", "assign"} and alert.acknowledged_by is None:
        # Who assigns an alert has seen it.
        changed = replace(changed, acknowledged_by=actor.name)
    if act == "assign":
        changed = replace(changed, assigned_to=to)
    if act == "escalate":
        changed = replace(changed, escalated_to=to)
    return Change(changed, act, rule.event, actor.account, actor.unit, comment, to)


@dataclass(frozen=True, slots=True)
class Request:
    """What an officer sent with an act."""

    to: str | None = None
    comment: str = ""


def request_from(act: str, body: Mapping[str, Any]) -> Request:
    """Raises Unprocessable with every problem at once; `id` is the path's."""
    problems = [
        FieldError(name, "unknown_field", N_("There is no such field here."))
        for name in body
        if name not in {"id", "comment", *(("to",) if act in {"assign", "escalate"} else ())}
    ]
    problems += [FieldError(name, "wrong_type", N_("Send text.")) for name in ("to", "comment") if not _is_text(body.get(name))]
    comment = body.get("comment") or ""
    if isinstance(comment, str) and len(comment) > COMMENT_LENGTH:
        problems.append(FieldError("comment", "too_long", N_("Shorten this to %(most)s characters."), {"most": COMMENT_LENGTH}))
    if act == "assign" and not body.get("to"):
        problems.append(FieldError("to", "required", N_("Say who takes the alert: a username of your unit.")))
    if problems:
        raise Unprocessable(N_("The act on the alert needs mending."), errors=problems)
    return Request(body.get("to") or None, comment)


def _is_text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and "\x00" not in value)
