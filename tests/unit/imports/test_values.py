from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cases.imports.values import clean, key, plain, read_day, read_decimal


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("490.0", ".", "490.0"),
        ("1e-06", ".", "0.000001"),
        ("1.4000000000000001e-05", ".", "0.000014000000000000001"),
        (" 12 ", ".", "12"),
        ("1,234", ".", "1234"),
        ("1,234,567.8", ".", "1234567.8"),
        ("1.234.567,8", ",", "1234567.8"),
        ("0,5", ",", "0.5"),
        ("1\u00a0000", ".", "1000"),
        ("໑໒.໕", ".", "12.5"),
        (".5", ".", "0.5"),
    ],
)
def test_numbers_as_people_write_them(text, mark, number):
    read = read_decimal(text, decimal_mark=mark)
    assert read is not None
    assert plain(read) == number


@pytest.mark.parametrize("text", ["", "abc", "12 kg", "1,23", "1.2.3", "--5", "1e", "NaN", "Infinity", "0x10", "1,2345", "400g each"])
def test_what_is_no_number_is_never_guessed(text):
    assert read_decimal(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12, places=6))
def test_every_number_is_read_exactly(number):
    assert read_decimal(plain(number)) == number
    assert read_decimal(str(number)) == number


@pytest.mark.parametrize(
    ("text", "formats", "day"),
    [
        ("2011-03-14", ("%Y-%m-%d",), "2011-03-14"),
        ("14/03/2011", ("%Y-%m-%d", "%d/%m/%Y"), "2011-03-14"),
        ("໑໔/໐໓/໒໐໑໑", ("%d/%m/%Y",), "2011-03-14"),
        ("2557-03-14", ("%Y-%m-%d",), None),
        ("2011-02-30", ("%Y-%m-%d",), None),
        ("0011-03-14", ("%Y-%m-%d",), None),
        ("March", ("%Y-%m-%d",), None),
    ],
)
def test_days(text, formats, day):
    assert read_day(text, formats) == day


def test_one_value_in_many_spellings_has_one_key():
    assert len({key(text) for text in ("Bogotá", "BOGOTA", " bogota\u200b ", "Bogota\u0301")}) == 1
    assert key("ນ້ຳມັນ") != key("ນຳມັນ"), "Lao tones are marks too and must stay"


def test_text_is_kept_as_written_but_for_what_nobody_sees():
    assert clean("  Auckland \u200b\u00a0 City\n") == "Auckland City"
    assert clean("железнодорожный пункт") == "железнодорожный пункт"
    assert clean("a\x07b") == "a b"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    assert key(key(text)) == key(text)


def test_plain_never_shows_an_exponent():
    assert plain(Decimal("1E+3")) == "1000"
