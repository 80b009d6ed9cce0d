"""Asks the live tantivy index: exact totals, facets over any number of segments, stable pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from tantivy import DocAddress, Occur, Order, Query

from services.search.adapters import page_token
from services.search.adapters.generations import Generation, Generations
from services.search.adapters.index_files import IndexFiles
from services.search.adapters.page_token import RelevanceToken, SortedToken
from services.search.adapters.tantivy_query import PlanCompiler
from services.search.adapters.tantivy_schema import AUTHOR, CASE_KEY, FACETS, SEQUENCE, SOURCE
from services.search.domain.plan import Plan
from services.search.domain.ranking import ranks
from services.search.ports import Filter, Hit, Page, Readable, Request

# More values than any facet has: with fewer asked of each segment, counts over several segments would be wrong.
ALL_VALUES = 65_000
CACHED_FACETS = 256

# sort -> (field, order); the fields of one key and its two directions put cases without the key last in both.
_ORDERS = {
    "date": ("date_up", Order.Asc),
    "-date": ("date_down", Order.Desc),
    "kg": ("kg_up", Order.Asc),
    "-kg": ("kg_down", Order.Desc),
    "case_no": (CASE_KEY, Order.Asc),
    "-case_no": (CASE_KEY, Order.Desc),
}

FacetCounts: TypeAlias = dict[str, list[tuple[str, int]]]


class TantivyEngine:
    """Safe for many threads at once: a search asks one view of the index from beginning to end."""

    def __init__(self, root: Path) -> None:
        self._generations = Generations(IndexFiles(root))
        self._facets: OrderedDict[tuple[object, ...], FacetCounts] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, request: Request) -> Page:
        # Where all hits weigh the same, the newest come first.
        sort = "-date" if request.sort == "relevance" and not ranks(request.plan) else request.sort
        token = None if request.after is None else page_token.decode(request.after, sort=sort)
        generation = self._generations.recall(token.generation) if isinstance(token, RelevanceToken) else self._generations.newest()
        query = _whole_query(generation.compiler, request, without=None)
        if sort == "relevance":
            total, hits, following = self._by_relevance(generation, query, request.limit, token)
        else:
            total, hits, following = _in_order(generation, query, sort, request.limit, token)
        facets = self._facets_of(generation, request, query)
        return Page(total, hits, facets, following, generation.committed_at)

    def count(self, plan: Plan) -> int:
        generation = self._generations.newest()
        return _count(generation, generation.compiler.compile(plan))

    def terms(self, index: str, prefix: str, limit: int, readable: Readable) -> list[tuple[str, int]]:
        generation = self._generations.newest()
        rights = _rights(generation.compiler, readable)
        allowed = Query.boolean_query([(Occur.Must, Query.all_query()), *rights]) if rights else None
        found = generation.searcher.terms_with_prefix(index, prefix, filter_query=allowed)
        return sorted(found, key=lambda term: (-term[1], term[0]))[:limit]

    def _by_relevance(
        self, generation: Generation, query: Query, limit: int, token: RelevanceToken | SortedToken | None
    ) -> tuple[int, tuple[Hit, ...], str | None]:
        offset = token.offset if isinstance(token, RelevanceToken) else 0
        found: Any = generation.searcher.search(query, limit=limit, offset=offset)
        shown = offset + len(found.hits)
        following = None
        if shown < found.count and found.hits:
            self._generations.keep(generation)
            following = RelevanceToken(generation.name, shown).encode()
        return found.count, _hits(generation, found.hits), following

    def _facets_of(self, generation: Generation, request: Request, query: Query) -> FacetCounts:
        """Kept for each view, query and right: the empty query and the second page ask again for the same."""
        if not request.facets:
            return {}
        key = (generation.name, request.plan, request.readable, request.filters, request.facets)
        with self._lock:
            if key in self._facets:
                self._facets.move_to_end(key)
                return self._facets[key]
        counted = _count_facets(generation, request, query)
        with self._lock:
            self._facets[key] = counted
            while len(self._facets) > CACHED_FACETS:
                self._facets.popitem(last=False)
        return counted


def _in_order(
    generation: Generation, query: Query, sort: str, limit: int, token: RelevanceToken | SortedToken | None
) -> tuple[int, tuple[Hit, ...], str | None]:
    field, order = _ORDERS[sort]
    total, rest = None, query
    if isinstance(token, SortedToken):
        total = _count(generation, query)
        rest = _both(query, _beyond(generation.compiler, field, order, token.key))
    # One more than the page, to know whether another follows.
    found: Any = generation.searcher.search(rest, limit=limit + 1, order_by_field=field, order=order, count=total is None)
    shown = found.hits[:limit]
    following = SortedToken(sort, shown[-1][0]).encode() if len(found.hits) > limit else None
    return found.count if total is None else total, _hits(generation, [(None, address) for _, address in shown]), following


def _beyond(compiler: PlanCompiler, field: str, order: Order, key: int | str) -> Query:
    if isinstance(key, str):
        return compiler.terms_after(field, key) if order == Order.Asc else compiler.terms_before(field, key)
    return compiler.numbers(field, key + 1, None) if order == Order.Asc else compiler.numbers(field, None, key - 1)


def _whole_query(compiler: PlanCompiler, request: Request, *, without: str | None) -> Query:
    """The query with the asker's rights and the filters, but not those of facet `without`."""
    clauses = [(Occur.Must, compiler.compile(request.plan)), *_rights(compiler, request.readable)]
    clauses += [(Occur.Must, query) for query in _filters(compiler, request.filters, without)]
    return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)


def _filters(compiler: PlanCompiler, filters: Iterable[Filter], without: str | None) -> list[Query]:
    """Values ticked in one facet widen it (either of them); different facets and free filters narrow."""
    groups: dict[str, list[Query]] = {}
    queries = []
    for condition in filters:
        if without in condition.facets:
            continue
        query = Query.const_score_query(compiler.compile(condition.plan), 0.0)
        if condition.either is None:
            queries.append(query)
        else:
            groups.setdefault(condition.either, []).append(query)
    return queries + [Query.boolean_query([(Occur.Should, query) for query in group]) for group in groups.values()]


def _rights(compiler: PlanCompiler, readable: Readable) -> list[tuple[Occur, Query]]:
    clauses: list[tuple[Occur, Query]] = []
    if readable.hidden_classifications:
        clauses.append((Occur.MustNot, compiler.one_of("classification", readable.hidden_classifications)))
    if readable.units is not None:
        ways = [compiler.one_of("unit", readable.units), compiler.one_of("status", readable.shared_statuses)]
        ways += [compiler.one_of(AUTHOR, [readable.author])] if readable.author else []
        clauses.append((Occur.Must, Query.boolean_query([(Occur.Should, way) for way in ways])))
    return clauses


def _count_facets(generation: Generation, request: Request, query: Query) -> FacetCounts:
    own = frozenset().union(*(condition.facets for condition in request.filters))
    narrowed = [name for name in request.facets if name not in own]
    counted = _aggregate(generation, query, narrowed)
    for name in request.facets:
        if name in own:
            counted |= _aggregate(generation, _whole_query(generation.compiler, request, without=name), [name])
    return {name: counted[name] for name in request.facets}


def _aggregate(generation: Generation, query: Query, names: list[str]) -> FacetCounts:
    if not names:
        return {}
    unknown = set(names).difference(FACETS)
    if unknown:
        raise ValueError(f"no facet: {', '.join(sorted(unknown))}")
    wanted = {name: {"terms": {"field": name, "size": ALL_VALUES, "segment_size": ALL_VALUES}} for name in names}
    answer = generation.searcher.aggregate(query, wanted)
    return {name: sorted(_buckets(answer[name]), key=lambda bucket: (-bucket[1], bucket[0])) for name in names}


def _buckets(answer: dict[str, list[dict[str, int | str]]]) -> list[tuple[str, int]]:
    return [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in answer["buckets"]]


def _hits(generation: Generation, found: Iterable[tuple[float | None, DocAddress]]) -> tuple[Hit, ...]:
    scored = list(found)
    sequences = generation.searcher.fast_field_values(SEQUENCE, [address for _, address in scored])
    return tuple(
        Hit(int(sequence or 0), score, generation.searcher.doc(address).get_first(SOURCE) or b"")
        for (score, address), sequence in zip(scored, sequences, strict=True)
    )


def _count(generation: Generation, query: Query) -> int:
    found: Any = generation.searcher.search(query, limit=1, count=True)
    return int(found.count)


def _both(one: Query, other: Query) -> Query:
    return Query.boolean_query([(Occur.Must, one), (Occur.Must, other)])
