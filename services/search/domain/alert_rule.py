"""When a match is worth an alert (search.md, "Matching").

Each event is decided by itself: what it decides is a set of `(saved search, case, fingerprint)`, and the store lets each of these alert
once. So duplicates and any order of the events give the same alerts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

SUBMITTED = "case.submitted.v1"
IMPORTED = "case.imported.v1"
_ARRIVALS = frozenset({SUBMITTED, IMPORTED})
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the rule needs of one event, times as on the wire. `readable_before`: the unit could read the case as it was before."""

    type: str
    time: str
    changed: tuple[str, ...]
    readable_before: bool
    submitted_at: str | None

    @property
    def told_at(self) -> datetime:
        """When the case became news: as it was submitted, also where it reaches this unit only later."""
        return datetime.fromisoformat(self.time if self.type in _ARRIVALS or not self.submitted_at else self.submitted_at)


def is_news(occasion: Occasion) -> bool:
    """Whether the case is new to the unit: submitted, imported, shared nationally, moved there or declassified.

    News alert when they are younger than the saved search; of all else only a changed field that is among the reasons does.
    """
    moved = not {"status", "unit", "classification"}.isdisjoint(occasion.changed)
    return occasion.type in _ARRIVALS or (moved and not occasion.readable_before)


def touches(changed: Iterable[str], reason_paths: Collection[str]) -> bool:
    """Whether a changed field is a reason's field, holds it or lies in it: `goods` touches `goods[0].subtype`, and the other way round."""
    reasons = [_INDEX.sub("", path) for path in reason_paths]
    return any(_overlap(_INDEX.sub("", path), reason) for path in changed for reason in reasons)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
