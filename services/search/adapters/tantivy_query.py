"""Turns a plan into a query of tantivy.

Fields hold tokens parted by spaces, so each primitive has one counterpart and nothing is analysed again.
"""

from __future__ import annotations

from collections.abc import Iterable

import tantivy
from tantivy import FieldType, Occur, Query

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
    Nothing,
    Plan,
    TermBetween,
    Without,
)

# Indexes on which ranges of terms are asked.
RANGE_INDEXES = frozenset({"line"})
_PRIVATE_PLANE = 0xF0000


class PlanCompiler:
    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema

    def compile(self, plan: Plan) -> Query:  # noqa: PLR0911, C901  one line for each primitive
        match plan:
            case Has(index, term, boost):
                return _boosted(Query.term_query(self._schema, index, term), boost)
            case Near():
                return self._near(plan)
            case Begins(index, prefix, boost):
                # No edit allowed, any ending: the automaton of a plain prefix, without a pattern to escape.
                return _boosted(Query.fuzzy_term_query(self._schema, index, prefix, distance=0, prefix=True), boost)
            case Alike(index, term, distance, boost):
                return _boosted(Query.fuzzy_term_query(self._schema, index, term, distance=distance), boost)
            case Between(index, low, high):
                return self._between(index, low, high)
            case TermBetween(index, low, high):
                return self.term_range(index, low, high)
            case AllOf(parts):
                return self._all_of(parts)
            case AnyOf(parts):
                return Query.boolean_query([(Occur.Should, self.compile(part)) for part in parts])
            case Without(part):
                return Query.boolean_query([(Occur.Must, _unscored(Query.all_query())), (Occur.MustNot, self.compile(part))])
            case Leaf(part=part):
                return self.compile(part)
            case Everything():
                return Query.all_query()
            case Nothing():
                return Query.empty_query()
        raise TypeError(f"no plan: {type(plan).__name__}")

    def one_of(self, index: str, terms: Iterable[str]) -> Query:
        """Documents whose field holds any of the terms; adds nothing to relevance."""
        return _unscored(Query.term_set_query(self._schema, index, sorted(terms)))

    def term_range(self, index: str, low: str, high: str) -> Query:
        """By code point order, both included."""
        return self._range(index, f"[{range_term(low)} TO {range_term(high)}]")

    def terms_after(self, index: str, term: str) -> Query:
        return self._range(index, f"{{{range_term(term)} TO *}}")

    def terms_before(self, index: str, term: str) -> Query:
        return self._range(index, f"{{* TO {range_term(term)}}}")

    def numbers(self, index: str, low: int | None, high: int | None) -> Query:
        """A range on an unsigned field."""
        return Query.range_query(self._schema, index, FieldType.Unsigned, low, high)

    def _range(self, index: str, bounds: str) -> Query:
        """The binding has no range of terms but in tantivy's own query syntax."""
        return _unscored(self._index.parse_query(f"{index}:{bounds}", []))

    def _near(self, near: Near) -> Query:
        return _boosted(Query.phrase_query(self._schema, near.index, list(near.terms), slop=near.slop), near.boost)

    def _between(self, index: str, low: int | None, high: int | None) -> Query:
        if low is None and high is None:
            return Query.exists_query(index)
        return _unscored(Query.range_query(self._schema, index, FieldType.Integer, low, high))

    def _all_of(self, parts: Iterable[Plan]) -> Query:
        clauses = []
        for part in parts:
            inner = _inner(part)
            clauses.append((Occur.MustNot, self.compile(inner.part)) if isinstance(inner, Without) else (Occur.Must, self.compile(part)))
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, _unscored(Query.all_query())))
        return Query.boolean_query(clauses)


class _PlainWords(dict[int, int]):
    """Characters that would end a word in tantivy's query syntax become private ones: one for one, so equal stays equal."""

    def __missing__(self, code: int) -> int:
        ends_word = chr(code) in '"()[]{}`\\' or chr(code).isspace() or code < 0x20
        self[code] = _PRIVATE_PLANE + code if ends_word else code
        return self[code]


_PLAIN_WORDS = _PlainWords()


def range_term(term: str) -> str:
    """How a term of a range index is stored and asked for. The bounds of a range share what stands before their digits, so order holds."""
    return term.translate(_PLAIN_WORDS)


def _inner(plan: Plan) -> Plan:
    while isinstance(plan, Leaf):
        plan = plan.part
    return plan


def _boosted(query: Query, boost: float) -> Query:
    return query if boost == 1.0 else Query.boost_query(query, boost)


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
