"""Holds plans against one document: yes exactly when an engine returns it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeVar

from services.search.domain.document import KEYWORD_INDEXES, Document
from services.search.domain.fuzzy import differ, letters, within
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

_Value = TypeVar("_Value")
_KEYWORDS = frozenset(KEYWORD_INDEXES)


class _Unfolded(dict[str, _Value]):
    """A view of each index, worked out when it is first asked for."""

    def __init__(self, work_out: Callable[[str], _Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, index: str) -> _Value:
        self[index] = found = self._work_out(index)
        return found


class Prepared:
    """A document made ready to be asked many times.

    By index: `terms` as a set, `ordered` by code point, `spelt` by length and with their letters, `places` with positions, ascending.
    """

    __slots__ = ("document", "numbers", "ordered", "places", "spelt", "terms")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.numbers = document.numbers
        self.terms = _Unfolded(self._terms)
        self.ordered = _Unfolded(lambda index: sorted(self.terms[index]))
        self.spelt = _Unfolded(self._spelt)
        self.places = _Unfolded(self._places)

    def _terms(self, index: str) -> frozenset[str]:
        if index in _KEYWORDS:
            return frozenset(self.document.keywords.get(index, ()))
        return frozenset().union(*self.document.texts.get(index, ()))

    def _spelt(self, index: str) -> dict[int, list[tuple[str, int]]]:
        found: dict[int, list[tuple[str, int]]] = {}
        for term in self.terms[index]:
            found.setdefault(len(term), []).append((term, letters(term)))
        return found

    def _places(self, index: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for position, term in self.document.positions(index):
            found.setdefault(term, []).append(position)
        return found


Test = Callable[[Prepared], bool]


def holds(plan: Plan, document: Document | Prepared) -> bool:
    return test_of(plan)(document if isinstance(document, Prepared) else Prepared(document))


def test_of(plan: Plan) -> Test:
    """The plan as one function, made once and asked of many documents."""
    match plan:
        case Leaf(_, _, part):
            return test_of(part)
        case AllOf(parts):
            return _all(tuple(test_of(part) for part in parts))
        case AnyOf(parts):
            return _any(tuple(test_of(part) for part in parts))
        case Without(part):
            unwanted = test_of(part)
            return lambda asked: not unwanted(asked)
        case _:
            return _primitive(plan)


def _all(tests: tuple[Test, ...]) -> Test:
    def test(asked: Prepared) -> bool:
        for part in tests:  # noqa: SIM110  a generator would double the time of the matcher's innermost loop
            if not part(asked):
                return False
        return True

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    def test(asked: Prepared) -> bool:
        for part in tests:  # noqa: SIM110  as above
            if part(asked):
                return True
        return False

    return test


def _primitive(plan: Plan) -> Test:
    match plan:
        case Has(index, term):
            return lambda asked: term in asked.terms[index]
        case Near(index, terms, slop):
            return lambda asked: asked.terms[index].issuperset(terms) and _near([asked.places[index][term] for term in terms], slop)
        case Between(index, low, high):
            return _between(index, low, high)
        case Alike(index, term, distance):
            return _alike(index, term, distance)
        case _:
            return _in_order(plan)


def _in_order(plan: Plan) -> Test:
    match plan:
        case Begins(index, prefix):
            return lambda asked: _next(asked.ordered[index], prefix).startswith(prefix)
        case TermBetween(index, first, last):
            return lambda asked: first <= _next(asked.ordered[index], first) <= last
    always = isinstance(plan, Everything)
    return lambda _: always


def _between(index: str, low: int | None, high: int | None) -> Test:
    def test(asked: Prepared) -> bool:
        value = asked.numbers.get(index)
        return value is not None and (low is None or low <= value) and (high is None or value <= high)

    return test


def _next(ordered: Sequence[str], term: str) -> str:
    """The first of ordered terms that is not before this one, '' after the last."""
    place = bisect_left(ordered, term)
    return ordered[place] if place < len(ordered) else ""


def _alike(index: str, wanted: str, distance: int) -> Test:
    sizes, has = range(len(wanted) - distance, len(wanted) + distance + 1), letters(wanted)

    def test(asked: Prepared) -> bool:
        spelt = asked.spelt[index]
        return any(
            not differ(has, other_has, distance) and within(wanted, term, distance)
            for size in sizes
            for term, other_has in spelt.get(size, ())
        )

    return test


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
