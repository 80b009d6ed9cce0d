"""What a query means, in primitives that every engine and the matcher evaluate alike.

A plan is made of conditions on the index fields of `document.py` only: terms, positions and whole numbers, exactly as the document
holds them. No primitive asks an engine to analyse text, so the matcher says yes exactly when an engine returns the document.
`boost` weighs a part in relevance and never changes what is found.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Has:
    """Field `index` holds `term`."""

    index: str
    term: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Near:
    """Field `index` holds two or more `terms` in a row, one position apart.

    With `slop` there are exactly two terms, at positions p and q with `|q - p - 1| <= slop`.
    """

    index: str
    terms: tuple[str, ...]
    slop: int = 0
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Begins:
    """Field `index` holds a term that begins with `prefix`."""

    index: str
    prefix: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Alike:
    """A term of field `index` is at most `distance` edits from `term` (insert, delete, replace, swap of neighbours)."""

    index: str
    term: str
    distance: int
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Between:
    """Number field `index` has a value in `low..high`, both included; None is open. A case without the value never holds."""

    index: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class TermBetween:
    """Field `index` holds a term in `low..high` by code point order, both included."""

    index: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Without:
    part: Plan


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition as the officer typed it. `key` is its canonical text (the fingerprint's unit); `field` its name, '' for free words."""

    key: str
    field: str
    part: Plan


Plan = Has | Near | Begins | Alike | Between | TermBetween | AllOf | AnyOf | Without | Everything | Nothing | Leaf
