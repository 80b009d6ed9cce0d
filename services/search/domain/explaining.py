"""How a query was read: the chips of "Read as".

Labels and values are gettext ids with parameters; the names of codes in them are in the language asked for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.search.domain.codes import route_codes, term_codes
from services.search.domain.fields import FIELDS
from services.search.domain.tree import And, DateRange, Everything, FieldTerm, Fuzzy, Node, Not, Or, Phrase, Prefix, Range, Route, Words
from services.search.domain.units import Units
from services.search.domain.writing import number_text
from shared.i18n import N_
from shared.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition: `text` stood at `start..end` of the query; `value % params` says what it means."""

    text: str
    label: str
    value: str
    start: int
    end: int
    params: dict[str, Any] = field(default_factory=dict)


def explain(text: str, tree: Node, units: Units, language: str) -> list[Chip]:
    """A chip for each part of the query that stands beside the others. Raises QueryError for an unknown code."""
    parts = tree.parts if isinstance(tree, And) else () if isinstance(tree, Everything) else (tree,)
    chips = []
    for part in parts:
        label, value, params = _meaning(text, part, units, language)
        chips.append(Chip(text[part.start : part.end], label, value, part.start, part.end, params))
    return chips


Value = tuple[str, dict[str, Any]]


def _meaning(text: str, node: Node, units: Units, language: str) -> tuple[str, str, dict[str, Any]]:
    match node:
        case Not(part):
            label, value, params = _meaning(text, part, units, language)
            return N_("without"), value, {**params, "label": label}
        case Or() | And():
            label = N_("any of these") if isinstance(node, Or) else N_("all of these")
            return label, *_typed(text[node.start : node.end])
        case Words() | Phrase() | Prefix() | Fuzzy():
            return _wording_label(node), *_typed(node.text)
        case Everything():
            return N_("everything"), *_typed("")
    return FIELDS[node.name].label, *_coded(node, units, language)


def _coded(node: FieldTerm | Range | DateRange | Route, units: Units, language: str) -> Value:
    match node:
        case FieldTerm():
            return _typed(", ".join(_names(node, units, language)))
        case Range():
            return _weight(node)
        case DateRange():
            return _period(node)
        case Route():
            return _route(node, language)


def _typed(text: str) -> Value:
    return "%(value)s", {"value": text}


def _wording_label(node: Words | Phrase | Prefix | Fuzzy) -> str:
    if node.name:
        return FIELDS[node.name].label
    match node:
        case Phrase():
            return N_("these words together")
        case Prefix():
            return N_("words that begin with")
        case Fuzzy():
            return N_("words like")
    return N_("word")


def _names(node: FieldTerm, units: Units, language: str) -> Sequence[str]:
    field = FIELDS[node.name]
    if field.kind == "unit":
        return [units.label(code, language) for code in term_codes(node, units)]
    if field.kind == "code":
        return [vocabulary(field.vocabulary).label(code, language) for code in term_codes(node, units)]
    return [node.text]


def _weight(node: Range) -> Value:
    low, high = number_text(node.low), number_text(node.high)
    params = {"low": low, "high": high}
    if low == high:
        return N_("exactly %(low)s kg"), params
    if high is None:
        return (N_("over %(low)s kg") if node.above else N_("at least %(low)s kg")), params
    if low is None:
        return (N_("under %(high)s kg") if node.below else N_("at most %(high)s kg")), params
    return N_("from %(low)s to %(high)s kg"), params


def _period(node: DateRange) -> Value:
    first, last = node.first, node.last
    if first is None or last is None:
        given = {"day": (first or last or date.min).isoformat()}
        return (N_("from %(day)s") if first else N_("until %(day)s")), given
    if first == last:
        return N_("on %(day)s"), {"day": first.isoformat()}
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return N_("in %(period)s"), {"period": f"{first.year}"}
    if first.day == 1 and last == first.replace(day=monthrange(first.year, first.month)[1]):
        return N_("in %(period)s"), {"period": first.isoformat()[:7]}
    return N_("from %(first)s to %(last)s"), {"first": first.isoformat(), "last": last.isoformat()}


def _route(node: Route, language: str) -> Value:
    names = [vocabulary("countries").label(code, language) if code else "" for code in route_codes(node)]
    if len(names) == 1:
        return N_("by way of %(country)s"), {"country": names[0]}
    params = {"departure": names[0], "destination": names[-1], "transit": names[1]}
    if len(names) > 2:
        return N_("%(departure)s to %(destination)s through %(transit)s"), params
    if not names[0]:
        return N_("to %(destination)s"), params
    if not names[1]:
        return N_("from %(departure)s"), params
    return N_("%(departure)s to %(destination)s"), params
