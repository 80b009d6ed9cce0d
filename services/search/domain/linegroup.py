"""Conditions that hold together for one goods line, as one leaf (`lines.py` says how the index answers it)."""

from __future__ import annotations

from collections.abc import Sequence

from services.search.domain.analyse import analyse
from services.search.domain.codes import term_codes
from services.search.domain.conditions import Condition, compile_condition, hs_digits, kilogram_bounds
from services.search.domain.facts import MANY_LINES, ONE_LINE
from services.search.domain.lines import line_bounds
from services.search.domain.plan import AllOf, Has, Leaf, Plan, TermBetween
from services.search.domain.tree import FieldTerm, Phrase, Range, Words
from services.search.domain.units import Units
from services.search.domain.wording import any_of


def line_leaf(parts: Sequence[Condition], units: Units) -> Leaf:
    leaves = [compile_condition(part, units) for part in parts]
    one_line = AllOf((Has("lines", ONE_LINE), *(leaf.part for leaf in leaves)))
    # The case's own drug, code and brand are asked too: they narrow the search before the terms of the lines are read.
    narrowing = (leaf.part for leaf in leaves if leaf.field != "kg")
    many_lines = AllOf((Has("lines", MANY_LINES), *narrowing, _one_of_many(parts, units)))
    return Leaf(" ".join(sorted(leaf.key for leaf in leaves)), "drug", any_of([one_line, many_lines]))


def _one_of_many(parts: Sequence[Condition], units: Units) -> Plan:
    drugs: tuple[str, ...] = ("",)
    brand: tuple[str, ...] = ()
    code, low, high = "", None, None
    for part in parts:
        match part:
            case FieldTerm("drug"):
                drugs = term_codes(part, units)
            case FieldTerm("hs"):
                code = hs_digits(part)
            case Words(text) | Phrase(text):
                brand = analyse(text).words
            case Range():
                low, high = _narrower((low, high), kilogram_bounds(part))
    return any_of([TermBetween("line", *line_bounds(drug, code, brand, low, high)) for drug in drugs])


def _narrower(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    lows = [bounds[0] for bounds in (one, other) if bounds[0] is not None]
    highs = [bounds[1] for bounds in (one, other) if bounds[1] is not None]
    return max(lows, default=None), min(highs, default=None)
