"""The presearcher leaves out only what does not hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.domain.compiling import compile_query
from services.search.domain.document import analyse_case
from services.search.domain.matching import Prepared, holds
from services.search.domain.plan import AnyOf, Has, Nothing
from services.search.domain.presearch import Presearcher
from services.search.domain.units import Units
from tests.unit.search import naive
from tests.unit.search.builders import document, plan

QUERIES = [
    "ketamine", "boat", "ketamine boat", "ketamine OR boat", "-boat", "kg:>1", "kg:>5", "ket*", "xy*", "watay~", '"false bottom"',
    "drug:ketamine kg:>1", "drug:heroin kg:>1", "date:2026", "date:2014", "date:>2025", "date:1000..2399", "country:LA -ketamine",
    "ເຄຕາມີນ", "ຕາມີ", "container:MSKU*", "route:TH>LA", "unit:LA-HQ", "", "title:suitcase place:airport", "ກິໂລກລາມ", "hs:29 kg:>1",
]  # fmt: skip
DOCUMENTS = [document(), document(title="A boat", narrative={}, occurred_on="2014-01-01"), document(occurred_on=None, goods=[])]


def _holding(plans, made):
    return sorted(name for name, asked in plans.items() if holds(asked, made))


@pytest.mark.parametrize("made", DOCUMENTS)
def test_matches_are_those_that_hold(made):
    plans = {query: plan(query) for query in QUERIES}
    presearcher = Presearcher(plans)
    assert len(presearcher) == len(QUERIES)
    assert presearcher.matches(Prepared(made)) == _holding(plans, made)


def test_candidates_are_few():
    presearcher = Presearcher({f"container:MSKU{number:07d}": plan(f"container:MSKU{number:07d} ketamine") for number in range(500)})
    assert presearcher.candidates(Prepared(DOCUMENTS[0])) == set()


def test_searches_come_and_go():
    presearcher = Presearcher()
    asked = Prepared(DOCUMENTS[0])
    presearcher.file("a", plan("ketamine"))
    presearcher.file("b", plan("kg:>1"))
    assert presearcher.matches(asked) == ["a", "b"]
    presearcher.file("a", plan("boat"))
    presearcher.remove("b")
    presearcher.remove("never there")
    assert presearcher.matches(asked) == []
    presearcher.file("a", plan("suitcase"))
    assert (presearcher.matches(asked), len(presearcher)) == (["a"], 1)


def test_what_can_never_hold_is_never_asked():
    presearcher = Presearcher({"never": Nothing(), "hardly": AnyOf((Nothing(), Has("all", "boat")))})
    assert presearcher.candidates(Prepared(DOCUMENTS[0])) == set()
    assert presearcher.candidates(Prepared(DOCUMENTS[1])) == {"hardly"}


def test_it_learns_which_words_are_common():
    """The longer word looks rarer and stands in every document: after a while no search waits under it."""
    presearcher = Presearcher({f"s{number}": plan(f"title:suitcase title:b{number:02d}") for number in range(40)})
    asked = Prepared(DOCUMENTS[0])
    assert len(presearcher.candidates(asked)) == 40
    for _ in range(300):
        presearcher.candidates(asked)
    assert presearcher.candidates(asked) == set()
    assert presearcher.matches(Prepared(document(title="suitcase b07"))) == ["s7"]


@given(st.lists(naive.questions, max_size=8), st.lists(naive.cases(), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_nothing_that_holds_is_left_out(queries, cases):
    plans = {str(number): compile_query(query, Units()) for number, query in enumerate(queries)}
    presearcher = Presearcher(plans)
    for case in cases:
        made = analyse_case(case)
        assert presearcher.matches(Prepared(made)) == _holding(plans, made)
