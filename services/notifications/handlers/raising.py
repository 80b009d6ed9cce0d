"""From matches to alerts, from ended cases to dismissed alerts, from overdue alerts to the unit above.

The result is the same in any order of events and with any repetition: a match has one alert, and the alert of an ended case is dismissed
whether the match or the end is heard first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from services.notifications.domain import mail
from services.notifications.domain.alert import SYSTEM, Alert, Change, due_at, perform
from services.notifications.ports import Alerts, MailDue, MatchKey, Outgoing
from shared.contracts.alerts import ALERT_RAISED
from shared.contracts.envelope import Event
from shared.identifiers import new_id

ENDS = {"case.closed.v1": "closed", "case.cancelled.v1": "cancelled"}
ESCALATE_AT_ONCE = 200


def raise_alerts(alerts: Alerts, outgoing: Outgoing, events: Sequence[Event], *, now: datetime | None = None) -> list[Change]:
    """`search.matched.v1` of the nominal exchange."""
    matches: dict[MatchKey, Event] = {}
    for event in events:
        if event.data["saved_search"]["alert"]:
            matches.setdefault(_key(event), event)
    known = alerts.known(matches)
    fresh = [event for key, event in matches.items() if key not in known]
    if not fresh:
        return []
    moment = now or datetime.now(UTC)
    first = alerts.next_sequences(len(fresh))
    raised = [_raised(event, first + place, moment) for place, event in enumerate(fresh)]
    alerts.add(raised)
    ended = alerts.ended_cases({change.alert.case_id for change in raised})
    living = [change.alert for change in raised if change.alert.case_id not in ended]
    outgoing.queue([due for alert in living for due in _mail(alerts, alert, alert.unit, mail.RAISED)])
    _dismiss(alerts, [change.alert for change in raised if change.alert.case_id in ended], ended)
    return raised


def end_cases(alerts: Alerts, events: Iterable[Event]) -> None:
    """A case that is closed or cancelled dismisses its open alerts, also those still to come."""
    ended = {event.subject: ENDS[event.type] for event in events if event.type in ENDS}
    if ended:
        alerts.end_cases(ended)
        _dismiss(alerts, alerts.open_of_cases(ended), ended)


def escalate_overdue(alerts: Alerts, outgoing: Outgoing, now: datetime) -> int:
    """How many went to the unit above; at the root the alert stays and is only marked."""
    overdue = alerts.overdue(now, ESCALATE_AT_ONCE)
    units = alerts.units({alert.unit for alert in overdue})
    changes = []
    for alert in overdue:
        unit = units.get(alert.unit)
        changes.append(perform(alert, "escalate", SYSTEM, to=unit.parent if unit else None))
    alerts.change(changes)
    outgoing.queue([due for change in changes for due in escalation_mails(alerts, change)])
    return len(changes)


def escalation_mails(alerts: Alerts, change: Change) -> Iterator[MailDue]:
    return _mail(alerts, change.alert, change.to, mail.ESCALATED)


def _mail(alerts: Alerts, alert: Alert, code: str | None, kind: str) -> Iterator[MailDue]:
    unit = alerts.units([code]).get(code) if code and alert.wants_mail else None
    if unit is not None and unit.mail:
        yield MailDue(alert, kind, unit.mail, unit.languages)


def _dismiss(alerts: Alerts, opened: Iterable[Alert], ended: dict[str, str]) -> None:
    alerts.change([perform(alert, "dismiss", SYSTEM, comment=f"case {ended[alert.case_id]}") for alert in opened])


def _key(event: Event) -> MatchKey:
    return event.data["saved_search"]["id"], event.data["case"]["id"], event.data["fingerprint"]


def _raised(event: Event, sequence: int, moment: datetime) -> Change:
    return Change(
        _alert(event, sequence, moment),
        "raise",
        ALERT_RAISED,
        SYSTEM.account,
        "",
        correlation_id=event.correlation_id,
        causation_id=event.id,
    )


def _alert(event: Event, sequence: int, moment: datetime) -> Alert:
    search: dict[str, Any] = event.data["saved_search"]
    case: dict[str, Any] = event.data["case"]
    return Alert(
        id=new_id(),
        sequence=sequence,
        version=1,
        unit=search["unit"],
        state="new",
        severity=search["severity"],
        case_id=case["id"],
        case_no=case["case_no"],
        case_version=case["version"],
        saved_search_id=search["id"],
        saved_search_name=search["name"],
        fingerprint=event.data["fingerprint"],
        reason=event.data["reason"],
        created_at=moment,
        due_at=due_at(search["severity"], moment),
        channels=tuple(search["channels"]),
    )
