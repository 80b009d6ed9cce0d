"""The command line of OpenCEN. Each command's module is imported only when it is called: `status` must be quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

_COMMANDS = {
    "up": "running",
    "demo": "running",
    "down": "running",
    "status": "running",
    "migrate": "operating",
    "rebuild": "operating",
    "audit": "operating",
    "reports": "operating",
    "dlq": "dead_letters",
    "doctor": "doctor",
    "user": "users",
    "login": "client",
    "import": "client",
}


class _LazyGroup(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        module_name = _COMMANDS.get(name)
        if module_name is None:
            return None
        module = importlib.import_module(f"shared.cli.{module_name}")
        command: click.Command = module.COMMANDS[name]
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="opencen", prog_name="opencen")
def cli() -> None:
    """OpenCEN, an open customs enforcement network: seizures recorded, searched, watched and reported.

    State lies under OPENCEN_HOME (default .opencen); every other setting is an OPENCEN_* variable too.

    \b
    opencen demo --detach      a training installation, in the background
    opencen status             what runs
    opencen down               end it
    """  # noqa: D301  click reads the control character itself


def main(arguments: Sequence[str] | None = None) -> None:
    from shared.cli.output import explained  # noqa: PLC0415  rich is not needed to complete a command's name

    if isinstance(sys.stdout.encoding, str) and sys.stdout.encoding.lower() == "ascii":
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text stream here
    try:
        with explained():
            cli.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


__all__ = ["cli", "main"]
