"""The operators' page names every setting, command and metric as the code has them.

`python -m tests.unit.repository.test_operations_page` prints the tables of metrics and settings as they should stand there.
"""

from __future__ import annotations

import re
import sys

import click
import pytest

from shared.cli import cli
from shared.settings import Settings
from tests.unit.repository.test_repository import ROOT

PAGE = ROOT / "docs" / "operations" / "running.md"


def _default(value) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def setting_rows() -> list[str]:
    return [
        f"| `OPENCEN_{name.upper()}` | {_default(field.default)} | {field.description} |" for name, field in Settings.model_fields.items()
    ]


def test_every_setting_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert all(field.description for field in Settings.model_fields.values())
    assert [row for row in setting_rows() if row not in page] == []
    documented = {line for line in page.splitlines() if line.startswith("| `OPENCEN_")}
    assert documented == set(setting_rows())


def _commands(command: click.Command, path: str):
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None, f"{path} {name} is listed and missing"
        yield from _commands(child, f"{path} {name}")


COMMANDS = dict(_commands(cli, "opencen"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_stands_on_the_page_and_shows_an_example(path):
    assert f"`{path}" in PAGE.read_text(encoding="utf-8")
    command = COMMANDS[path]
    assert command.help
    assert f"{path}" in (command.epilog or "")


def metric_rows() -> list[str]:
    """Read from the source: which modules are imported must not matter."""
    rows = []
    for path in sorted([*ROOT.glob("shared/**/*.py"), *ROOT.glob("services/**/*.py")]):
        for name, text in re.findall(r'(?:Counter|Gauge|Histogram)\(\s*"(opencen_\w+)",\s*"([^"]+)"', path.read_text(encoding="utf-8")):
            rows.append(f"| `{name}` | {text} |")
    return rows


def test_every_metric_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(metric_rows()) > 10
    assert {line for line in page if line.startswith("| `opencen_")} == set(metric_rows())


if __name__ == "__main__":
    sys.stdout.write("\n".join([*metric_rows(), "", *setting_rows()]) + "\n")
