"""Holds one plan against one document: yes exactly when an engine returns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.search.domain.document import KEYWORD_INDEXES, Document
from services.search.domain.fuzzy import within
from services.search.domain.plan import (
    Alike,
    AllOf,
    AnyOf,
    Begins,
    Between,
    Everything,
    Has,
    Leaf,
    Near,
    Plan,
    TermBetween,
    Without,
)

_KEYWORDS = frozenset(KEYWORD_INDEXES)


class Prepared:
    """A document made ready to be asked many times; each index is unfolded when it is first asked for."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._terms: dict[str, frozenset[str]] = {}
        self._places: dict[str, Mapping[str, Sequence[int]]] = {}

    def terms(self, index: str) -> frozenset[str]:
        found = self._terms.get(index)
        if found is None:
            if index in _KEYWORDS:
                found = frozenset(self.document.keywords.get(index, ()))
            else:
                found = frozenset().union(*self.document.texts.get(index, ()))
            self._terms[index] = found
        return found

    def places(self, index: str) -> Mapping[str, Sequence[int]]:
        """Positions of each term of a text index, ascending."""
        found = self._places.get(index)
        if found is None:
            places: dict[str, list[int]] = {}
            for position, term in self.document.positions(index):
                places.setdefault(term, []).append(position)
            self._places[index] = found = places
        return found


def holds(plan: Plan, document: Document | Prepared) -> bool:
    return _holds(plan, document if isinstance(document, Prepared) else Prepared(document))


def _holds(plan: Plan, asked: Prepared) -> bool:  # noqa: PLR0911  one return for each primitive reads best
    match plan:
        case Has(index, term):
            return term in asked.terms(index)
        case Leaf(_, _, part):
            return _holds(part, asked)
        case AllOf(parts):
            return all(_holds(part, asked) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, asked) for part in parts)
        case Near(index, terms, slop):
            return asked.terms(index).issuperset(terms) and _near([asked.places(index)[term] for term in terms], slop)
        case Between(index, low, high):
            value = asked.document.numbers.get(index)
            return value is not None and (low is None or low <= value) and (high is None or value <= high)
        case Without(part):
            return not _holds(part, asked)
        case _:
            return _holds_rarely(plan, asked)


def _holds_rarely(plan: Plan, asked: Prepared) -> bool:
    match plan:
        case Begins(index) | Alike(index):
            return any(accepts(plan, term) for term in asked.terms(index))
        case TermBetween(index, low, high):
            return any(low <= term <= high for term in asked.terms(index))
    return isinstance(plan, Everything)


def _near(places: Sequence[Sequence[int]], slop: int) -> bool:
    if slop:
        first, second = places
        return any(abs(right - left - 1) <= slop for left in first for right in second)
    starts = set(places[0])
    for offset, positions in enumerate(places[1:], start=1):
        starts.intersection_update(position - offset for position in positions)
    return bool(starts)


def accepts(plan: Has | Begins | Alike, term: str) -> bool:
    """Whether one term of the index satisfies the primitive."""
    match plan:
        case Begins(_, prefix):
            return term.startswith(prefix)
        case Alike(_, wanted, distance):
            return within(wanted, term, distance)
    return term == plan.term
