"""Dates with a precision: a year, a month, a day, or a time with zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache

from pydantic_core import PydanticCustomError

from shared.contracts.cases import Precision

FIRST_YEAR = 1900
# A year above this in a record of today is one of the Buddhist era (lao_style.md).
BUDDHIST_FROM = 2400
BUDDHIST_OFFSET = 543

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`on` is the local day, or the first of the month or year; `moment` is known with precision minute only."""

    on: date
    precision: Precision
    moment: datetime | None = None

    def lies_after(self, now: datetime, zone: tzinfo) -> bool:
        if self.moment is not None:
            return self.moment > now
        return self.on > now.astimezone(zone).date()


@lru_cache(maxsize=4096)
def parse_partial(text: str) -> Occurrence | None:
    """A day, month or year; None for any other form. Raises PydanticCustomError for a day that does not exist."""
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        on = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise PydanticCustomError("no_such_day", "no_such_day") from None
    return Occurrence(_in_range(on), "day" if day else "month" if month else "year")


def parse_occurrence(text: str, zone: tzinfo) -> Occurrence:
    """Raises PydanticCustomError with the problem's code."""
    partial = parse_partial(text)
    if partial is not None:
        return partial
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise PydanticCustomError("malformed_date", "malformed_date")
    if match[1] is None:
        raise PydanticCustomError("zone_missing", "zone_missing")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise PydanticCustomError("no_such_day", "no_such_day") from None
    _in_range(moment.date())
    return Occurrence(moment.astimezone(zone).date(), "minute", moment)


def _in_range(on: date) -> date:
    if not FIRST_YEAR <= on.year < 9999:
        raise PydanticCustomError("out_of_range", "out_of_range", {"least": FIRST_YEAR, "most": 9998})
    return on
