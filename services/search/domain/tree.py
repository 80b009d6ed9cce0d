"""The syntax tree of a query. Nodes are values: equal when they mean the same, wherever they stood in the text.

`start` and `end` are places in the query text, for the chips of "Read as" and for pointing at a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Everything(Placed):
    """The empty query."""


@dataclass(frozen=True, slots=True)
class And(Placed):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Placed):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Placed):
    part: Node


@dataclass(frozen=True, slots=True)
class Words(Placed):
    """What stood between blanks, without quotes; free words (no field) also match by stem and sound."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Phrase(Placed):
    """Quoted: these words, in this order, `slop` moves apart at most; never by stem."""

    text: str
    slop: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Prefix(Placed):
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fuzzy(Placed):
    """`distance` None is by length: `fuzzy.default_distance`."""

    text: str
    distance: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class FieldTerm(Placed):
    """A coded field and what was typed for it: a code, a label in any language, or a quoted label, from `value_start` on."""

    name: str
    text: str
    value_start: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Range(Placed):
    """A number in `low..high`; None is open; `above` and `below` exclude the bound itself."""

    name: str
    low: Decimal | None
    high: Decimal | None
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class DateRange(Placed):
    """Days, both included; None is open."""

    name: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Route(Placed):
    """`points` as typed: one (anywhere on the route), two (departure, destination; one may be '' for any) or three (with one between)."""

    points: tuple[str, ...]
    name: str = "route"
    value_start: int = field(default=0, compare=False, kw_only=True)


Node = Everything | And | Or | Not | Words | Phrase | Prefix | Fuzzy | FieldTerm | Range | DateRange | Route
