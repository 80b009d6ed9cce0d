"""A case without anything nominal: an allow-list of codes, numbers and dates, never a copy with parts removed."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

_CASE = (
    "id",
    "case_no",
    "sequence",
    "version",
    "status",
    "origin",
    "classification",
    "handling",
    "minimal_data",
    "office",
    "unit",
    "offence_types",
    "procedure",
    "detection_method",
    "occurred_on",
    "occurred_precision",
    "kilograms",
    "created_at",
    "submitted_at",
    "validated_at",
)
_VALUES = itemgetter(*_CASE)
_LINE = frozenset(
    {
        "commodity",
        "subtype",
        "hs_code",
        "quantity",
        "unit",
        "quantity_kg",
        "value",
        "currency",
        "duty_evaded",
        "origin_country",
    }
)


def facts_of(case: dict[str, Any]) -> dict[str, Any]:
    """`shared.contracts.cases.CaseFacts` of a full case."""
    facts: dict[str, Any] = dict(zip(_CASE, _VALUES(case), strict=True))
    place, source = case["place"], case["import"]
    facts["country"] = place.get("country") if place else None
    facts["goods"] = [{name: value for name, value in line.items() if name in _LINE} for line in case["goods"]]
    facts["route"] = [{name: leg[name] for name in ("role", "country") if name in leg} for leg in case["route"]]
    facts["modes"] = _distinct(case["conveyances"], "mode")
    facts["conveyance_types"] = _distinct(case["conveyances"], "type")
    facts["concealment"] = _distinct(case["concealment"], "code")
    facts["import_job"] = source["job"] if source else None
    return facts


def _distinct(items: list[dict[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys([item[name] for item in items if name in item])) if items else []
