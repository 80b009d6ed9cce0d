"""Real servers for tests: one PostgreSQL and one RabbitMQ a session, a fresh database and a fresh virtual host for each use."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from shared.runner import postgresql, rabbitmq
from shared.runner.ports import free_ports
from shared.settings import Settings
from tests.waiting import eventually


class PostgresForTests:
    """`database(service)` names a fresh, empty database whose role has the same name; `connect` opens one as the administrator."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def port(self) -> int:
        return self.settings.postgresql_port

    def database(self, service: str) -> str:
        return self.provision(self.settings.model_copy(update={"database_prefix": _fresh_prefix()}), (service,))[0]

    def provision(self, settings: Settings, services: Iterable[str]) -> list[str]:
        postgresql.provision(settings, services)
        return [settings.database_name(service) for service in services]

    def drop(self, names: Iterable[str]) -> None:
        with postgresql.admin_connection(self.settings) as connection:
            for name in names:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))

    def connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=self.settings.postgresql_admin,
            password=self.settings.secret("postgresql-admin"),
            dbname=name,
            autocommit=True,
        )


class BrokerForTests:
    """`virtual_host()` makes a fresh one with every account's permissions; `get` and `put` speak to the management API."""

    def __init__(self, settings: Settings, server: rabbitmq.RabbitmqServer, management_port: int) -> None:
        self.settings = settings
        self.server = server
        self.process: subprocess.Popen[bytes] | None = None
        account = (rabbitmq.OPERATOR, settings.secret(f"rabbitmq-{rabbitmq.OPERATOR}"))
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{management_port}/api", auth=account, timeout=30, trust_env=False)

    @property
    def port(self) -> int:
        return self.settings.rabbitmq_port

    def virtual_host(self) -> str:
        name = f"test-{secrets.token_hex(4)}"
        self.put(f"/vhosts/{name}")
        for permission in rabbitmq.permissions_at(name):
            rights = {key: permission[key] for key in ("configure", "write", "read")}
            self.put(f"/permissions/{name}/{permission['user']}", rights)
        return name

    def drop(self, virtual_host: str) -> None:
        self._client.delete(f"/vhosts/{virtual_host}").raise_for_status()

    def put(self, path: str, body: dict[str, Any] | None = None) -> None:
        self._client.put(path, json=body or {}).raise_for_status()

    def get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()

    def queues(self, virtual_host: str) -> dict[str, dict[str, Any]]:
        return {queue["name"]: queue for queue in self.get(f"/queues/{virtual_host}")}

    def close(self) -> None:
        self._client.close()

    def is_ready(self) -> bool:
        try:
            return self._client.get("/whoami").is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_postgresql(home: Path) -> Iterator[PostgresForTests]:
    """Without what only a power cut needs: tests kill processes, not machines."""
    settings = Settings(home=home, postgresql_port=free_ports(1)[0])
    server = postgresql.PostgresqlServer(settings, {"fsync": "off", "full_page_writes": "off"})
    server.initialise()
    with (home / "postgresql.log").open("wb") as log, _ended(server.start(log)):
        eventually(lambda: postgresql.is_ready(settings), timeout=30, message="PostgreSQL did not answer")
        yield PostgresForTests(settings)


@contextmanager
def running_rabbitmq(home: Path) -> Iterator[BrokerForTests]:
    port, distribution, epmd, management = free_ports(4)
    settings = Settings(home=home, rabbitmq_port=port, rabbitmq_distribution_port=distribution, rabbitmq_epmd_port=epmd)
    lines = ("management.tcp.ip = 127.0.0.1", f"management.tcp.port = {management}", "management_agent.disable_metrics_collector = true")
    server = rabbitmq.RabbitmqServer(settings, plugins=("rabbitmq_management",), lines=lines)
    server.configure()
    broker = BrokerForTests(settings, server, management)
    try:
        with (home / "rabbitmq.log").open("wb") as log, _ended(server.start_epmd(log)), _ended(server.start(log)) as node:
            broker.process = node
            eventually(broker.is_ready, timeout=60, interval=0.2, message=f"RabbitMQ did not answer, see {home / 'rabbitmq.log'}")
            yield broker
    finally:
        broker.close()


class SettingsFactory:
    """`settings_for("cases", "reports", broker=True)`: settings of a fresh home, with fresh databases and a fresh virtual host."""

    def __init__(self, directory: Path, postgres: PostgresForTests | None, broker: BrokerForTests | None) -> None:
        self._directory = directory
        self._postgres = postgres
        self._broker = broker
        self._databases: list[str] = []
        self._virtual_hosts: list[str] = []

    def build(self, services: Iterable[str], *, broker: bool, **changes: Any) -> Settings:
        home = self._directory / f"home-{secrets.token_hex(4)}"
        (home / "secrets").mkdir(parents=True)
        values: dict[str, Any] = {"home": home, "database_prefix": _fresh_prefix()}
        if services and self._postgres is not None:
            values["postgresql_port"] = self._postgres.port
            self._copy_secrets(self._postgres.settings, home, "postgresql-admin")
        if broker and self._broker is not None:
            values |= {"rabbitmq_port": self._broker.port, "rabbitmq_vhost": self._broker.virtual_host()}
            self._virtual_hosts.append(values["rabbitmq_vhost"])
            self._copy_secrets(self._broker.settings, home, "rabbitmq-*")
        settings = Settings(**(values | changes))
        if services and self._postgres is not None:
            self._databases += self._postgres.provision(settings, services)
        return settings

    def clean(self) -> None:
        if self._postgres is not None:
            self._postgres.drop(self._databases)
        for virtual_host in self._virtual_hosts:
            assert self._broker is not None
            self._broker.drop(virtual_host)

    def _copy_secrets(self, source: Settings, home: Path, pattern: str) -> None:
        for secret in source.secrets_directory.glob(pattern):
            shutil.copy2(secret, home / "secrets" / secret.name)


def _fresh_prefix() -> str:
    return f"t{secrets.token_hex(4)}_"


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
