"""How far a record has come: the older, the further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

# Status to weight, for records up to so many days old.
_AGES: tuple[tuple[int, dict[str, int]], ...] = (
    (4, {"submitted": 70, "validated": 20, "returned": 10}),
    (30, {"submitted": 15, "returned": 6, "validated": 50, "published": 25, "cancelled": 4}),
    (180, {"submitted": 1, "validated": 25, "published": 45, "legal": 14, "disposal": 4, "closed": 8, "cancelled": 3}),
    (10_000, {"validated": 10, "published": 30, "legal": 8, "disposal": 6, "closed": 43, "cancelled": 3}),
)
_BEFORE_VALIDATION = ("submitted", "returned")


@dataclass(frozen=True, slots=True)
class Life:
    status: str
    created_at: datetime
    submitted_at: datetime
    validated_at: datetime | None


def life_of(random: Random, occurred: datetime, now: datetime) -> Life:
    """Written within hours, submitted within a day, validated within days; nothing lies in the future."""
    age = (now - occurred).days
    weights = next(table for days, table in _AGES if age <= days)
    status = random.choices(list(weights), list(weights.values()))[0]
    created = min(occurred + timedelta(minutes=random.randrange(30, 300)), now)
    submitted = min(created + timedelta(minutes=random.randrange(10, 900)), now)
    validated = min(submitted + timedelta(hours=random.randrange(2, 72)), now)
    return Life(status, created, submitted, None if status in _BEFORE_VALIDATION else validated)
