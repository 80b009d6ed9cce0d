"""Which of thousands of saved searches may hold for a document, without asking each.

Every search is filed under anchors: a set of terms of which a document must hold at least one for the search to hold. Of several possible
sets the one that fewest documents should hit is taken. A search without anchors (only numbers, only NOT) is asked of every document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from services.search.domain.matching import Prepared, Test, test_of
from services.search.domain.plan import AllOf, AnyOf, Begins, Between, Has, Leaf, Near, Nothing, Plan

_PREFIX = 3
# How common a term of an index is, in documents of a hundred, when nobody has counted.
_SHARES = {
    "id": 0.001,
    "case": 0.001,
    "identifier": 0.01,
    "container": 0.01,
    "route": 3.0,
    "hs": 3.0,
    "month": 4.0,
    "drug": 6.0,
    "subtype": 6.0,
    "office": 6.0,
    "unit": 6.0,
    "concealment": 8.0,
    "country": 10.0,
    "method": 12.0,
    "year": 25.0,
    "commodity": 30.0,
    "mode": 30.0,
    "status": 40.0,
    "lines": 40.0,
    "origin": 60.0,
    "classification": 90.0,
}
_TEXT_SHARE = 2.0
_GRAM_SHARE = 1.0
_PREFIX_FACTOR = 3.0
_MOST_YEARS = 10
_LEARN_EVERY = 250


class Anchor(NamedTuple):
    """`prefix`: `term` is only the beginning of a term."""

    where: str
    term: str
    prefix: bool = False


Share = Callable[[Anchor], float]


class Drawer:
    """The searches filed under one anchor, and how many documents opened it."""

    __slots__ = ("opened", "searches")

    def __init__(self) -> None:
        self.searches: set[str] = set()
        self.opened = 0


class Presearcher:
    """Searches by id. It learns how common the terms are under which it filed, and files anew what turned out to be filed badly."""

    def __init__(self, plans: Mapping[str, Plan] | None = None) -> None:
        self._plans: dict[str, Plan] = {}
        self._tests: dict[str, Test] = {}
        self._anchors: dict[str, frozenset[Anchor] | None] = {}
        self._always: set[str] = set()
        self._drawers: dict[str, dict[str, Drawer]] = {}
        self._prefixes: dict[str, dict[str, Drawer]] = {}
        self._asked = 0
        for identifier, plan in (plans or {}).items():
            self.file(identifier, plan)

    def __len__(self) -> int:
        return len(self._plans)

    def file(self, identifier: str, plan: Plan) -> None:
        """Adds a search, or replaces the one with this id."""
        self.remove(identifier)
        self._plans[identifier] = plan
        self._tests[identifier] = test_of(plan)
        self._put(identifier)

    def remove(self, identifier: str) -> None:
        if self._plans.pop(identifier, None) is not None:
            del self._tests[identifier]
            self._take_out(identifier)

    def matches(self, document: Prepared) -> list[str]:
        """Ids of the searches that hold, sorted."""
        tests = self._tests
        return sorted([identifier for identifier in self.candidates(document) if tests[identifier](document)])

    def candidates(self, document: Prepared) -> set[str]:
        """Ids of all searches that may hold; those left out do not."""
        self._asked += 1
        if self._asked % _LEARN_EVERY == 0:
            self._file_anew()
        found = set(self._always)
        for index, drawers in self._drawers.items():
            _open(drawers, document.terms[index], found)
        for index, drawers in self._prefixes.items():
            beginnings = {term[:length] for term in document.terms[index] for length in range(1, _PREFIX + 1)}
            _open(drawers, beginnings, found)
        return found

    def _put(self, identifier: str) -> None:
        anchors = anchors_of(self._plans[identifier], self._share)
        self._anchors[identifier] = anchors
        if anchors is None:
            self._always.add(identifier)
        for anchor in anchors or ():
            self._cabinet(anchor).setdefault(anchor.term, Drawer()).searches.add(identifier)

    def _take_out(self, identifier: str) -> None:
        """Empty drawers stay: they know how common their term is."""
        self._always.discard(identifier)
        for anchor in self._anchors.pop(identifier) or ():
            self._cabinet(anchor)[anchor.term].searches.discard(identifier)

    def _cabinet(self, anchor: Anchor) -> dict[str, Drawer]:
        return (self._prefixes if anchor.prefix else self._drawers).setdefault(anchor.where, {})

    def _share(self, anchor: Anchor) -> float:
        """Documents of a hundred that hold the anchor: as counted, once there is something to count."""
        drawer = self._cabinet(anchor).get(anchor.term)
        if drawer is None or self._asked < _LEARN_EVERY:
            return _usual_share(anchor)
        return 100 * drawer.opened / self._asked

    def _file_anew(self) -> None:
        cabinets = [*self._drawers.values(), *self._prefixes.values()]
        crowded = [drawer for cabinet in cabinets for drawer in cabinet.values() if drawer.opened * len(drawer.searches) > self._asked]
        for identifier in {identifier for drawer in crowded for identifier in drawer.searches}:
            self._take_out(identifier)
            self._put(identifier)


def _open(drawers: dict[str, Drawer], terms: AbstractSet[str], found: set[str]) -> None:
    for term in drawers.keys() & terms:
        drawer = drawers[term]
        drawer.opened += 1
        found |= drawer.searches


def anchors_of(plan: Plan, share: Share) -> frozenset[Anchor] | None:
    """The cheapest anchors of a plan; None when there are none, empty when the plan never holds."""
    match plan:
        case Leaf(_, _, part):
            return anchors_of(part, share)
        case AnyOf(parts):
            found = [anchors_of(part, share) for part in parts]
            return None if None in found else frozenset().union(*(anchors for anchors in found if anchors))
        case AllOf(parts):
            known = [anchors for part in parts if (anchors := anchors_of(part, share)) is not None]
            return min(known, key=lambda anchors: _cost(anchors, share), default=None)
        case Nothing():
            return frozenset()
        case _:
            return _primitive_anchors(plan, share)


def _primitive_anchors(plan: Plan, share: Share) -> frozenset[Anchor] | None:
    match plan:
        case Has(index, term):
            return frozenset({Anchor(index, term)})
        case Near(index, terms):
            return min((frozenset({Anchor(index, term)}) for term in terms), key=lambda anchors: _cost(anchors, share))
        case Begins(index, prefix):
            return frozenset({Anchor(index, prefix[:_PREFIX], prefix=True)})
        case Between("date", int() as low, int() as high) if high // 10_000 - low // 10_000 < _MOST_YEARS:
            return frozenset(Anchor("year", f"{year:04d}") for year in range(low // 10_000, high // 10_000 + 1))
    return None


def _cost(anchors: Iterable[Anchor], share: Share) -> float:
    return sum(share(anchor) for anchor in anchors)


def _usual_share(anchor: Anchor) -> float:
    """Long words are rarer than short ones, and words than beginnings of words."""
    known = _SHARES.get(anchor.where)
    if known is None:
        known = _GRAM_SHARE if anchor.where.endswith(("_grams", "_sounds")) else _TEXT_SHARE * 4 / (1 + len(anchor.term))
    return known * (_PREFIX_FACTOR if anchor.prefix else 1.0)
