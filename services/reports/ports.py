"""What the reports need of their store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from services.reports.domain.definitions import ReportQuery
from services.reports.domain.facts import Fact


@dataclass(frozen=True, slots=True)
class Readable:
    """Which facts a caller may count."""

    units: frozenset[str]
    classifications: tuple[str, ...]


class FactStore(Protocol):
    def fold(self, facts: Sequence[Fact], as_of: datetime) -> None:
        """Replace each case's facts (all of one version) unless the store has that version or a newer one."""

    def count(self, query: ReportQuery, readable: Readable) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Rows by dimension, and the totals; drafts and cancelled cases are not counted."""

    def as_of(self) -> datetime | None: ...

    def summaries(self, case_ids: Sequence[str]) -> dict[str, tuple[int, str, Decimal | None]]:
        """Of each known case: version, status, kilograms."""

    def size(self) -> int:
        """How many cases the facts hold, cancelled ones too."""

    def unit_names(self, codes: Iterable[str]) -> dict[str, dict[str, str]]: ...
