"""`opencen migrate`, `rebuild`, `audit verify`, `reports verify`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.progress import Progress

from shared.cli.output import CommandError, err, explained, json_option, out, print_json
from shared.cli.services import Operator, database_errors_explained, operator
from shared.settings import Settings, load_settings

_SHOWN_DIFFERENCES = 20


@click.command(epilog="Example: opencen migrate")
@json_option
def migrate(as_json: bool) -> None:
    """Bring every database to this program's schema. `opencen up` does it first by itself."""
    from shared.runner import postgresql, prepare  # noqa: PLC0415  imports the databases' library

    settings = load_settings()
    with explained(), database_errors_explained(settings), _database_server(settings):
        if settings.postgresql_host is None:
            postgresql.provision(settings)
        for service in postgresql.SERVICES:
            err.print(f"Migrating the database of {service}")
            prepare.migrate_service(settings, service)
    if as_json:
        print_json({"migrated": list(postgresql.SERVICES)})
    else:
        out.print("Every database is up to date")


@click.command(epilog="Examples: opencen rebuild search | opencen rebuild reports")
@click.argument("what", type=click.Choice(["search", "reports"]))
@json_option
def rebuild(what: str, as_json: bool) -> None:
    """Make the search index or the facts anew from the cases; reading goes on meanwhile."""
    with operator(load_settings()) as services, _bar(f"Rebuilding {what}", show=not as_json) as bar:
        present = services.call(what, "rebuild_status")
        if present["state"] not in ("running", "requested"):
            present = services.call(what, "start_rebuild")
        while present["state"] in ("running", "requested"):
            bar(present["done"], present["total"])
            time.sleep(0.2)
            present = services.call(what, "rebuild_status")
        bar(present["done"], present["total"])
    if as_json:
        print_json(present)
    if present["state"] != "done":
        raise CommandError(f"The rebuild of {what} ended as {present['state']}", f"The log of {what} says why; run the command again")
    if not as_json:
        out.print(f"{what} is rebuilt from {present['done']} cases")


@click.group()
def audit() -> None:
    """The trail of who did what."""


@audit.command("verify", epilog="Example: opencen audit verify --json")
@json_option
def verify_audit(as_json: bool) -> None:
    """Recompute the trail's chain from its first entry to its head."""
    with operator(load_settings()) as services, _bar("Verifying the trail", show=not as_json) as bar:
        page: dict[str, Any] = {"after": 0, "done": False}
        verified = 0
        while not page["done"]:
            page = services.call("audit", "verify", {"after": page["after"]})
            verified += page["verified"]
            bar(verified, page["entries"])
    result = {"entries": page["entries"], "verified": verified, "first_break": page["first_break"], "hash": page.get("hash")}
    if as_json:
        print_json(result)
    if result["first_break"] is not None:
        raise CommandError(
            f"The chain breaks at entry {result['first_break']}",
            "Somebody changed the trail: keep the database as it is and compare it with its backup",
        )
    if not as_json:
        out.print(f"{verified} entries verify; the chain's head is {result['hash']}")


@click.group()
def reports() -> None:
    """The facts that reports count."""


@reports.command("verify", epilog="Example: opencen reports verify --json")
@json_option
def verify_reports(as_json: bool) -> None:
    """Compare every case with its facts, case by case, both ways."""
    with operator(load_settings()) as services, _bar("Comparing cases with facts", show=not as_json) as bar:
        result = compare_all(services, bar)
    if as_json:
        print_json(result)
    if result["differences"] or result["facts"] != result["cases"]:
        for difference in result["differences"][: 0 if as_json else _SHOWN_DIFFERENCES]:
            err.print(f"{difference['id']}: cases {difference['cases']}, reports {difference['reports']}", markup=False)
        raise CommandError(
            f"{len(result['differences'])} cases differ; {result['cases']} cases, {result['facts']} with facts",
            "Wait until the queue is empty (`opencen status`), else run `opencen rebuild reports`",
        )
    if not as_json:
        out.print(f"{result['cases']} cases and their facts are the same")


def compare_all(services: Operator, bar: Callable[[int, int], None] = lambda _done, _total: None) -> dict[str, Any]:
    """`{cases, facts, differences}`: every case held against its facts."""
    total = services.call("cases", "count_cases")["cases"]
    result: dict[str, Any] = {"cases": 0, "facts": 0, "differences": []}
    after: Any = None
    while True:
        page = services.call("reports", "verify", {"after": after})
        result["cases"] += page["compared"]
        result["facts"] = page["facts"]
        result["differences"] += page["differences"]
        bar(result["cases"], total)
        after = page["next"]
        if after is None:
            return result


@contextmanager
def _bar(text: str, *, show: bool) -> Iterator[Any]:
    """`bar(done, total)`; nothing is shown where a script reads."""
    with Progress(console=err, disable=not show or not err.is_terminal) as progress:
        task = progress.add_task(text, total=None)

        def update(done: int, total: int) -> None:
            progress.update(task, completed=done, total=max(total, done, 1))

        yield update


@contextmanager
def _database_server(settings: Settings) -> Iterator[None]:
    """Our own PostgreSQL, for the time of one command where nothing runs."""
    from shared.runner import launching, postgresql  # noqa: PLC0415  imports the databases' library
    from shared.runner.secrets import private_directory  # noqa: PLC0415  only where it is needed

    private_directory(settings.logs_directory)
    if settings.postgresql_host is not None or postgresql.is_ready(settings):
        yield
        return
    server = launching.postgresql(settings)
    server.start()
    try:
        deadline = time.monotonic() + 60
        while not postgresql.is_ready(settings) and time.monotonic() < deadline:
            time.sleep(0.1)
        yield
    finally:
        server.ask_to_stop()
        while server.is_alive():
            time.sleep(0.1)


COMMANDS = {"migrate": migrate, "rebuild": rebuild, "audit": audit, "reports": reports}
