from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from services.cases.domain.amounts import kilograms_of, total
from services.cases.domain.case_numbers import case_number, number_year
from services.cases.domain.dates import parse_occurrence, parse_partial
from services.cases.domain.difference import changed_paths, differences
from services.cases.domain.merge_patch import merge_patch
from services.cases.domain.plain import storable
from services.cases.domain.workflow import ENDED, REACHED_FROM, STEPS, may_follow
from shared.contracts.cases import CASE_EVENT_TYPES
from shared.vocabulary import vocabulary
from tests.unit.cases.examples import ZONE

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_is_that_of_the_standard(target, patch, result):
    assert merge_patch(target, patch) == result


@given(OBJECTS, OBJECTS)
def test_a_patch_given_twice_is_a_patch_given_once(target, patch):
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@given(OBJECTS, OBJECTS)
def test_a_patch_leaves_its_arguments_alone(target, patch):
    before = (repr(target), repr(patch))
    merge_patch(target, patch)
    assert (repr(target), repr(patch)) == before


@given(VALUES)
def test_what_is_the_same_has_no_difference(value):
    assert list(differences(value, value)) == []


@given(OBJECTS, OBJECTS)
def test_differences_are_seen_from_both_sides(before, after):
    there = [(path, one, other) for path, one, other in differences(before, after)]
    back = sorted(((path, other, one) for path, one, other in differences(after, before)), key=repr)
    assert sorted(there, key=repr) == back


def test_differences_name_the_smallest_part():
    before = {"goods": [{"unit": "KGM", "quantity": "1"}], "title": "a", "place": None}
    after = {"goods": [{"unit": "KGM", "quantity": "2"}, {"unit": "LTR"}], "title": "a", "place": {"country": "LA"}}
    assert changed_paths(before, after) == ["goods[0].quantity", "goods[1]", "place"]


@pytest.mark.parametrize(
    ("text", "on", "precision"),
    [
        ("2026", "2026-01-01", "year"),
        ("2026-03", "2026-03-01", "month"),
        ("2026-03-02", "2026-03-02", "day"),
        ("2026-03-02T21:40:00+07:00", "2026-03-02", "minute"),
        ("2026-03-02T23:40:00Z", "2026-03-03", "minute"),
        ("2026-03-02t16:59:59.999z", "2026-03-02", "minute"),
        ("2026-03-02T17:00-00:00", "2026-03-03", "minute"),
    ],
)
def test_a_date_has_its_precision_and_local_day(text, on, precision):
    occurrence = parse_occurrence(text, ZONE)
    assert (occurrence.on.isoformat(), occurrence.precision) == (on, precision)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("yesterday", "malformed_date"),
        ("2026-3-2", "malformed_date"),
        ("02/03/2026", "malformed_date"),
        ("2026-03-02 21:40", "malformed_date"),
        ("2026-03-02T21:40:00", "zone_missing"),
        ("2026-02-30", "no_such_day"),
        ("2026-03-02T25:00:00Z", "no_such_day"),
        ("2026-03-02T21:40:00+99:00", "no_such_day"),
        ("1899", "out_of_range"),
        ("9999-12-31T23:59:59-12:00", "out_of_range"),
        ("0000", "no_such_day"),
    ],
)
def test_what_is_no_date(text, code):
    with pytest.raises(PydanticCustomError) as caught:
        parse_occurrence(text, ZONE)
    assert caught.value.type == code


def test_a_time_is_no_partial_date():
    assert parse_partial("2026-03-02T21:40:00Z") is None


def test_a_day_lies_ahead_by_the_zone_and_a_time_by_the_clock():
    now = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert not parse_occurrence("2026-03-03", ZONE).lies_after(now, ZONE)
    assert parse_occurrence("2026-03-04", ZONE).lies_after(now, ZONE)
    assert parse_occurrence("2026-03-02T18:01:00Z", ZONE).lies_after(now, ZONE)


@pytest.mark.parametrize(
    ("quantity", "unit", "kilograms"),
    [
        ("2.400", "KGM", "2.400"),
        ("38.0", "GRM", "0.0380"),
        ("0.006999999999999999", "GRM", "0.000006999999999999999"),
        ("1", "LBR", "0.45359237"),
        ("490.0", "U2", None),
        ("1", "LTR", None),
        (None, "KGM", None),
        ("1", None, None),
    ],
)
def test_kilograms_are_exact_or_not_known(quantity, unit, kilograms):
    assert kilograms_of(quantity, unit) == kilograms


@given(st.lists(st.decimals(0, 10**15, allow_nan=False, places=18), min_size=1, max_size=20))
def test_totals_are_never_rounded(numbers):
    amounts = [format(number, "f") for number in numbers]
    assert Fraction(total(amounts) or "") == sum(map(Fraction, amounts))


def test_a_total_of_nothing_known_is_not_known():
    assert total([None, None]) is None
    assert total([None, "1.5"]) == "1.5"


def test_numbers_are_of_the_zones_year():
    assert number_year(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), ZONE) == 2027
    assert case_number("LA-VTE", 2026, 123) == "LA-VTE-2026-000123"
    assert case_number("LA-VTE", 2026, 1_234_567) == "LA-VTE-2026-1234567"


def test_text_of_a_file_is_kept_but_for_what_no_store_holds():
    assert storable("Bogotá ໑") == "Bogotá ໑"
    assert storable("a\x00b\ud800") == "a\ufffdb\ufffd"


def test_the_workflow_is_that_of_the_domain_page():
    statuses = set(vocabulary("statuses").codes)
    assert set(STEPS) == set(REACHED_FROM) == statuses - {"draft"}
    assert {step.event for step in STEPS.values()} < set(CASE_EVENT_TYPES)
    ways = {(a, b) for b in REACHED_FROM for a in statuses if may_follow(a, b)}
    chain = ("draft", "submitted", "validated", "published", "legal", "disposal", "closed")
    forward = set(pairwise(chain))
    returns = {("submitted", "returned"), ("returned", "submitted")}
    straight = {(status, "closed") for status in ("validated", "published", "legal")}
    cancelled = {(status, "cancelled") for status in statuses - ENDED}
    assert ways == forward | returns | straight | cancelled
