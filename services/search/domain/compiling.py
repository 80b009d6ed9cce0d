"""Syntax tree to plan: operators, and the conditions that must hold for one goods line.

Within one `AND` the conditions on goods lines (`FIELDS[...].line`) stand together: each drug, HS code and brand is joined with the
weights and with the others, and must hold with them for one line. `kg` alone is the case's total. An `OR` of such conditions is spread
over the rest first: `(drug:heroin OR drug:opium) kg:>10`. Parentheses around an `AND` keep its conditions apart from those outside,
and a prefix or a fuzzy word asks the whole case.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from services.search.domain.conditions import Condition, compile_condition
from services.search.domain.errors import QueryError
from services.search.domain.fields import FIELDS
from services.search.domain.linegroup import line_leaf
from services.search.domain.plan import Everything, Plan, Without
from services.search.domain.query import MAX_CLAUSES
from services.search.domain.tree import And, FieldTerm, Node, Not, Or, Phrase, Range, Words
from services.search.domain.tree import Everything as EverythingNode
from services.search.domain.units import Units
from services.search.domain.wording import all_of, any_of
from shared.i18n import N_

_JOINED = ("drug", "hs", "brand")
_WEIGHT = "kg"


def compile_query(node: Node, units: Units) -> Plan:
    """The plan of a tree. Raises QueryError for a value that the code lists or the tree of units do not know."""
    match node:
        case EverythingNode():
            return Everything()
        case And(parts):
            return any_of([_all_of(spread, units) for spread in _spread(parts)])
        case Or(parts):
            return any_of([compile_query(part, units) for part in parts])
        case Not(part):
            return Without(compile_query(part, units))
    return compile_condition(node, units)


def _spread(parts: Sequence[Node]) -> list[tuple[Node, ...]]:
    """The parts of an AND with every OR of line conditions spread over the others, where there is something to stand together with."""
    if len({field for part in parts for field in _line_fields(part)}) < 2:
        return [tuple(parts)]
    choices = [part.parts if isinstance(part, Or) and _line_fields(part) else (part,) for part in parts]
    spread = [tuple(choice) for choice in product(*choices)] if _size(choices) <= MAX_CLAUSES else []
    if not spread:
        message = N_("Write fewer alternatives of goods beside each other: at most %(limit)s combinations.")
        raise QueryError("too_many", message, parts[0].start, limit=MAX_CLAUSES)
    return spread


def _size(choices: Sequence[Sequence[Node]]) -> int:
    size = 1
    for choice in choices:
        size *= len(choice)
    return size


def _line_fields(node: Node) -> frozenset[str]:
    """The fields of goods lines that a condition, or every part of an OR, is about."""
    if isinstance(node, Or):
        fields = [_line_fields(part) for part in node.parts]
        return frozenset().union(*fields) if all(fields) else frozenset()
    if isinstance(node, FieldTerm | Range | Words | Phrase) and node.name and FIELDS[node.name].line:
        return frozenset({node.name})
    return frozenset()


def _all_of(parts: Sequence[Node], units: Units) -> Plan:
    groups: dict[str, list[Condition]] = {}
    others: list[Node] = []
    for part in parts:
        if isinstance(part, FieldTerm | Range | Words | Phrase) and _line_fields(part):
            groups.setdefault(part.name, []).append(part)
        else:
            others.append(part)
    plans = [compile_query(part, units) for part in others]
    joined = [groups[name] for name in _JOINED if name in groups]
    weights = groups.get(_WEIGHT, [])
    if len(groups) > 1:
        plans += [line_leaf([*choice, *weights], units) for choice in product(*joined)]
    else:
        plans += [compile_condition(part, units) for group in groups.values() for part in group]
    return all_of(plans)
