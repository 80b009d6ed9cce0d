"""Makes the servers ready for the services: roles and databases, migrations, the broker's topology.

`python -m shared.runner.prepare` is what the supervisor runs before it lets the processes work; `opencen migrate` uses the same functions.
It prints one JSON object a line: steps as they begin, and at the end perhaps a problem.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import psycopg
import sqlalchemy.exc

from shared.errors import DependencyUnavailable
from shared.messaging.connection import close_quietly, open_connection
from shared.messaging.topology import OPERATOR, declare
from shared.persistence.migrations import migrate
from shared.runner import postgresql
from shared.runner.errors import RunnerError
from shared.settings import Settings, load_settings

_PATIENCE_SECONDS = 90.0


def prepare(settings: Settings, on_step: Callable[[str], None]) -> None:
    on_step("Waiting for PostgreSQL")
    _wait(lambda: _provision(settings), psycopg.OperationalError, "PostgreSQL does not answer")
    for service in postgresql.SERVICES:
        on_step(f"Migrating the database of {service}")
        migrate_service(settings, service)
    on_step("Waiting for RabbitMQ")
    _wait(lambda: declare_topology(settings), DependencyUnavailable, "RabbitMQ does not answer")


def migrate_service(settings: Settings, service: str) -> None:
    try:
        migrate(settings, service)
    except sqlalchemy.exc.OperationalError as error:
        raise RunnerError(
            f"The database of {service} cannot be reached", "See that PostgreSQL runs (`opencen status`) and that its role may sign in"
        ) from error


def declare_topology(settings: Settings) -> None:
    connection = open_connection(settings.broker_url(OPERATOR))
    try:
        declare(connection.channel())
    finally:
        close_quietly(connection)


def _provision(settings: Settings) -> None:
    """A server of the operator's without our administrator's password already has its roles and databases."""
    if settings.postgresql_host is None or (settings.secrets_directory / "postgresql-admin").exists():
        postgresql.provision(settings)


def _wait(attempt: Callable[[], None], away: type[Exception], problem: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except away as error:
            if time.monotonic() > deadline:
                raise RunnerError(problem, "See its log under the home's `logs`, and `opencen doctor`") from error
            time.sleep(0.1)


def _tell(line: dict[str, str]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201  the supervisor reads it


def main() -> int:
    try:
        prepare(load_settings(), lambda step: _tell({"step": step}))
    except RunnerError as error:
        _tell({"problem": error.problem, "advice": error.advice})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
