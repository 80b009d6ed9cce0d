"""How the command line speaks: to people with colour and progress, to scripts in JSON, and on failure with what to do."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console

from shared.runner.errors import RunnerError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_ADVICE = {
    errno.ENOSPC: ("The disk is full", "Make room on the disk that holds OPENCEN_HOME, and run the command again"),
    errno.EDQUOT: ("Your share of the disk is used up", "Make room, or set OPENCEN_HOME to another disk"),
    errno.EROFS: ("That place cannot be written", "Set OPENCEN_HOME to a directory that can be written"),
    errno.EACCES: (
        "You have no right to write or read there",
        "Use a directory of your own by OPENCEN_HOME, or run as the user it belongs to",
    ),
    errno.EPERM: ("You have no right to do that", "Run as the user who started OpenCEN"),
}


class CommandError(click.ClickException):
    """A problem and what to do about it; ends the command with code 1."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.advice = advice

    def show(self, file: Any = None) -> None:
        _ = file
        err.print(f"[bold red]{self.message}.[/]", markup=True)
        err.print(f"  {self.advice}.", markup=False)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what may fail on any machine into a problem with its advice."""
    try:
        yield
    except RunnerError as error:
        raise CommandError(error.problem, error.advice) from error
    except OSError as error:
        problem, advice = _ADVICE.get(error.errno or 0, (None, None))
        if problem is None or advice is None:
            raise
        raise CommandError(f"{problem}: {error.filename}" if error.filename else problem, advice) from error


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a script to read.")
