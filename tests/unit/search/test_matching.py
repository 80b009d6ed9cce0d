"""The matcher against a second telling of what queries mean, and each primitive by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.domain.compiling import compile_query
from services.search.domain.document import Document, analyse_case
from services.search.domain.fuzzy import default_distance, within
from services.search.domain.matching import Prepared, accepts, holds
from services.search.domain.plan import Alike, AllOf, AnyOf, Begins, Between, Everything, Has, Leaf, Near, Nothing, TermBetween, Without
from services.search.domain.units import Units
from tests.unit.search import naive

DOCUMENT = Document(
    "x",
    1,
    1,
    texts={"all": [("a", "b", "c"), ("b", "a", "d")], "title": [("a", "b", "c")]},
    keywords={"status": ("submitted",), "line": ("heroin|||5",)},
    numbers={"kg": 5},
)
A, MISSING = Has("all", "a"), Has("all", "x")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (A, True),
        (MISSING, False),
        (Has("title", "d"), False),
        (Has("status", "submitted"), True),
        (Has("place", "a"), False),
        (Near("all", ("a", "b", "c")), True),
        (Near("all", ("b", "a")), True),
        (Near("title", ("b", "a")), False),
        (Near("all", ("c", "b")), False),
        (Near("all", ("a", "x")), False),
        (Near("title", ("b", "a"), 2), True),
        (Near("title", ("b", "a"), 1), False),
        (Near("title", ("a", "c"), 1), True),
        (Near("all", ("c", "d"), 20), False),
        (Begins("status", "subm"), True),
        (Begins("status", "subn"), False),
        (Begins("status", "z"), False),
        (Alike("status", "submited", 1), True),
        (Alike("status", "sumbitted", 1), True),
        (Alike("status", "validated", 2), False),
        (Between("kg", 5, 5), True),
        (Between("kg", None, 4), False),
        (Between("kg", 6, None), False),
        (Between("kg", None, None), True),
        (Between("date", None, None), False),
        (TermBetween("line", "heroin|||4", "heroin|||6"), True),
        (TermBetween("line", "heroin|||6", "heroin|||7"), False),
        (TermBetween("line", "opium|||6", "opium|||7"), False),
        (AllOf((A, MISSING)), False),
        (AllOf((A, Without(MISSING))), True),
        (AnyOf((MISSING, A)), True),
        (AnyOf((MISSING, MISSING)), False),
        (Leaf("a", "", A), True),
        (Everything(), True),
        (Nothing(), False),
    ],
)
def test_primitives(plan, expected):
    assert holds(plan, DOCUMENT) is expected
    assert holds(plan, Prepared(DOCUMENT)) is expected
    assert holds(Without(plan), DOCUMENT) is not expected


def test_terms_that_a_primitive_accepts():
    assert accepts(Has("all", "a"), "a")
    assert accepts(Begins("all", "a"), "ab")
    assert accepts(Alike("all", "abcd", 1), "abdc")
    assert not accepts(Has("all", "a"), "ab")


@given(naive.cases(), naive.questions)
@settings(max_examples=200, deadline=None)
def test_the_matcher_says_what_the_query_means(case, query):
    assert holds(compile_query(query, Units()), analyse_case(case)) == naive.answers(query, case)


_letters = st.text(alphabet="abc", max_size=6)


@given(_letters, _letters, st.integers(1, 2))
def test_edits_are_counted_as_by_the_full_table(one, other, limit):
    assert within(one, other, limit) == (_edits(one, other) <= limit)
    wanted = Document("x", 1, 1, texts={"all": [(other,)]})
    assert holds(Alike("all", one, limit), wanted) == (_edits(one, other) <= limit)


def _edits(one, other):
    """The textbook table: insert, delete, replace, swap of neighbours (each place edited once)."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, column): column for column in range(len(other) + 1)}
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            replaced = table[row - 1, column - 1] + (one[row - 1] != other[column - 1])
            table[row, column] = min(table[row - 1, column] + 1, table[row, column - 1] + 1, replaced)
            if row > 1 and column > 1 and one[row - 1] == other[column - 2] and one[row - 2] == other[column - 1]:
                table[row, column] = min(table[row, column], table[row - 2, column - 2] + 1)
    return table[len(one), len(other)]


def test_distance_grows_with_the_word():
    assert default_distance("wat") == 1
    assert default_distance("wattay") == 2
