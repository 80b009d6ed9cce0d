"""`LA-VTE-2026-000123`: office (with its country), year of submission in the administration's zone, number without gaps."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache


@lru_cache(maxsize=64)  # the cases of one import share their moment
def number_year(submitted: datetime, zone: tzinfo) -> int:
    return submitted.astimezone(zone).year


def case_number(office: str, year: int, number: int) -> str:
    return f"{office}-{year}-{number:06d}"
