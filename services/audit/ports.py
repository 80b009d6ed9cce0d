"""What the trail needs of its store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.audit.domain.chain import Entry, Head, Link


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """None asks for all; `before` is the number of the last entry of the page before."""

    actor: str | None = None
    subject: str | None = None
    action: str | None = None
    since: datetime | None = None
    before: int | None = None


class Trail(Protocol):
    def append(self, entries: Sequence[Entry]) -> None:
        """Chain the entries after the locked head: concurrent appenders wait for each other."""

    def head(self) -> Head: ...

    def link(self, seq: int) -> Head | None:
        """The stored link of one number; the start of the chain for 0; None where the trail has none."""

    def after(self, seq: int, limit: int) -> Iterable[Link]:
        """In the order of the chain."""

    def newest(self, wanted: EntryFilter, limit: int) -> list[Link]: ...

    def usernames(self, accounts: set[str]) -> dict[str, str]: ...

    def account(self, username: str) -> str | None: ...
