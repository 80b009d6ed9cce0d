"""Exact decimal arithmetic on amounts, which are strings everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Context, Decimal

from shared.vocabulary import kilogram_factor

AMOUNT = re.compile(r"\d{1,15}(\.\d{1,30})?")
NEGATIVE = re.compile(r"-\s*\d+(\.\d+)?")
# Room for 15 digits and 30 decimals times a factor of 12 decimals: nothing is ever rounded.
_EXACT = Context(prec=80)


def plain(number: Decimal) -> str:
    """Without an exponent."""
    return format(number, "f")


def kilograms_of(quantity: str | None, unit: str | None) -> str | None:
    """Only where a conversion is known, else None: never guessed."""
    factor = kilogram_factor(unit) if quantity and unit else None
    if factor is None or quantity is None:
        return None
    return quantity if factor == 1 else plain(_EXACT.multiply(Decimal(quantity), factor))


def total(amounts: Iterable[str | None]) -> str | None:
    """The sum of those that are known; None when none is."""
    known = [amount for amount in amounts if amount is not None]
    if len(known) < 2:
        return known[0] if known else None
    result = Decimal(known[0])
    for amount in known[1:]:
        result = _EXACT.add(result, Decimal(amount))
    return plain(result)
