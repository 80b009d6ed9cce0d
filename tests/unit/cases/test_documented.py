"""docs/cases.md says what the tables in code say."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from services.cases.domain import content
from services.cases.domain.problems import MESSAGES, problem
from services.cases.domain.requirements import COMMODITY_FORMS
from services.cases.domain.workflow import STEPS

PAGE = (Path(__file__).parents[3] / "docs" / "cases.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([a-z_.]+)`", PAGE))


def section(name: str) -> str:
    return PAGE.split(f"## {name}\n")[1].split("\n## ")[0]


def test_every_field_is_documented():
    models = [model for model in vars(content).values() if isinstance(model, type) and issubclass(model, BaseModel)]
    own = [model for model in models if model.__module__ == content.__name__]
    assert {name for model in own for name in model.model_fields} <= WORDS


def test_every_problem_is_documented_and_no_other():
    table = set(
        re.findall(
            r"`([a-z_]+)`", "".join(line.split("|")[1] for line in section("Refusals by field").splitlines() if line.startswith("| `"))
        )
    )
    assert table == {problem("", code).code for code in MESSAGES}


def test_every_form_is_documented():
    rows = [line.split("|") for line in section("Submission").splitlines() if line.startswith("| `")]
    documented = {}
    for _, names, alternatives, further, _ in rows:
        for name in re.findall(r"`([a-z_]+)`", names):
            documented[name] = (tuple(re.findall(r"`([a-z_.]+)`", alternatives)), further.strip())
    assert set(documented) == set(COMMODITY_FORMS)
    for name, (first, *rest) in COMMODITY_FORMS.items():
        alternatives, further = documented[name]
        assert alternatives == first
        assert re.findall(r"`([a-z_.]+)`", further) == [path for row in rest for path in row]


def test_every_step_is_documented():
    assert all(re.search(rf"\b{status}\b", section("Workflow")) for status in STEPS)
