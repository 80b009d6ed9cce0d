"""`opencen dlq`: messages that no handler could take. Payloads are masked: they may be nominal."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from shared.cli.output import CommandError, json_option, out, print_json
from shared.cli.services import not_set_up, refusals_explained
from shared.settings import Settings, load_settings


@click.group()
def dlq() -> None:
    """Dead letters: messages that no handler could take."""


@dlq.command("list", epilog="Example: opencen dlq list --json")
@json_option
def list_(as_json: bool) -> None:
    """Every dead queue and how many messages wait in it."""
    rows = _ask(load_settings(), "list_queues")
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, header_style="bold")
    table.add_column("queue")
    table.add_column("messages", justify="right")
    for row in rows:
        table.add_row(row["queue"], str(row["messages"]))
    out.print(table)


@dlq.command(epilog="Example: opencen dlq show reports.cases --limit 5")
@click.argument("queue")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
def show(queue: str, limit: int, as_json: bool) -> None:
    """The dead messages of a queue, oldest first: ids, types, versions and why; never their contents."""
    rows = _ask(load_settings(), "show", queue, limit)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        out.print_json(data=row)
    if not rows:
        out.print(f"No dead messages of {queue}")


@dlq.command(epilog="Examples: opencen dlq requeue reports.cases --all | opencen dlq requeue reports.cases MESSAGE-ID")
@click.argument("queue")
@click.argument("message_id", required=False)
@click.option("--all", "everything", is_flag=True, help="All of the queue.")
@json_option
def requeue(queue: str, message_id: str | None, everything: bool, as_json: bool) -> None:
    """Give dead messages to their handler again, once what was wrong is mended."""
    _require_choice(message_id, everything)
    moved = _ask(load_settings(), "requeue", queue, message_id)
    _answer(moved, queue, "requeued", as_json=as_json)


@dlq.command(epilog="Example: opencen dlq drop reports.cases MESSAGE-ID --reason 'a test record of the training'")
@click.argument("queue")
@click.argument("message_id", required=False)
@click.option("--all", "everything", is_flag=True, help="All of the queue.")
@click.option("--reason", required=True, help="Why it may be lost; it goes into the trail.")
@json_option
def drop(queue: str, message_id: str | None, everything: bool, reason: str, as_json: bool) -> None:
    """Throw dead messages away for good."""
    _require_choice(message_id, everything)
    dropped = _ask(load_settings(), "drop", queue, message_id, reason=reason)
    _answer(dropped, queue, "dropped", as_json=as_json)


def _require_choice(message_id: str | None, everything: bool) -> None:
    if (message_id is None) != everything:
        raise click.UsageError("Name one message, or say --all.")


def _ask(settings: Settings, function: str, *arguments: Any, **options: Any) -> Any:
    from shared.errors import DependencyUnavailable  # noqa: PLC0415  only where it is needed
    from shared.messaging import dead_letters  # noqa: PLC0415  only where it is needed

    try:
        with refusals_explained():
            return getattr(dead_letters, function)(settings, *arguments, **options)
    except DependencyUnavailable as error:
        raise CommandError("The broker does not answer", "Start OpenCEN with `opencen up`, or see `opencen status`") from error
    except FileNotFoundError as error:
        raise not_set_up(settings) from error


def _answer(count: int, queue: str, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"queue": queue, done: count})
    elif count:
        out.print(f"{count} messages of {queue} {done}")
    if not count:
        raise CommandError(f"No such dead message of {queue}", f"See `opencen dlq show {queue}`")


COMMANDS = {"dlq": dlq}
