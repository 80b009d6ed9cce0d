"""Conditions that must hold for one goods line (`drug:heroin kg:>10`), as terms of the index `lines` and `line`.

A case with at most one line needs none of this: its own fields say it (`lines` is `one`). A case with several (`many`) holds in `line`, for
each line and each choice of its drug, HS code and brand (or none of them), the term `drug|hs|brand|weight`; a weight is 19 digits of
micrograms, so that a range of weights is a range of terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any

from services.search.domain.analyse import analyse
from services.search.domain.labels import with_broader

MICROGRAMS = Decimal(10**9)
LARGEST = 2**63 - 1
_UNKNOWN_WEIGHT = "-"
_AFTER_ALL_DIGITS = "~"
_LONGEST_BRAND = 4


@lru_cache(maxsize=16_384)
def micrograms(kilograms: str) -> int:
    """A decimal string of kilograms as the whole number that the index holds; what is heavier than it can hold counts as the heaviest."""
    return min(int(Decimal(kilograms) * MICROGRAMS), LARGEST)


@lru_cache(maxsize=4096)
def hs_prefixes(code: str) -> tuple[str, ...]:
    """Chapter, heading and subheading of an HS code, written with or without dots."""
    digits = "".join(character for character in code if character.isdigit())
    return tuple(digits[:length] for length in (2, 4, 6) if len(digits) >= length)


def line_terms(goods: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The terms of all lines of a case with several."""
    return tuple(dict.fromkeys(term for line in goods for term in _terms(line)))


def _terms(line: Mapping[str, Any]) -> Iterator[str]:
    drugs = ("", *with_broader("subtypes", line["subtype"])) if line.get("subtype") else ("",)
    codes = ("", *hs_prefixes(line["hs_code"])) if line.get("hs_code") else ("",)
    brands = ("", *_runs(analyse(line["brand"]).words)) if line.get("brand") else ("",)
    weight = _weight(micrograms(line["quantity_kg"])) if line.get("quantity_kg") else _UNKNOWN_WEIGHT
    for drug, code, brand in product(drugs, codes, brands):
        yield f"{_key(drug, code, brand)}{weight}"


def _runs(words: Sequence[str]) -> Iterable[str]:
    """Every run of words of a brand, so that a phrase of it is one term."""
    return dict.fromkeys(
        " ".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, min(first + _LONGEST_BRAND, len(words)) + 1)
    )


def _key(drug: str, code: str, brand: str) -> str:
    return f"{drug}|{code}|{brand}|"


def _weight(value: int) -> str:
    return f"{max(value, 0):019d}"


def line_bounds(drug: str, code: str, brand: Sequence[str], low: int | None, high: int | None) -> tuple[str, str]:
    """First and last term of the lines that hold all given conditions ('' and () leave one out); without bounds any weight does."""
    key = _key(drug, code, " ".join(brand[:_LONGEST_BRAND]))
    if low is None and high is None:
        return key, key + _AFTER_ALL_DIGITS
    return key + _weight(low or 0), key + (_AFTER_ALL_DIGITS if high is None else _weight(high))
