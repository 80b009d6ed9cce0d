"""Search, completion and the help on fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.search.domain.fields import FIELDS, describe
from services.search.domain.units import Units
from services.search.handlers.answering import answer
from services.search.handlers.asking import read_request
from services.search.handlers.helping import help_for_nothing
from services.search.ports import Readable, SearchEngine


def search(engine: SearchEngine, units: Units, readable: Readable, payload: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The API's answer without `took_ms`. Raises Unprocessable, Gone, Unavailable."""
    asked = read_request(payload, units, readable)
    page = engine.search(asked.request)
    found = answer(asked, page, units, language)
    return found if page.total else found | help_for_nothing(engine, units, readable, asked)


def fields() -> dict[str, Any]:
    return {"items": [describe(field) for field in FIELDS.values()]}
