from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.search.domain.saved_search import SavedSearch, SavedSearchContent, content_from, require_match
from shared.errors import FieldError, PreconditionFailed, PreconditionRequired, Unprocessable

BODY = {"name": " Ketamine ", "query": "drug:ketamine"}


def content(body, problems=()):
    return content_from(body, unit="LA-VTE", problems_of=lambda _: list(problems))


def refused(body, problems=()) -> dict[str, str]:
    with pytest.raises(Unprocessable) as error:
        content(body, problems)
    return {problem.field: problem.code for problem in error.value.errors}


def test_defaults():
    assert content(BODY) == SavedSearchContent("Ketamine", "drug:ketamine", "LA-VTE", False, "medium", ("screen",))


def test_what_is_null_or_was_added_by_a_read_changes_nothing():
    sent = BODY | {"id": "x", "version": 3, "created_at": "x", "unit": None, "alert": None, "severity": None, "channels": None}
    assert content(sent) == content(BODY)


def test_a_channel_counts_once():
    assert content(BODY | {"channels": ["mail", "screen", "mail"]}).channels == ("mail", "screen")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, {"name": "required"}),
        ({"name": ""}, {"name": "required"}),
        ({"name": 3}, {"name": "wrong_type"}),
        ({"name": "x" * 201}, {"name": "too_long"}),
        ({"query": 1}, {"query": "wrong_type"}),
        ({"query": "x" * 2001}, {"query": "too_long"}),
        ({"unit": 1}, {"unit": "wrong_type"}),
        ({"alert": 1}, {"alert": "wrong_type"}),
        ({"severity": ["high"]}, {"severity": "unknown_code"}),
        ({"channels": "screen"}, {"channels": "wrong_type"}),
        ({"channels": [[]]}, {"channels": "unknown_code"}),
        ({"colour": 1}, {"colour": "unknown_field"}),
    ],
)
def test_each_fault_by_its_field(change, expected):
    assert refused(BODY | change) == expected


def test_the_querys_own_problems_are_told_with_the_others():
    problem = FieldError("query", "unclosed_quote", "Close this quotation mark.", position=3)
    assert refused(BODY | {"severity": "loud"}, [problem]) == {"query": "unclosed_quote", "severity": "unknown_code"}


@pytest.mark.parametrize("body", [None, [], "text", 1])
def test_what_is_no_object(body):
    assert refused(body) == {"": "wrong_type"}


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', "*", '"1", "3"', ' "3" '])
def test_the_present_version_may_be_changed(header):
    require_match(header, 3)


@pytest.mark.parametrize("header", ['"2"', "3", "", "W/3", "x"])
def test_another_version_is_stale(header):
    with pytest.raises(PreconditionFailed) as stale:
        require_match(header, 3)
    assert stale.value.details == {"version": 3}


def test_a_write_without_a_version_is_refused():
    with pytest.raises(PreconditionRequired):
        require_match(None, 3)


def test_the_wire_holds_what_the_api_promises():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    search = SavedSearch("id", 2, "Name", "q", "LA-VTE", True, "high", ("screen",), at, "a", at, "b", None, 9)
    wire = search.to_wire()
    assert {"id", "name", "query", "unit", "alert", "severity", "channels", "version"} <= wire.keys()
    assert wire["channels"] == ["screen"]
    assert "revision" not in wire
