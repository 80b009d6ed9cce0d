"""What the handlers need of stores and of the mail server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notifications.domain.alert import Alert, Change

# What alerts once: saved search, case, fingerprint.
MatchKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    parent: str | None
    mail: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`before` is a sequence: the newest come first."""

    units: frozenset[str]
    state: str | None
    before: int | None
    limit: int


class Alerts(Protocol):
    """One transaction's view; whatever it is given to keep is told to others when that commits."""

    def known(self, keys: Iterable[MatchKey]) -> set[MatchKey]: ...
    def ended_cases(self, case_ids: Iterable[str]) -> dict[str, str]:
        """Those that are closed or cancelled, with the status."""

    def end_cases(self, statuses: Mapping[str, str]) -> None:
        """Holds back who raises alerts (and waits for who just does) until the commit: else each would miss what the other writes."""

    def next_sequences(self, count: int) -> int:
        """The first of as many; whoever has them holds back all others until the commit, so that order is the order of commit."""

    def open_of_cases(self, case_ids: Iterable[str]) -> list[Alert]:
        """Locked, in a fixed order."""

    def overdue(self, now: datetime, limit: int) -> list[Alert]:
        """New ones whose time is up, locked; those that somebody else just handles are passed over."""

    def get(self, alert_id: str, units: frozenset[str], *, lock: bool = False) -> Alert | None:
        """None also where the alert is of other units."""

    def page(self, page: Page) -> list[Alert]: ...
    def counts(self, units: frozenset[str]) -> dict[str, int]: ...
    def since(self, sequence: int, units: frozenset[str], limit: int) -> list[Alert]: ...
    def latest_sequence(self) -> int: ...
    def add(self, raised: Sequence[Change]) -> None: ...
    def change(self, changes: Sequence[Change]) -> None: ...
    def units(self, codes: Iterable[str]) -> dict[str, Unit]: ...
    def assignable(self, username: str) -> tuple[str, tuple[str, ...]] | None:
        """An active account's unit and roles."""


@dataclass(frozen=True, slots=True)
class MailDue:
    """A mail to be queued in the transaction that raises or escalates its alert."""

    alert: Alert
    kind: str
    address: str
    languages: tuple[str, ...]


class Outgoing(Protocol):
    def queue(self, mails: Sequence[MailDue]) -> None:
        """Once for an alert, kind and address, however often it is asked."""
