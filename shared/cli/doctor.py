"""`opencen doctor`: looks at the machine and the installation, and says what to do about what it finds."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
import psutil

from shared.cli import installation
from shared.cli.output import err, json_option, out, print_json
from shared.runner import postgresql, rabbitmq
from shared.runner.errors import RunnerError
from shared.runner.ports import port_is_free
from shared.runner.processes import POSTGRESQL, RABBITMQ, Kind, processes_of, servers_of
from shared.runner.status import present_status
from shared.settings import Settings, load_settings

_LEAST_MEMORY_BYTES = 1_500_000_000
_CONNECTIONS_A_PROCESS = 6
"""A pool of five, and one more for locks and notifications."""
_CONNECTIONS_OF_OPERATORS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` is empty where all is well."""

    subject: str
    state: str
    advice: str = ""


@click.command(epilog="Examples: opencen doctor | opencen doctor --json")
@json_option
def doctor(as_json: bool) -> None:
    """Look for what keeps OpenCEN from running well: programs, rights, disk, ports, memory, servers, connections."""
    settings = load_settings()
    findings = [finding for look in _LOOKS for finding in look(settings)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    for finding in () if as_json else findings:
        sign = "[yellow]![/]" if finding.advice else "[green]✓[/]"
        out.print(f"{sign} {finding.subject}: {finding.state}")
        if finding.advice:
            out.print(f"    {finding.advice}")
    if any(finding.advice for finding in findings):
        err.print("Some of it needs your hand")
        sys.exit(1)


def _programs(settings: Settings) -> Iterator[Finding]:
    for spec, find in ((POSTGRESQL, lambda: postgresql.program("postgres")), (RABBITMQ, lambda: rabbitmq.program("rabbitmq-server"))):
        if spec in servers_of(settings):
            try:
                yield Finding(spec.name, f"ours, {find()}")
            except RunnerError as error:
                yield Finding(spec.name, error.problem, error.advice)
        else:
            yield Finding(spec.name, "yours, by address")


def _home(settings: Settings) -> Iterator[Finding]:
    if not settings.home.exists():
        yield Finding("home", f"{settings.home}, made at the first start")
        return
    try:
        installation.check_home(settings)
        free = shutil.disk_usage(settings.home).free
        yield Finding("home", f"{settings.home}, {free // 1_000_000_000} GB free")
    except RunnerError as error:
        yield Finding("home", error.problem, error.advice)
    except OSError as error:
        yield Finding("home", f"{settings.home}: {error.strerror}", "Set OPENCEN_HOME to a directory that you may write")


def _memory(_settings: Settings) -> Iterator[Finding]:
    available = psutil.virtual_memory().available
    advice = "" if available > _LEAST_MEMORY_BYTES else "Close other programs: OpenCEN takes about 1.5 GB"
    yield Finding("memory", f"{available // 1_000_000} MB available", advice)


def _port(settings: Settings) -> Iterator[Finding]:
    if installation.is_running(settings):
        return
    try:
        free = port_is_free(settings.http_port, settings.http_host)
    except OSError:
        yield Finding("port", f"this machine has no address {settings.http_host}", "Set OPENCEN_HTTP_HOST to an address of this machine")
        return
    yield Finding("port", f"{settings.http_port} is {'free' if free else 'taken'}", "" if free else "Set OPENCEN_HTTP_PORT to a free port")


def _processes(settings: Settings) -> Iterator[Finding]:
    status = present_status(settings)
    if status.supervisor() is None:
        yield Finding("processes", "down; start them with `opencen up`")
        return
    missing = [process.name for process in status.processes if process.state != "running"]
    advice = f"See the logs in {settings.logs_directory}" if missing else ""
    yield Finding("processes", f"not running: {', '.join(missing)}" if missing else f"all {len(status.processes)} run", advice)


def _connections(settings: Settings) -> Iterator[Finding]:
    """The pools of all processes must fit into what the server allows."""
    try:
        with postgresql.admin_connection(settings) as connection:
            row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    except (OSError, postgresql.OperationalError):
        return
    allowed = row[0] if row else 0
    users = sum(spec.kind is not Kind.SERVER for spec in processes_of(settings))
    needed = users * _CONNECTIONS_A_PROCESS + _CONNECTIONS_OF_OPERATORS
    advice = "" if needed <= allowed else f"Set max_connections of PostgreSQL to {needed} or more"
    yield Finding("connections", f"{needed} at most, {allowed} allowed", advice)


_LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (_programs, _home, _memory, _port, _processes, _connections)
COMMANDS = {"doctor": doctor}
