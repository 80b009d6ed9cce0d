"""Property: whatever the order and repetition of matches and ends, the same alerts stand at the end."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.alert import Alert, Change
from services.notifications.handlers.raising import end_cases, escalate_overdue, raise_alerts
from services.notifications.ports import MailDue, Unit
from shared.contracts.envelope import Event

UNITS = {"LA-HQ": Unit("LA-HQ", None, "hq@customs.example", ("en",)), "LA-VTE": Unit("LA-VTE", "LA-HQ", "vte@customs.example", ("lo",))}


class MemoryAlerts:
    """The port in memory: what the handlers keep, by alert."""

    def __init__(self) -> None:
        self.kept: dict[str, Alert] = {}
        self.told: list[Change] = []
        self._ended: dict[str, str] = {}
        self._last = 0

    def known(self, keys):
        return {_key(alert) for alert in self.kept.values()} & set(keys)

    def ended_cases(self, case_ids):
        return {case: self._ended[case] for case in case_ids if case in self._ended}

    def end_cases(self, statuses):
        for case, status in statuses.items():
            self._ended.setdefault(case, status)

    def next_sequences(self, count):
        self._last += count
        return self._last - count + 1

    def open_of_cases(self, case_ids):
        return [alert for alert in self.kept.values() if alert.case_id in case_ids and alert.state != "dismissed"]

    def overdue(self, now, limit):
        return [alert for alert in self.kept.values() if alert.state == "new" and alert.due_at and alert.due_at <= now][:limit]

    def units(self, codes):
        return {code: UNITS[code] for code in codes if code in UNITS}

    def add(self, raised: Sequence[Change]) -> None:
        for change in raised:
            assert _key(change.alert) not in self.known([_key(change.alert)])
            self.kept[change.alert.id] = change.alert
        self.told += raised

    def change(self, changes: Sequence[Change]) -> None:
        for change in changes:
            assert change.alert.version == self.kept[change.alert.id].version + 1
            self.kept[change.alert.id] = change.alert
        self.told += changes

    def outcome(self):
        return {_key(alert): alert.state for alert in self.kept.values()}


class MemoryOutgoing:
    def __init__(self) -> None:
        self.queued: list[MailDue] = []

    def queue(self, mails):
        self.queued += mails


def _key(alert: Alert):
    return alert.saved_search_id, alert.case_id, alert.fingerprint


def matched(case: str, search: str, fingerprint: str, *, mail: bool = False, alert: bool = True) -> Event:
    channels = ["screen", "mail"] if mail else ["screen"]
    found = {"id": search, "unit": "LA-VTE", "alert": alert, "severity": "high", "channels": channels, "name": "x"}
    data = {"saved_search": found, "case": {"id": case, "case_no": "n", "version": 1}, "fingerprint": fingerprint, "reason": []}
    return Event("search.matched.v1", "/search", case, data, 1, "system:search")


def ended(case: str, status: str) -> Event:
    return Event(f"case.{status}.v1", "/cases", case, {"case": {"id": case}}, 2, "officer")


MATCHES = st.builds(matched, st.sampled_from("abc"), st.sampled_from("st"), st.sampled_from("12"), mail=st.booleans())
ENDS = st.builds(ended, st.sampled_from("ab"), st.sampled_from(["closed", "cancelled", "changed"]))


def apply(streams: Sequence[Sequence[Event]]) -> MemoryAlerts:
    alerts, outgoing = MemoryAlerts(), MemoryOutgoing()
    for events in streams:
        raise_alerts(alerts, outgoing, [event for event in events if event.type == "search.matched.v1"])
        end_cases(alerts, [event for event in events if event.type != "search.matched.v1"])
    sequences = sorted(alert.sequence for alert in alerts.kept.values())
    assert sequences == list(range(1, len(sequences) + 1)), "numbers without gaps"
    return alerts


@given(st.lists(st.lists(MATCHES | ENDS, max_size=6), max_size=6), st.randoms())
def test_order_and_repetition_change_nothing(streams, random):
    once = apply(streams).outcome()
    again = [list(events) for events in [*streams, *streams]]
    random.shuffle(again)
    for events in again:
        random.shuffle(events)
    assert apply(again).outcome() == once


def test_a_search_that_does_not_alert_raises_none():
    alerts = MemoryAlerts()
    assert raise_alerts(alerts, MemoryOutgoing(), [matched("a", "s", "1", alert=False)]) == []
    assert alerts.kept == {}


def test_mail_is_for_the_searches_that_want_it():
    alerts, outgoing = MemoryAlerts(), MemoryOutgoing()
    raise_alerts(alerts, outgoing, [matched("a", "s", "1", mail=True), matched("a", "t", "1")])
    assert [(due.alert.saved_search_id, due.kind, due.address, due.languages) for due in outgoing.queued] == [
        ("s", "raised", "vte@customs.example", ("lo",))
    ]


def test_a_late_alert_goes_up_and_mails_only_if_wanted():
    alerts, outgoing = MemoryAlerts(), MemoryOutgoing()
    raised = raise_alerts(alerts, outgoing, [matched("a", "s", "1", mail=True), matched("b", "s", "1")])
    due = raised[0].alert.due_at
    assert due is not None
    assert escalate_overdue(alerts, outgoing, raised[0].alert.created_at) == 0
    assert escalate_overdue(alerts, outgoing, due) == 2
    assert {alert.escalated_to for alert in alerts.kept.values()} == {"LA-HQ"}
    assert [due.address for due in outgoing.queued] == ["vte@customs.example", "hq@customs.example"]
    assert escalate_overdue(alerts, outgoing, due) == 0
