"""The predefined reports: each is one dimension; `group` adds a second one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.errors import FieldError, NotFound, Unprocessable
from shared.i18n import N_

# Dimension -> the vocabulary that labels its values (None: the value labels itself, "units": the copy of units).
DIMENSIONS: dict[str, str | None] = {
    "month": None,
    "year": None,
    "commodity": "commodities",
    "country": "countries",
    "office": "units",
    "unit": "units",
    "origin": "origins",
    "status": "statuses",
    "method": "detection_methods",
    "departure": "countries",
    "destination": "countries",
}

MEASURES = ("cases", "validated", "unvalidated", "kilograms")


@dataclass(frozen=True, slots=True)
class Definition:
    key: str
    title: str
    dimensions: tuple[str, ...]


DEFINITIONS = {
    definition.key: definition
    for definition in (
        Definition("seizures-by-month", N_("Seizures by month"), ("month",)),
        Definition("seizures-by-commodity", N_("Seizures by commodity"), ("commodity",)),
        Definition("seizures-by-country", N_("Seizures by country"), ("country",)),
        Definition("seizures-by-office", N_("Seizures by office"), ("office",)),
        Definition("seizures-by-origin", N_("Seizures by origin of the record"), ("origin",)),
        Definition("seizures-by-flow", N_("Seizures by departure and destination"), ("departure", "destination")),
    )
}

FORMATS = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """`start` and `end` are local days, both included; `filters` hold one value per dimension."""

    definition: Definition
    dimensions: tuple[str, ...]
    start: date | None
    end: date | None
    filters: Mapping[str, str]


def report_query(key: str, start: str | None, end: str | None, group: str | None, filters: Mapping[str, str]) -> ReportQuery:
    """Read a caller's words. Raises NotFound for an unknown report, Unprocessable with every problem at once."""
    definition = DEFINITIONS.get(key)
    if definition is None:
        raise NotFound(N_("There is no report of this name. Choose one from the list of reports."))
    errors: list[FieldError] = []
    first, last = _day("from", start, errors), _day("to", end, errors)
    if first and last and first > last:
        errors.append(FieldError("to", "before_from", N_("The last day lies before the first. Exchange them.")))
    if group and group not in DIMENSIONS:
        errors.append(_unknown("group", group))
    errors.extend(_unknown(name, name) for name in filters if name not in DIMENSIONS)
    if errors:
        raise Unprocessable(N_("The report can't be run as asked."), errors=errors)
    dimensions = definition.dimensions
    if group and group not in dimensions:
        dimensions = (*dimensions, group)
    return ReportQuery(definition, dimensions, first, last, filters)


def _day(field: str, text: str | None, errors: list[FieldError]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(FieldError(field, "date", N_("Write the day as year-month-day, such as 2026-03-02.")))
        return None


def _unknown(field: str, value: str) -> FieldError:
    message = N_("%(value)s can't be used here. Choose one of: %(choices)s.")
    return FieldError(field, "unknown_code", message, {"value": value, "choices": ", ".join(DIMENSIONS)})
