from __future__ import annotations

from datetime import date

import pytest

from services.reports.domain.definitions import report_query
from shared.errors import NotFound, Unprocessable


def test_a_plain_report():
    query = report_query("seizures-by-month", "2026-01-01", "2026-01-31", None, {})
    assert (query.dimensions, query.start, query.end) == (("month",), date(2026, 1, 1), date(2026, 1, 31))


def test_a_group_adds_a_dimension_once():
    assert report_query("seizures-by-month", None, None, "commodity", {}).dimensions == ("month", "commodity")
    assert report_query("seizures-by-month", None, None, "month", {}).dimensions == ("month",)


def test_an_unknown_report_is_not_found():
    with pytest.raises(NotFound):
        report_query("seizures-by-moon", None, None, None, {})


def test_every_problem_is_said_at_once():
    with pytest.raises(Unprocessable) as caught:
        report_query("seizures-by-month", "yesterday", "2026-13-01", "moon", {"colour": "red"})
    assert [(error.field, error.code) for error in caught.value.errors] == [
        ("from", "date"),
        ("to", "date"),
        ("group", "unknown_code"),
        ("colour", "unknown_code"),
    ]


def test_days_in_the_wrong_order():
    with pytest.raises(Unprocessable) as caught:
        report_query("seizures-by-month", "2026-02-01", "2026-01-01", None, {"office": "LA-VTE"})
    assert [error.code for error in caught.value.errors] == ["before_from"]
