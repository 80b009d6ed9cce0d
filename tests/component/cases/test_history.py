"""Whatever officers do, every version stays as it was, and the last event is the present state."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cases.adapters.store import PostgresCases
from services.cases.domain.difference import changed_paths
from services.cases.domain.record import BOOKKEEPING
from services.cases.handlers import queries
from shared.errors import Conflict, Forbidden, NotFound, Unprocessable
from tests.component.cases.desk import KETAMINE, OFFICER, VALIDATOR

pytestmark = pytest.mark.servers

PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["a", "b", None]),
        "narrative": st.dictionaries(st.sampled_from(["en", "lo"]), st.sampled_from(["x", None]), max_size=2),
        "goods": st.lists(
            st.sampled_from([KETAMINE["goods"][0], {"commodity": "drugs", "subtype": "heroin", "quantity": "1", "unit": "GRM"}]), max_size=2
        ),
        "reason": st.sampled_from(["because", None]),
    },
)
ACTS = st.one_of(
    st.tuples(st.just("change"), PATCHES),
    st.tuples(st.just("move"), st.sampled_from(["submitted", "returned", "validated", "published", "closed", "cancelled"])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(ACTS, st.sampled_from([OFFICER, VALIDATOR])), min_size=1, max_size=12))
def test_versions_stay_readable_whatever_is_done(desk, acts):
    case = desk.create()
    states = {1: case}
    for (kind, argument), principal in acts:
        try:
            case = desk.change(case, argument, principal) if kind == "change" else desk.move(case, argument, principal, comment="A reason")
        except (Unprocessable, Conflict, Forbidden, NotFound):
            continue
        states.setdefault(case["version"], case)
        assert states[case["version"]] == case
    items = desk.versions(case)
    assert [item["version"] for item in items] == sorted(states) == list(range(1, len(states) + 1))
    with desk.database.unit_of_work() as work:
        store = PostgresCases(work)
        kept = {version: store.version(case["id"], version) for version in states}
    for version, state in states.items():
        assert {name: value for name, value in kept[version].items() if name != "sequence"} == state
    for item in items[1:]:
        before, after = (without_bookkeeping(states[item["version"] - step]) for step in (1, 0))
        assert set(item["changed"]) == set(changed_paths(before, after))
    told = [event for event in desk.events("cases.nominal.events") if event.subject == case["id"]]
    assert [event.aggregate_version for event in told] == [version for version, state in states.items() if state["case_no"]]
    assert [event.data["case"] for event in told] == [kept[version] for version, state in states.items() if state["case_no"]]


def without_bookkeeping(case):
    return {name: value for name, value in case.items() if name not in BOOKKEEPING}


def test_queries_change_nothing(desk):
    case = desk.submitted()
    with desk.database.unit_of_work() as work:
        queries.replay(PostgresCases(work), {})
    assert desk.get(case["id"]) == case
