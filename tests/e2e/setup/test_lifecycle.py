"""An installation from its first start to its end, beside servers of somebody else."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys

import httpx
import psutil
import pytest

from tests.installation import PASSWORD, ROOT, Installation, running_installation
from tests.waiting import eventually

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def real(tmp_path_factory, postgres, broker):
    """Without training data, in a directory that only root may enter, beside a PostgreSQL and a RabbitMQ that are not its own."""
    parent = tmp_path_factory.mktemp("closed")
    parent.chmod(0o700)
    with running_installation(parent / "home", "up", "--detach") as installation:
        yield installation


def _pids(installation: Installation) -> dict[str, int]:
    return {name: process["pid"] for name, process in installation.processes().items()}


def test_everything_runs_and_says_so(real):
    processes = real.processes()
    assert {process["state"] for process in processes.values()} == {"running"}
    assert all(process["pid"] and process["port"] for process in processes.values())
    assert len({process["port"] for process in processes.values()}) == len(processes)
    ready = httpx.get(f"{real.url}/readyz", trust_env=False)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


def test_every_process_serves_health_and_metrics(real):
    for name, process in real.processes().items():
        if name in ("postgresql", "rabbitmq"):
            continue
        url = f"http://127.0.0.1:{process['port']}"
        assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200, name
        assert "python_info" in httpx.get(f"{url}/metrics", trust_env=False).text, name


def test_secrets_are_for_their_owner_only(real):
    secrets = list((real.home / "secrets").iterdir())
    assert len(secrets) > 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_our_servers_listen_on_this_machine_only(real):
    settings = real.settings
    ports = {settings.postgresql_port, settings.rabbitmq_port, settings.rabbitmq_distribution_port, settings.rabbitmq_epmd_port}
    listening = [item.laddr for item in psutil.net_connections("tcp") if item.status == psutil.CONN_LISTEN and item.laddr.port in ports]
    assert {address.port for address in listening} == ports
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


def test_a_second_start_is_a_no_op_that_says_so(real):
    before = _pids(real)
    done = real.opencen("up", "--detach")
    assert "already runs" in done.stdout
    assert _pids(real) == before


def test_the_first_account_of_a_real_installation(real):
    made = real.answer("user", "add", "first", "--role", "administrator", OPENCEN_USER_PASSWORD="a-long-enough-password")
    assert made["roles"] == ["administrator"]
    again = real.opencen("user", "add", "first", "--role", "administrator", check=False, OPENCEN_USER_PASSWORD="a-long-enough-password")
    assert again.returncode == 1
    assert "first" in again.stderr
    answer = httpx.post(f"{real.url}/api/v1/session", json={"username": "first", "password": "a-long-enough-password"}, trust_env=False)
    assert answer.status_code == 200
    assert [account["username"] for account in real.answer("user", "list")] == ["first"]


def test_nothing_of_training_in_a_real_installation(real):
    assert "mailbox" not in real.processes()
    demo = real.opencen("demo", "--reset", check=False)
    assert demo.returncode == 1
    assert "real installation" in demo.stderr
    assert (real.home / "postgresql" / "data" / "PG_VERSION").exists()


def test_a_killed_supervisor_comes_back_and_adopts_what_runs(real):
    before = _pids(real)
    real.kill("supervisor")

    def back() -> bool:
        after = _pids(real)
        return after["supervisor"] not in (None, before["supervisor"]) and real.processes()["supervisor"]["state"] == "running"

    eventually(back, timeout=30, interval=0.3)
    after = _pids(real)
    assert {name: pid for name, pid in after.items() if name != "supervisor"} == {
        name: pid for name, pid in before.items() if name != "supervisor"
    }
    # What it adopted it also starts again.
    real.kill("audit")
    eventually(
        lambda: real.processes()["audit"]["state"] == "running" and _pids(real)["audit"] != before["audit"], timeout=30, interval=0.3
    )


def test_the_commands_of_an_operator_answer(real):
    assert real.answer("audit", "verify")["first_break"] is None
    assert real.answer("reports", "verify") == {"cases": 0, "facts": 0, "differences": []}
    assert all(row["messages"] == 0 for row in real.answer("dlq", "list"))
    assert real.answer("rebuild", "search")["state"] == "done"
    assert real.answer("rebuild", "reports")["state"] == "done"
    assert real.answer("migrate")["migrated"]
    findings = real.answer("doctor", check=False)
    assert {finding["subject"] for finding in findings} >= {"postgresql", "rabbitmq", "home", "memory", "processes", "connections"}
    assert [finding for finding in findings if finding["advice"]] == []


def test_down_ends_all_of_ours_and_leaves_the_servers_of_others(real, postgres, broker):
    guardian = psutil.Process(_pids(real)["supervisor"]).parent()
    ours = [guardian, *guardian.children(recursive=True)]
    assert {pid for pid in _pids(real).values() if pid} <= {process.pid for process in ours}
    assert any(process.name() == "epmd" for process in ours)
    real.opencen("down")
    _, left = psutil.wait_procs([process for process in ours if process.is_running()], timeout=5)
    assert [process.name() for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
    assert {process["pid"] for process in real.processes().values()} == {None}
    assert broker.is_ready()
    with postgres.connect("postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for port in (broker.settings.rabbitmq_epmd_port, broker.settings.rabbitmq_distribution_port):
        socket.create_connection(("127.0.0.1", port), 2).close()
    assert "Nothing runs here" in real.opencen("down").stdout


def test_ctrl_c_ends_what_was_started(real):
    command = subprocess.Popen(
        [sys.executable, "-c", "from shared.cli import main; main()", "up"],
        cwd=ROOT,
        env=real.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        eventually(lambda: real.processes()["supervisor"]["state"] == "running", timeout=120, interval=0.5, message=real.last_log_lines())
        pids = [pid for pid in _pids(real).values() if pid]
        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=90)
    finally:
        command.kill()
        command.wait()
    assert command.returncode == 0
    assert "OpenCEN has ended" in output
    assert [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE] == []


def test_a_terminal_that_vanishes_ends_it_too(real):
    command = subprocess.Popen(
        [sys.executable, "-c", "from shared.cli import main; main()", "up"],
        cwd=ROOT,
        env=real.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: real.processes()["supervisor"]["state"] == "running", timeout=120, interval=0.5, message=real.last_log_lines())
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    eventually(lambda: {process["pid"] for process in real.processes().values()} == {None}, timeout=60, interval=0.5)


def test_the_training_installation(installation):
    """A second start with another password resets it; the token is the analyst's; mail goes nowhere but into the box."""
    assert installation.processes()["mailbox"]["state"] == "running"
    token = installation.home / "token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    done = installation.opencen("demo", "--detach", OPENCEN_DEMO_PASSWORD="another-password")
    assert "already runs" in done.stdout
    session = f"{installation.url}/api/v1/session"
    try:
        wrong = httpx.post(session, json={"username": "officer.vte", "password": PASSWORD}, trust_env=False)
        assert wrong.status_code == 401
        right = httpx.post(session, json={"username": "officer.vte", "password": "another-password"}, trust_env=False)
        assert right.status_code == 200
    finally:
        installation.opencen("demo", "--detach")
    with installation.rest("analyst.hq") as analyst:
        assert analyst.get("/search").json()["total"] >= 3000
        assert analyst.get("/saved-searches").json()["items"]
        assert analyst.get("/alerts").status_code == 200
