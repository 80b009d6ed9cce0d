"""Cases as callers see them."""

from __future__ import annotations

from typing import Any

# Long texts that a list has no use for.
_NOT_LISTED = ("sequence", "narrative", "original")


def shown_case(case: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name != "sequence"}


def listed_case(case: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in _NOT_LISTED}
