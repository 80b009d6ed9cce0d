"""A small mapping of our own, so that the tests hold for any file and not for one."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.cases.imports.columns import Surroundings

AROUND = Surroundings(date(2026, 11, 24), frozenset({"LA-VTE"}))
HEADER = ["Day", "Drug", "Amount", "Unit", "Country", "Place", "From", "To", "Hidden", "Mode", "Remark"]
MINIMAL: dict[str, Any] = {
    "name": "sample",
    "dates": ["%d/%m/%Y"],
    "columns": [
        {"column": "Day", "field": "occurred_at"},
        {"column": "Drug", "field": "goods.subtype", "otherwise": "other_drugs"},
        {"column": "Amount", "field": "goods.quantity"},
        {"column": "Unit", "field": "goods.unit"},
    ],
}
FULL: dict[str, Any] = MINIMAL | {
    "columns": [
        *MINIMAL["columns"],
        {"column": "Country", "field": "place.country"},
        {"column": "Place", "field": "place.name"},
        {"column": "From", "field": "route.departure", "missing": ["unknown"]},
        {"column": "To", "field": "route.destination", "missing": ["unknown"]},
        {"column": "Hidden", "field": "concealment.code", "otherwise": "other", "values": {"swallowed": "in_body"}},
        {"column": "Mode", "field": "conveyances.mode", "values": {"by air": "4"}},
    ],
}
