"""What the handlers need of the outside; `adapters/store.py` is the one real store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.cases.domain.record import Actor, Change, Record
from shared.contracts.envelope import Event
from shared.security.rules import Scope


@dataclass(frozen=True, slots=True)
class Trace:
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """`body` is the case's bytes, as stored and as sent; the events are None where nothing leaves but a line for the trail."""

    body: bytes
    facts: Event
    nominal: Event | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the store; `lead` is the account of its lead officer."""

    record: Record
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A change ready to be stored. `at` is the version's time."""

    change: Change
    told: Told
    actor: Actor
    at: datetime
    lead: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list asks for; `before` is the sequence that the page goes on from, newest first."""

    scope: Scope
    status: str | None
    mine: bool
    limit: int
    before: int | None


class CaseStore(Protocol):
    def next_sequence(self) -> int: ...

    def find(self, reference: str, *, lock: bool = False) -> Stored | None:
        """By id or case number. With `lock` nobody else writes it until the transaction ends."""

    def add(self, written: Written) -> None: ...

    def save(self, written: Written) -> None: ...

    def take_number(self, office: str, year: int) -> int:
        """The next number; its counter stays locked, so this comes last before `add` or `save`."""

    def unit_kinds(self, codes: Iterable[str]) -> Mapping[str, str]:
        """The kind of each known unit among the codes."""

    def accounts(self, usernames: Iterable[str]) -> Mapping[str, str]:
        """The account of each active user among the names."""

    def listed(self, listing: Listing) -> list[dict[str, Any]]: ...

    def versions(self, case_id: str) -> list[dict[str, Any]]: ...

    def version(self, case_id: str, version: int) -> dict[str, Any] | None: ...

    def submitted_after(self, sequence: int, limit: int) -> list[dict[str, Any]]:
        """Full cases from submitted on, in order of sequence."""

    def figures_after(self, sequence: int, limit: int) -> list[tuple[int, dict[str, Any]]]: ...

    def totals(self) -> dict[str, Any]: ...
