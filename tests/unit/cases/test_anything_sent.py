"""Whatever JSON comes in, the answer is a case that can be stored, or problems by field."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cases.domain.content import Content, content_of
from services.cases.domain.facts import facts_of
from services.cases.domain.record import change
from services.cases.domain.step_request import step_request
from shared.contracts.cases import NominalCase
from shared.errors import Unprocessable
from tests.unit.cases.examples import KETAMINE, NOW, OFFICER, draft, made

NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=True, allow_infinity=True)
SCALARS = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.text(max_size=12)
    | st.sampled_from(["KGM", "drugs", "2026-03", "-1", "1e9", "LA", "en", "\x00", "\ud800", "໑"])
)
NAMES = (
    st.sampled_from(sorted(Content.model_fields))
    | st.sampled_from(["commodity", "quantity", "unit", "en", "country", "name", "id", "original"])
    | st.text(max_size=4)
)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)
BODIES = st.dictionaries(NAMES, TREES, max_size=6)


def outcome(act, *arguments):
    """(result, None) or (None, problems)."""
    try:
        return act(*arguments), None
    except Unprocessable as error:
        return None, error.errors


@settings(max_examples=150)
@given(BODIES | TREES)
def test_a_body_becomes_a_case_or_problems(body):
    made_, problems = outcome(made, body)
    if made_ is None:
        assert problems
        assert all(each.message % each.params for each in problems)
        return
    case = made_.record.case
    NominalCase.model_validate(orjson.loads(orjson.dumps(case)))
    orjson.dumps(facts_of(case))
    assert "\\u0000" not in orjson.dumps(case).decode()


@settings(max_examples=150)
@given(st.tuples(st.sampled_from(sorted(KETAMINE)), TREES))
def test_one_strange_member_among_good_ones(member):
    name, value = member
    made_, problems = outcome(made, KETAMINE | {name: value})
    if made_ is None:
        assert problems
        assert all(each.field.startswith(name) for each in problems)
        return
    assert content_of(made_.record.case) == made_.record.content


@given(BODIES | TREES)
def test_a_patch_makes_a_version_or_problems(patch):
    changed, problems = outcome(change, draft(), patch, OFFICER, NOW)
    assert problems is None or problems != []
    assert changed is None or changed.changed


@given(SCALARS, TREES, TREES)
def test_a_step_is_taken_or_refused(to, comment, fields):
    request, problems = outcome(step_request, to, comment, fields)
    assert (request is None) == bool(problems)
    if request is not None:
        orjson.dumps([request.comment, request.fields])
