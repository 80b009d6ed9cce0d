"""`opencen user`: accounts, written by the gateway's own code."""

from __future__ import annotations

import os
from typing import Any

import click
from rich.table import Table

from shared.cli.output import json_option, out, print_json
from shared.cli.services import database_errors_explained, entry
from shared.security.principal import CLEARANCES
from shared.settings import load_settings

_PASSWORD_VARIABLE = "OPENCEN_USER_PASSWORD"  # noqa: S105  the name of a variable


@click.group()
def user() -> None:
    """Accounts of officers: add, list, change, password, deactivate."""


@user.command(
    epilog="Examples: opencen user add --role administrator | "
    "opencen user add somchai --role reporting_officer --role validator --unit LA-VTE"
)
@click.argument("username", required=False)
@click.option("--role", "roles", multiple=True, required=True, help="One of the roles; may be given several times.")
@click.option("--unit", default="LA-HQ", show_default=True, help="The unit's code.")
@click.option("--name", default="", help="The officer's name, as screens show it.")
@click.option("--clearance", type=click.Choice(CLEARANCES), default="restricted", show_default=True)
@json_option
def add(*, username: str | None, roles: tuple[str, ...], unit: str, name: str, clearance: str, as_json: bool) -> None:
    """Make an account. Asks for what is missing; the password may come from OPENCEN_USER_PASSWORD."""
    settings = load_settings()
    username = username or click.prompt("User name", default="admin" if roles == ("administrator",) else None)
    password = _password(username)
    with database_errors_explained(settings):
        _accounts("ensure_root_unit")(settings)
        row = _accounts("add_account")(settings, username, roles, unit, password, clearance=clearance, name=name)
    _answer(row, as_json=as_json, text=f"{username} may sign in")


@user.command("list", epilog="Example: opencen user list --json")
@json_option
def list_(as_json: bool) -> None:
    """Every account with its unit, roles and clearance."""
    settings = load_settings()
    with database_errors_explained(settings):
        rows = _accounts("list_accounts")(settings)
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, header_style="bold")
    for column in ("user", "name", "unit", "roles", "clearance", "active"):
        table.add_column(column)
    for row in rows:
        active = "yes" if row["active"] else "no"
        table.add_row(row["username"], row["name"], row["unit"], ", ".join(row["roles"]), row["clearance"], active)
    out.print(table)


@user.command(epilog="Example: opencen user change somchai --unit LA-SVK --role reporting_officer")
@click.argument("username")
@click.option("--role", "roles", multiple=True, help="The new roles, all of them.")
@click.option("--unit", help="The new unit's code.")
@click.option("--name", help="The officer's name.")
@click.option("--clearance", type=click.Choice(CLEARANCES))
@click.option("--active/--inactive", default=None, help="Let the account sign in, or not.")
@json_option
def change(*, username: str, roles: tuple[str, ...], as_json: bool, **others: Any) -> None:
    """Change an account. New rights count at once."""
    settings = load_settings()
    changes = {key: value for key, value in others.items() if value is not None}
    if roles:
        changes["roles"] = list(roles)
    if not changes:
        raise click.UsageError("Say what to change: --role, --unit, --name, --clearance or --active/--inactive.")
    with database_errors_explained(settings):
        row = _accounts("change_account")(settings, username, **changes)
    _answer(row, as_json=as_json, text=f"{username} is changed")


@user.command(epilog="Example: opencen user password somchai")
@click.argument("username")
def password(username: str) -> None:
    """Give an account a new password; its sessions end."""
    settings = load_settings()
    new = _password(username)
    with database_errors_explained(settings):
        _accounts("set_password")(settings, username, new)
    out.print(f"{username} has a new password")


@user.command(epilog="Example: opencen user deactivate somchai")
@click.argument("username")
@json_option
def deactivate(username: str, as_json: bool) -> None:
    """Let an account sign in no more; what it recorded stays."""
    settings = load_settings()
    with database_errors_explained(settings):
        row = _accounts("deactivate_account")(settings, username)
    _answer(row, as_json=as_json, text=f"{username} can sign in no more")


def _accounts(name: str) -> Any:
    return entry(f"services.gateway.accounts:{name}")


def _password(username: str) -> str:
    given = os.environ.get(_PASSWORD_VARIABLE)
    return given or str(click.prompt(f"Password of {username}", hide_input=True, confirmation_prompt=True))


def _answer(row: dict[str, Any], *, as_json: bool, text: str) -> None:
    if as_json:
        print_json(row)
    else:
        out.print(f"{text}: {row['unit']}, {', '.join(row['roles'])}, {row['clearance']}")


COMMANDS = {"user": user}
