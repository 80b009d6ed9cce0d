"""One condition of a query as a leaf of the plan, with the key that is the same for every way of typing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from services.search.domain.analyse import analyse
from services.search.domain.codes import route_codes, term_codes
from services.search.domain.errors import QueryError
from services.search.domain.facts import compact
from services.search.domain.fields import FIELDS, Field
from services.search.domain.fuzzy import default_distance
from services.search.domain.lines import LARGEST, MICROGRAMS
from services.search.domain.normalise import fold
from services.search.domain.plan import Begins, Between, Has, Leaf, Plan
from services.search.domain.tree import DateRange, FieldTerm, Fuzzy, Phrase, Prefix, Range, Route, Words
from services.search.domain.units import Units
from services.search.domain.wording import FREE, any_of, free_plan, fuzzy_plan, prefix_plan, text_plan
from services.search.domain.writing import to_text
from shared.i18n import N_

Condition = Words | Phrase | Prefix | Fuzzy | FieldTerm | Range | DateRange | Route

_HS_LENGTHS = (2, 4, 6)


def compile_condition(node: Condition, units: Units) -> Leaf:
    """Raises QueryError for a value that the code lists or the tree of units do not know."""
    match node:
        case FieldTerm(name):
            return _term(node, FIELDS[name], units)
        case Range(name):
            return Leaf(to_text(node), name, Between(name, *kilogram_bounds(node)))
        case DateRange(name, first, last):
            return Leaf(to_text(node), name, Between(name, _day_number(first), _day_number(last)))
        case Route():
            points = ">".join(route_codes(node))
            return Leaf(f"route:{points}", "route", Has("route", points))
    return _wording(node)


def _day_number(day: date | None) -> int | None:
    return None if day is None else day.year * 10_000 + day.month * 100 + day.day


def _wording(node: Words | Phrase | Prefix | Fuzzy) -> Leaf:
    name = node.name
    field = FIELDS.get(name)
    index = field.index if field else FREE
    words = " ".join(analyse(node.text).words)
    match node:
        case Words(text):
            return Leaf(_key(name, words), name, text_plan(text, index) if name else free_plan(text))
        case Phrase(text, slop):
            return Leaf(_key(name, f'"{words}"' + (f"~{slop}" if slop else "")), name, text_plan(text, index, slop))
        case Fuzzy(text, distance):
            distance = distance or default_distance(fold(text))
            return Leaf(_key(name, f"{words}~{distance}"), name, fuzzy_plan(text, distance, index))
        case Prefix(text):
            if field and field.kind in ("identifier", "hs"):
                beginning = compact(text)
                return Leaf(_key(name, f"{beginning}*"), name, Begins(index, beginning))
            return Leaf(_key(name, f"{fold(text)}*"), name, prefix_plan(text, index))


def _key(name: str, value: str) -> str:
    return f"{name}:{value}" if name else value


def _term(node: FieldTerm, field: Field, units: Units) -> Leaf:
    if field.kind == "identifier":
        value = compact(node.text)
        return Leaf(_key(field.name, value), field.name, Has(field.index, value))
    if field.kind == "hs":
        value = hs_digits(node)
        return Leaf(_key(field.name, value), field.name, Has(field.index, value))
    codes = term_codes(node, units)
    within = units.subtree(codes[0]) if field.name == "unit" else codes
    return Leaf(_key(field.name, ",".join(codes)), field.name, code_plan(field.index, within))


def code_plan(index: str, codes: Sequence[str]) -> Plan:
    return any_of([Has(index, code) for code in codes])


def hs_digits(node: FieldTerm) -> str:
    digits = compact(node.text)
    if not (digits.isascii() and digits.isdigit() and len(digits) in _HS_LENGTHS):
        raise QueryError("bad_hs", N_("Write two, four or six digits of the HS code."), node.value_start)
    return digits


def kilogram_bounds(node: Range) -> tuple[int | None, int | None]:
    """The range in micrograms, both bounds included."""
    low = high = None
    if node.low is not None:
        low = _whole(node.low, ROUND_FLOOR) + 1 if node.above else _whole(node.low, ROUND_CEILING)
    if node.high is not None:
        high = _whole(node.high, ROUND_CEILING) - 1 if node.below else _whole(node.high, ROUND_FLOOR)
    return low, high


def _whole(kilograms: Decimal, rounding: str) -> int:
    return min(int((kilograms * MICROGRAMS).to_integral_value(rounding)), LARGEST - 1)
