"""Promises about the repository itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.lock", "requirements-test.lock", "package-lock.json")


def _project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_name_no_registry(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "hash" in text or "integrity" in text
    homes = re.findall(r'"(?:resolved)": ".*"|--(?:extra-)?index-url.*|--find-links.*', text)
    assert homes == []


@pytest.mark.parametrize(("lock", "extra"), [("requirements.lock", None), ("requirements-test.lock", "test")])
def test_the_lock_holds_every_dependency_with_hashes(lock, extra):
    text = (ROOT / lock).read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", text, re.MULTILINE))
    project = _project()["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    names = {re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0].lower().replace("_", "-") for requirement in wanted}
    assert names <= locked, "run `make lock`"
    assert text.count("--hash=sha256:") >= len(locked)


def test_at_most_fifteen_ruff_ignores_each_with_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = _project()["tool"]["ruff"]["lint"]
    codes = [*lint["ignore"], *(code for codes in lint["per-file-ignores"].values() for code in codes)]
    assert len(codes) <= 15
    for code in codes:
        assert re.search(rf'"{code}",\s+# \S+', text), f"{code} has no reason"


def test_what_is_silenced_in_the_code_says_why():
    bare = []
    for path in [*ROOT.glob("shared/**/*.py"), *ROOT.glob("services/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z-]+\])\s*$", line):
                bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []
