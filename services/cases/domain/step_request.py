"""The body of a transition, checked: `{to, comment?, fields?: [{field, comment}]}`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.cases.domain.plain import Cleaner
from services.cases.domain.problems import problem, refuse, shown
from services.cases.domain.workflow import STEPS
from shared.errors import FieldError

MOST_CHARACTERS = 2_000
# The remarks travel with the record in one event, which has its limit.
MOST_FIELDS = 50
MOST_FIELD_CHARACTERS = {"field": 200, "comment": 500}


@dataclass(frozen=True, slots=True)
class StepRequest:
    to: str
    comment: str | None = None
    fields: list[dict[str, str]] = field(default_factory=list)


def step_request(to: Any, comment: Any = None, fields: Any = None) -> StepRequest:
    """Raises Unprocessable with every problem at once."""
    problems: list[FieldError] = []
    step = STEPS.get(to) if isinstance(to, str) else None
    if step is None:
        problems.append(problem("to", "required") if to is None else problem("to", "unknown_code", value=shown(to)))
    remarks, found = _field_comments(fields)
    needed = None if step is None or (to == "returned" and remarks) else step.comment
    words, wrong = remark(comment, "comment", missing=needed)
    refuse(problems + wrong + found)
    return StepRequest(str(to), words, remarks)


def remark(value: Any, path: str, *, missing: str | None, most: int = MOST_CHARACTERS) -> tuple[str | None, list[FieldError]]:
    """A short text of an officer about an act; `missing` is the problem's code when there must be one."""
    cleaner = Cleaner()
    text = cleaner.clean(value, path)
    if cleaner.problems:
        return None, cleaner.problems
    if text is None:
        return None, [problem(path, missing)] if missing else []
    if not isinstance(text, str):
        return None, [problem(path, "wrong_type_text")]
    if len(text) > most:
        return None, [problem(path, "too_long", most=most)]
    return text, []


def _field_comments(fields: Any) -> tuple[list[dict[str, str]], list[FieldError]]:
    if fields is None:
        return [], []
    if not isinstance(fields, list):
        return [], [problem("fields", "wrong_type_list")]
    if len(fields) > MOST_FIELDS:
        return [], [problem("fields", "too_many", most=MOST_FIELDS)]
    remarks, problems = [], []
    for index, item in enumerate(fields):
        values, found = _field_comment(item, f"fields[{index}]")
        remarks.append(values)
        problems += found
    return remarks, problems


def _field_comment(item: Any, path: str) -> tuple[dict[str, str], list[FieldError]]:
    if not isinstance(item, dict):
        return {}, [problem(path, "wrong_type_object")]
    problems = [problem(f"{path}.{shown(name)}", "unknown_field") for name in item if name not in MOST_FIELD_CHARACTERS]
    values = {}
    for name, most in MOST_FIELD_CHARACTERS.items():
        text, found = remark(item.get(name), f"{path}.{name}", missing="required", most=most)
        values[name] = text or ""
        problems += found
    return values, problems
