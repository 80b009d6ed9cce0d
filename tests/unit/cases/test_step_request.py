from __future__ import annotations

import pytest

from services.cases.domain.step_request import StepRequest, step_request
from shared.errors import Unprocessable


def problems(*arguments) -> dict[str, str]:
    with pytest.raises(Unprocessable) as caught:
        step_request(*arguments)
    return {error.field: error.code for error in caught.value.errors}


def test_a_step_needs_only_where_to():
    assert step_request("submitted") == StepRequest("submitted", None, [])
    assert step_request("submitted", " ", None) == StepRequest("submitted", None, [])


def test_a_return_says_what_is_to_be_mended():
    fields = [{"field": "goods[0].quantity", "comment": "ຊັ່ງໃໝ່"}]
    assert step_request("returned", None, fields) == StepRequest("returned", None, fields)
    assert step_request("returned", "Weigh again").comment == "Weigh again"
    assert problems("returned") == {"comment": "required"}
    assert problems("returned", "", []) == {"comment": "required"}


def test_a_cancellation_needs_a_reason_in_words():
    assert problems("cancelled", None, [{"field": "title", "comment": "wrong"}]) == {"comment": "required"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((None,), {"to": "required"}),
        (("draft",), {"to": "unknown_code"}),
        ((["submitted"],), {"to": "unknown_code"}),
        (("submitted", 7), {"comment": "wrong_type"}),
        (("submitted", "x" * 2001), {"comment": "too_long"}),
        (("submitted", "\ud800"), {"comment": "characters"}),
        (("submitted", None, "goods"), {"fields": "wrong_type"}),
        (("submitted", None, [{}] * 51), {"fields": "too_many"}),
        (
            ("lost", 7, [1, {"field": "a"}, {"field": "a", "comment": "b", "x": 1}]),
            {
                "to": "unknown_code",
                "comment": "wrong_type",
                "fields[0]": "wrong_type",
                "fields[1].comment": "required",
                "fields[2].x": "unknown_field",
            },
        ),
    ],
)
def test_every_problem_at_once(arguments, expected):
    assert problems(*arguments) == expected
