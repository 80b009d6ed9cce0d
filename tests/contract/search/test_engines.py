"""What every search engine must do. A new adapter joins by one more entry in `ENGINES`; its tests are these."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.search.adapters.tantivy_engine import TantivyEngine
from services.search.adapters.tantivy_store import TantivyStore
from services.search.domain.compiling import compile_query
from services.search.domain.matching import holds
from services.search.domain.plan import Plan
from services.search.domain.query import parse
from services.search.ports import SORTS, Entry, Filter, IndexStore, Readable, Refused, Request, SearchEngine
from shared.errors import Gone, Unavailable, Unprocessable
from tests.contract.search.queries import QUERIES
from tests.contract.search.records import UNITS, case, entry
from tests.waiting import eventually

CASES = 600
SEGMENTS = 6


class Indexed:
    """An engine with its store and the records that were put in."""

    def __init__(self, store: IndexStore, engine: SearchEngine) -> None:
        self.store = store
        self.engine = engine
        self.records: list[dict[str, Any]] = []
        self.entries: dict[int, Entry] = {}

    def fill(self, records: list[dict[str, Any]], *, commits: int = 1) -> None:
        writer = self.store.live_writer()
        if writer is None:
            name, writer = self.store.new_index()
            self.store.switch(name)
        with writer:
            for part in range(commits):
                entries = [entry(record) for record in records[part::commits]]
                writer.add(entries)
                writer.commit()
                self.entries.update((made.sequence, made) for made in entries)
        self.records += records

    def sequences(self, plan: Plan, **more: Any) -> list[int]:
        """All hits of a query, page after page."""
        found: list[int] = []
        after = None
        while True:
            page = self.engine.search(Request(plan=plan, after=after, **({"limit": 100, "sort": "-date"} | more)))
            found += [hit.sequence for hit in page.hits]
            after = page.next
            if after is None:
                assert len(found) == page.total
                return found


def tantivy(directory: Path) -> Indexed:
    return Indexed(TantivyStore(directory), TantivyEngine(directory))


ENGINES: dict[str, Callable[[Path], Indexed]] = {"tantivy": tantivy}


def plan_of(query: str) -> Plan:
    return compile_query(parse(query), UNITS)


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The same cases for every test that only asks, over six segments."""
    indexed = ENGINES[request.param](tmp_path_factory.mktemp("index"))
    indexed.fill([case(number) for number in range(1, CASES + 1)], commits=SEGMENTS)
    return indexed


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Indexed:
    return ENGINES[request.param](tmp_path / "index")


class TestQueries:
    @pytest.mark.parametrize("query", QUERIES)
    def test_an_engine_returns_a_case_exactly_when_the_matcher_says_yes(self, filled: Indexed, query: str):
        plan = plan_of(query)
        expected = {sequence for sequence, made in filled.entries.items() if holds(plan, made.document)}
        assert set(filled.sequences(plan)) == expected
        assert set(filled.sequences(plan, sort="relevance")) == expected
        assert filled.engine.count(plan) == len(expected)

    def test_the_queries_find_something_and_not_everything(self, filled: Indexed):
        """Else the comparison above would say little."""
        counts = [filled.engine.count(plan_of(query)) for query in QUERIES]
        assert sum(0 < count < CASES for count in counts) > 0.9 * len(counts)

    @settings(deadline=None)  # each example asks a whole index, on whatever machine
    @given(data=some.data())
    def test_and_so_for_any_query_put_together_from_these(self, filled: Indexed, data: some.DataObject):
        parts = some.sampled_from(QUERIES).map(lambda query: f"({query})")
        query = data.draw(
            some.recursive(
                parts,
                lambda inner: some.one_of(
                    some.tuples(inner, inner).map(" ".join),
                    some.tuples(inner, inner).map(" OR ".join),
                    inner.map(lambda part: f"NOT {part}"),
                ).map(lambda text: f"({text})"),
                max_leaves=4,
            )
        )
        plan = plan_of(query)
        expected = {sequence for sequence, made in filled.entries.items() if holds(plan, made.document)}
        assert set(filled.sequences(plan, limit=500)) == expected

    def test_exact_words_come_before_stems(self, empty: Indexed):
        empty.fill(
            [case(1, title="a tablet", narrative={}), case(2, title="tablets", narrative={}, goods=[]), case(3, title="x", narrative={})]
        )
        assert empty.sequences(plan_of("tablets"), sort="relevance")[0] == 2


class TestFacets:
    def test_counts_are_exact_over_six_segments_and_more_than_a_thousand_values(self, empty: Indexed):
        chance = random.Random(7)
        offices = [f"LA-{number:04d}" for number in range(1500)]
        records = [case(number, office=chance.choice(offices), status="validated") for number in range(1, 4001)]
        empty.fill(records, commits=SEGMENTS)
        page = empty.engine.search(Request(facets=("office", "month", "country"), limit=1))
        assert page.total == len(records)
        assert dict(page.facets["office"]) == Counter(record["office"] for record in records)
        assert dict(page.facets["month"]) == Counter(record["occurred_on"][:7] for record in records if record["occurred_on"])
        assert dict(page.facets["country"]) == Counter(record["place"]["country"] for record in records if record["place"]["country"])
        counts = [count for _, count in page.facets["office"]]
        assert counts == sorted(counts, reverse=True)

    def test_a_facet_does_not_filter_itself(self, filled: Indexed):
        country = [Filter(plan_of(f"country:{code}"), frozenset({"country"}), "country") for code in ("LA", "TH")]
        status = Filter(plan_of("status:validated"), frozenset({"status"}), "status")
        page = filled.engine.search(Request(filters=(*country, status), facets=("country", "status", "unit"), limit=500))
        here = [record for record in filled.records if record["place"]["country"] in ("LA", "TH")]
        both = [record for record in here if record["status"] == "validated"]
        assert page.total == len(both) > 0
        assert {hit.sequence for hit in page.hits} == {record["sequence"] for record in both}
        assert dict(page.facets["unit"]) == Counter(record["unit"] for record in both)
        assert dict(page.facets["status"]) == Counter(record["status"] for record in here)
        validated = [record["place"]["country"] for record in filled.records if record["status"] == "validated"]
        assert dict(page.facets["country"]) == Counter(country for country in validated if country)

    def test_a_condition_without_a_facet_narrows_all(self, filled: Indexed):
        page = filled.engine.search(Request(filters=(Filter(plan_of("ketamine")),), facets=("country",), limit=1))
        assert page.total == len(filled.sequences(plan_of("ketamine")))
        assert sum(count for _, count in page.facets["country"]) <= page.total


class TestRights:
    def test_they_are_part_of_the_query_and_of_every_count(self, filled: Indexed):
        readable = Readable(frozenset({"LA-VTE", "LA-VTE-A"}), frozenset({"published"}), "officer3", frozenset({"secret"}))

        def allowed(record: dict[str, Any]) -> bool:
            inside = record["unit"] in ("LA-VTE", "LA-VTE-A") or record["status"] == "published" or record["created_by"] == "officer3"
            return inside and record["classification"] != "secret"

        expected = [record for record in filled.records if allowed(record)]
        page = filled.engine.search(Request(readable=readable, facets=("unit",), limit=500))
        assert {hit.sequence for hit in page.hits} == {record["sequence"] for record in expected}
        assert page.total == len(expected)
        assert dict(page.facets["unit"]) == Counter(record["unit"] for record in expected)
        assert all(count <= len(expected) for _, count in filled.engine.terms("all", "ket", 10, readable))

    def test_nobody_reads_what_no_unit_of_theirs_holds(self, filled: Indexed):
        nothing = Readable(frozenset(), frozenset(), "nobody", frozenset({"unclassified", "restricted", "secret"}))
        assert filled.engine.search(Request(readable=nothing)).total == 0
        assert filled.engine.terms("all", "ket", 10, nothing) == []


class TestPages:
    @pytest.mark.parametrize("sort", SORTS)
    @pytest.mark.parametrize("limit", [1, 37, 500])
    def test_every_hit_comes_once_in_order(self, filled: Indexed, sort: str, limit: int):
        found = filled.sequences(plan_of("drug:heroin" if limit == 1 else ""), sort=sort, limit=limit)
        records = {record["sequence"]: record for record in filled.records}
        assert len(found) == len(set(found))
        if sort != "relevance":
            keys = [_key(records[sequence], sort) for sequence in found]
            known = [key for key in keys if key is not None]
            assert known == sorted(known, reverse=sort.startswith("-"))
            assert keys[len(known) :] == [None] * (len(keys) - len(known)), "cases without the key come last"

    def test_pages_are_stable_while_cases_come_and_change(self, empty: Indexed):
        records = [case(number) for number in range(1, 101)]
        empty.fill(records)
        for sort in ("date", "-kg", "case_no"):
            first = empty.engine.search(Request(sort=sort, limit=40))
            empty.fill([record | {"version": record["version"] + 1, "title": "changed"} for record in records[:50]])
            for record in records[:50]:
                record["version"] += 1
            eventually(lambda: empty.engine.count(plan_of("title:changed")) == 50)
            rest, after = [], first.next
            while after:
                page = empty.engine.search(Request(sort=sort, limit=40, after=after))
                rest += [hit.sequence for hit in page.hits]
                after = page.next
            assert sorted([hit.sequence for hit in first.hits] + rest) == list(range(1, 101))

    def test_a_page_of_relevance_points_into_the_view_that_it_began_in(self, empty: Indexed):
        empty.fill([case(number, title="ketamine") for number in range(1, 41)])
        first = empty.engine.search(Request(plan=plan_of("ketamine"), limit=25))
        empty.fill([case(number, title="ketamine ketamine") for number in range(41, 81)])
        eventually(lambda: empty.engine.count(plan_of("ketamine")) == 80)
        second = empty.engine.search(Request(plan=plan_of("ketamine"), limit=25, after=first.next))
        assert sorted(hit.sequence for hit in (*first.hits, *second.hits)) == list(range(1, 41))
        assert second.next is None

    @pytest.mark.parametrize("token", ["x", "%%", "WzFd", "eyJhIjoxfQ", "W10", ""])
    def test_what_is_no_token_is_refused(self, filled: Indexed, token: str):
        with pytest.raises(Unprocessable) as refused:
            filled.engine.search(Request(sort="date", after=token))
        assert [error.field for error in refused.value.errors] == ["after"]

    def test_a_token_of_another_order_is_refused(self, filled: Indexed):
        token = filled.engine.search(Request(sort="date", limit=5)).next
        with pytest.raises(Unprocessable):
            filled.engine.search(Request(sort="kg", after=token))

    def test_a_view_that_is_no_longer_kept_is_gone(self, filled: Indexed, tmp_path: Path):
        page = filled.engine.search(Request(plan=plan_of("airport"), limit=5))
        other = tantivy(tmp_path)
        other.fill([case(1)])
        with pytest.raises(Gone):
            other.engine.search(Request(plan=plan_of("airport"), limit=5, after=page.next))


class TestWriting:
    def test_without_an_index_the_search_is_away(self, empty: Indexed):
        with pytest.raises(Unavailable):
            empty.engine.search(Request())

    def test_older_and_equal_versions_are_dropped(self, empty: Indexed):
        empty.fill([case(1, version=3, title="third")])
        writer = empty.store.live_writer()
        assert writer is not None
        with writer:
            assert writer.add([entry(case(1, version=2, title="second")), entry(case(1, version=3, title="other"))]) == 0
            assert writer.add([entry(case(1, version=5, title="fifth")), entry(case(1, version=4, title="fourth"))]) == 1
            assert writer.add([entry(case(1, version=4, title="fourth"))]) == 0, "what is not committed counts too"
            writer.commit()
            assert writer.add([entry(case(1, version=5, title="again"))]) == 0
        eventually(lambda: empty.engine.count(plan_of("title:fifth")) == 1)
        assert empty.engine.search(Request()).total == 1

    def test_what_was_not_committed_is_gone_and_may_come_again(self, empty: Indexed):
        empty.fill([case(1)])
        writer = empty.store.live_writer()
        assert writer is not None
        writer.add([entry(case(2))])
        writer.close()
        empty.fill([case(2)])
        eventually(lambda: empty.engine.search(Request()).total == 2)

    def test_an_entry_that_no_index_takes_is_refused_and_the_others_are_not(self, empty: Indexed):
        empty.fill([case(1)])
        writer = empty.store.live_writer()
        assert writer is not None
        with writer:
            for bad in (case(2, version=-1), case(2, occurred_on="9" * 30)):
                with pytest.raises(Refused):
                    writer.add([entry(bad)])
            assert writer.add([entry(case(3))]) == 1
            writer.commit()
        eventually(lambda: empty.engine.search(Request()).total == 2)

    def test_deleted_cases_are_not_found(self, empty: Indexed):
        empty.fill([case(1), case(2)])
        writer = empty.store.live_writer()
        assert writer is not None
        with writer:
            writer.delete([1])
            writer.commit()
        eventually(lambda: [hit.sequence for hit in empty.engine.search(Request()).hits] == [2])

    def test_a_new_index_is_read_only_after_the_switch(self, empty: Indexed):
        empty.fill([case(1, title="old")])
        assert empty.engine.search(Request()).total == 1
        name, writer = empty.store.new_index()
        with writer:
            writer.add([entry(case(number, title="new")) for number in (1, 2, 3)])
            writer.commit()
        assert empty.engine.search(Request()).total == 1
        again = empty.store.writer(name)
        assert again is not None, "its name survives a restart"
        again.close()
        empty.store.switch(name)
        eventually(lambda: empty.engine.search(Request()).total == 3)
        empty.store.clean()
        assert empty.engine.search(Request()).total == 3

    def test_a_commit_is_seen_at_once(self, empty: Indexed):
        """A saved case is found within a second: the engine's own part of that is the shortest."""
        empty.fill([case(1)])
        assert empty.engine.search(Request()).total == 1
        empty.fill([case(2)])
        started = time.monotonic()
        eventually(lambda: empty.engine.search(Request()).total == 2, interval=0.005)
        assert time.monotonic() - started < 0.5


def _key(record: dict[str, Any], sort: str) -> Any:
    match sort.lstrip("-"):
        case "date":
            return record["occurred_on"]
        case "kg":
            return None if record["kilograms"] is None else float(record["kilograms"])
    return record["case_no"]
