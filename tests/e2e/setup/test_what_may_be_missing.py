"""What a machine may lack, and what the operator is told to do about it. Nothing is left running."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shared.runner.ports import is_listening
from tests.conftest import skip_or_fail
from tests.installation import ROOT, Installation

pytestmark = pytest.mark.servers

OPENCEN = f"{sys.executable} -c 'from shared.cli import main; main()'"
# A fresh network has its loopback down, and a small machine no command to raise it: SIOCSIFFLAGS with IFF_UP.
LOOPBACK_UP = 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 1))'


@pytest.fixture
def fresh(tmp_path):
    installation = Installation(tmp_path / "home")
    yield installation
    installation.opencen("down", check=False)


def isolated(script: str, *flags: str, environment: dict[str, str], timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Runs a script in namespaces of its own: another network, or mounts that end with it."""
    flags = flags if os.geteuid() == 0 else ("--map-root-user", "--user", *flags)
    probe = subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        skip_or_fail(f"This machine allows no namespaces: unshare {' '.join(flags)}")
    return subprocess.run(
        ["unshare", *flags, "bash", "-c", script],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.mark.parametrize("command", ["up", "demo"])
def test_the_port_is_taken(fresh, command):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", fresh.http_port))
        holder.listen()
        done = fresh.opencen(command, "--detach", check=False)
    assert done.returncode == 1
    assert f"Port {fresh.http_port} of 127.0.0.1 is taken by another program" in done.stderr
    assert "OPENCEN_HTTP_PORT=" in done.stderr
    assert {process["pid"] for process in fresh.processes().values()} == {None}


def test_a_port_of_ours_that_the_operator_chose_is_taken(fresh):
    port = int(fresh.environment["OPENCEN_POSTGRESQL_PORT"])
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        done = fresh.opencen("up", "--detach", check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "OPENCEN_POSTGRESQL_PORT" in done.stderr
    assert {process["pid"] for process in fresh.processes().values()} == {None}


def test_the_home_cannot_be_written(fresh):
    fresh.home.mkdir()
    script = f"mount -t tmpfs -o ro none {fresh.home} && {OPENCEN} demo --detach"
    done = isolated(script, "--mount", environment=fresh.environment)
    assert done.returncode == 1, done.stderr
    assert "That place cannot be written" in done.stderr
    assert "Set OPENCEN_HOME" in done.stderr


def test_the_home_is_full(fresh):
    fresh.home.mkdir()
    script = f"mount -t tmpfs -o size=8m none {fresh.home} && {OPENCEN} demo --detach"
    done = isolated(script, "--mount", environment=fresh.environment)
    assert done.returncode == 1, done.stderr
    assert "is full" in done.stderr
    assert "Make room" in done.stderr


def test_the_home_has_no_room_for_a_single_byte(fresh):
    fresh.home.mkdir()
    script = (
        f"mount -t tmpfs -o size=1m none {fresh.home}; dd if=/dev/zero of={fresh.home}/filled bs=64k 2>/dev/null; {OPENCEN} up --detach"
    )
    done = isolated(script, "--mount", environment=fresh.environment)
    assert done.returncode == 1, done.stderr
    assert "full" in done.stderr
    assert "Make room" in done.stderr


def test_a_home_that_is_a_file(fresh):
    fresh.home.write_text("not a directory")
    done = fresh.opencen("up", "--detach", check=False)
    assert done.returncode == 1
    assert "OPENCEN_HOME" in done.stderr
    fresh.home.unlink()


def test_a_start_that_fails_half_way_leaves_nothing_running(fresh):
    fresh.home.mkdir()
    (fresh.home / "postgresql").write_text("in the way of the data directory")
    done = fresh.opencen("up", "--detach", check=False)
    assert done.returncode == 1
    assert "OPENCEN_HOME" in done.stderr
    assert {process["pid"] for process in fresh.processes().values()} == {None}
    for name in ("RABBITMQ", "RABBITMQ_EPMD", "RABBITMQ_DISTRIBUTION", "POSTGRESQL", "HTTP"):
        assert not is_listening(int(fresh.environment[f"OPENCEN_{name}_PORT"])), name


def test_a_set_up_installation_needs_no_network(fresh):
    """Only the loopback of an empty network is there: everything starts, answers and ends."""
    script = f"""
        {sys.executable} -c '{LOOPBACK_UP}' || exit 9
        {OPENCEN} up --detach && {sys.executable} -c 'import httpx; print(httpx.get("{fresh.url}/readyz").text)'
        code=$?
        {OPENCEN} down
        exit $code
    """
    done = isolated(script, "--net", environment=fresh.environment)
    assert done.returncode == 0, done.stdout + done.stderr + fresh.last_log_lines()
    assert '"ready":true' in done.stdout.replace(" ", "")


def test_setting_up_without_a_network_says_what_is_needed(tmp_path):
    clone = _clone(tmp_path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "VIRTUAL_ENV"))}
    done = isolated("./scripts/setup.sh run", "--net", "--wd=" + str(clone), environment=environment | {"PIP_RETRIES": "1"})
    assert done.returncode == 1
    assert "FAILED: Installing" in done.stderr
    assert "no way to the internet" in done.stderr
    assert not (clone / ".venv" / ".installed").exists()


def test_setting_up_again_finds_nothing_to_do():
    if not (ROOT / ".venv" / ".installed").exists():
        skip_or_fail("This environment was not set up by `make`")
    done = subprocess.run([ROOT / "scripts" / "setup.sh", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip() == "Everything is installed already."


def _clone(directory: Path) -> Path:
    clone = directory / "clone"
    (clone / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "requirements.lock", "requirements-test.lock", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, clone / name)
    shutil.copy(ROOT / "scripts" / "setup.sh", clone / "scripts")
    return clone
