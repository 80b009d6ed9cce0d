"""What the notifications service tells: an alert raised for a unit, and what became of it.

Every `alert.*` travels twice with the same event id: on `notifications.events` as codes only, on `notifications.nominal.events` whole.
Its subject is the alert, its `aggregateversion` the alert's version.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.matches import Reason, Wire

ALERTS_EXCHANGE: Final = "notifications.events"
ALERTS_NOMINAL_EXCHANGE: Final = "notifications.nominal.events"
ALERT_RAISED: Final = "alert.raised.v1"
ALERT_ACKNOWLEDGED: Final = "alert.acknowledged.v1"
ALERT_ASSIGNED: Final = "alert.assigned.v1"
ALERT_ESCALATED: Final = "alert.escalated.v1"
ALERT_DISMISSED: Final = "alert.dismissed.v1"
ALERT_EVENT_TYPES: Final = (ALERT_RAISED, ALERT_ACKNOWLEDGED, ALERT_ASSIGNED, ALERT_ESCALATED, ALERT_DISMISSED)


class AlertCase(Wire):
    """The case as it was when it matched."""

    id: str
    case_no: str
    version: int


class AlertSearchFacts(Wire):
    id: str


class AlertSearch(AlertSearchFacts):
    name: str


class AlertFacts(Wire):
    """`state` is new, acknowledged, assigned, escalated or dismissed; `sequence` grows in the order of raising, without gaps."""

    id: str
    sequence: int
    unit: str
    state: str
    severity: str
    case: AlertCase
    created_at: str
    due_at: str | None
    assigned_to: str | None
    acknowledged_by: str | None
    escalated_to: str | None


class AlertWithSearch(AlertFacts):
    saved_search: AlertSearchFacts


class WholeAlert(AlertFacts):
    saved_search: AlertSearch
    reason: list[Reason]


class AlertData(Wire):
    alert: AlertWithSearch


class AlertNominalData(Wire):
    alert: WholeAlert
