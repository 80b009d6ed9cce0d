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
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the rule needs of one event. `readable_before` is whether the search's unit could read the case as it was before."""

    type: str
    time: datetime
    changed: tuple[str, ...]
    readable_before: bool
    submitted_at: datetime | None


def is_due(occasion: Occasion, *, searched_since: datetime, reason_paths: Collection[str]) -> bool:
    """`searched_since` is when the saved search was made; `reason_paths` are the fields of the case that made it match."""
    if occasion.type in (SUBMITTED, IMPORTED):
        return occasion.time >= searched_since
    if _newly_readable(occasion):
        return occasion.submitted_at is None or occasion.submitted_at >= searched_since
    return touches(occasion.changed, reason_paths)


def _newly_readable(occasion: Occasion) -> bool:
    """Shared nationally, moved to the unit, or declassified: new to the unit, though not to the store."""
    moved = not {"status", "unit", "classification"}.isdisjoint(occasion.changed)
    return moved and not occasion.readable_before


def touches(changed: Iterable[str], reason_paths: Collection[str]) -> bool:
    """Whether a changed field is a reason's field, holds it or lies in it: `goods` touches `goods[0].subtype`, and the other way round."""
    reasons = [_INDEX.sub("", path) for path in reason_paths]
    return any(_overlap(_INDEX.sub("", path), reason) for path in changed for reason in reasons)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
