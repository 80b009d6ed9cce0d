"""Facts: what a case contributes to every report. One row per case and commodity; `counts_case` marks one row of each case.

So cases are counted as rows that count a case, kilograms are a plain sum, and a commodity's cases are its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from shared.contracts.cases import VALIDATED_STATUSES


@dataclass(frozen=True, slots=True)
class Fact:
    """`commodity` is empty for a case without goods; `kilograms` is None where no conversion is known."""

    case_id: str
    version: int
    counts_case: bool
    status: str
    validated: bool
    classification: str
    occurred_on: date | None
    country: str
    office: str
    unit: str
    origin: str
    method: str
    departure: str
    destination: str
    commodity: str
    kilograms: Decimal | None


COLUMNS = tuple(field.name for field in fields(Fact))


def facts_of(case: dict[str, Any]) -> Iterator[Fact]:
    """The facts of one case, as its `CaseFacts` (or the whole case) tells it."""
    route = case.get("route") or []
    occurred_on = case.get("occurred_on")
    weights = _weights(case.get("goods") or [])
    for number, (commodity, kilograms) in enumerate(weights.items()):
        yield Fact(
            case_id=case["id"],
            version=case["version"],
            counts_case=number == 0,
            status=case["status"],
            validated=case["status"] in VALIDATED_STATUSES,
            classification=case.get("classification") or "restricted",
            occurred_on=date.fromisoformat(occurred_on) if occurred_on else None,
            country=_country(case),
            office=case.get("office") or "",
            unit=case.get("unit") or "",
            origin=case.get("origin") or "recorded",
            method=case.get("detection_method") or "",
            departure=_leg(route, "departure"),
            destination=_leg(route, "destination"),
            commodity=commodity,
            kilograms=kilograms,
        )


def _country(case: dict[str, Any]) -> str:
    """Facts name the country of the place at the top, the whole case inside its place."""
    return case.get("country") or (case.get("place") or {}).get("country") or ""


def _weights(goods: Iterable[dict[str, Any]]) -> dict[str, Decimal | None]:
    weights: dict[str, Decimal | None] = {}
    for line in goods:
        commodity = line.get("commodity") or ""
        known = line.get("quantity_kg")
        so_far = weights.get(commodity)
        weights[commodity] = so_far if known is None else (so_far or Decimal(0)) + Decimal(known)
    return weights or {"": None}


def _leg(route: Iterable[dict[str, Any]], role: str) -> str:
    return next((leg.get("country") or "" for leg in route if leg.get("role") == role), "")
