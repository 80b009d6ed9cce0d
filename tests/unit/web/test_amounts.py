from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web.amounts import TwoMeanings, read_amount, show_amount


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12", "12"),
        ("12.40", "12.40"),
        ("12,40", "12.40"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1,234.5", "1234.5"),
        ("໑໒,໕", "12.5"),
        (" 1 000 ", "1000"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        ("ten", "ten"),
        ("-3", "-3"),
        ("", ""),
    ],
)
def test_what_means_one_thing_is_read(typed, read):
    assert read_amount(typed) == read


@pytest.mark.parametrize(
    ("typed", "whole", "part"), [("1.234", "1234", "1.2340"), ("12,500", "12500", "12.5000"), ("໑.໒໓໔", "1234", "1.2340")]
)
def test_what_means_two_things_is_asked_back(typed, whole, part):
    with pytest.raises(TwoMeanings) as refused:
        read_amount(typed)
    assert (refused.value.whole, refused.value.part) == (whole, part)
    assert read_amount(whole) == whole
    assert read_amount(part) == part


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_what_is_shown_is_read_back_unasked(amount):
    assert Decimal(read_amount(show_amount(str(amount)))) == amount
