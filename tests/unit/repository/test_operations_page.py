"""The operators' page names every setting, command and metric as the code has them.

`python -m tests.unit.repository.test_operations_page` prints the table of settings as it should stand there.
"""

from __future__ import annotations

import sys

import click
import pytest
from prometheus_client import REGISTRY

from shared.cli import cli
from shared.messaging import metrics
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


def test_every_metric_stands_on_the_page():
    assert metrics.HANDLED is not None
    page = PAGE.read_text(encoding="utf-8")
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("opencen_")}
    assert {name for name in names if name not in page} == set()


if __name__ == "__main__":
    sys.stdout.write("\n".join(setting_rows()) + "\n")
