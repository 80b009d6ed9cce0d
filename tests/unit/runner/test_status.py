"""What `opencen status` believes: living pids only, in any state of the home."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest
from click.testing import CliRunner

from shared.cli import cli
from shared.runner.processes import PROCESSES
from shared.runner.status import (
    AlreadyRunning,
    InstallationStatus,
    ProcessStatus,
    health_port,
    present_status,
    recorded_status,
    sole_supervisor,
    write_status,
)
from shared.settings import Settings


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path / "home")
    settings.run_directory.mkdir(parents=True)
    return settings


def test_a_home_that_never_was_lists_everything_as_down(tmp_path):
    status = present_status(Settings(home=tmp_path / "nowhere"))
    assert status.state == "down"
    names = [process.name for process in status.processes]
    assert len(set(names)) == len(names)
    assert {"supervisor", "postgresql", "rabbitmq", "gateway", "cases", "cases-relay"} <= set(names)
    assert {process.pid for process in status.processes} == {None}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"processes": 3}', '{"processes": [{"nome": 1}], "helpers": []}'])
def test_an_unreadable_record_is_as_good_as_none(settings, content):
    (settings.run_directory / "status.json").write_text(content)
    assert recorded_status(settings) == InstallationStatus()
    assert present_status(settings).state == "down"


def test_a_pid_that_another_process_has_by_now_is_not_believed(settings):
    ours = psutil.Process().create_time()
    write_status(
        settings,
        InstallationStatus(
            state="running",
            processes=(
                ProcessStatus("supervisor", os.getpid(), ours, 1, "running"),
                ProcessStatus("cases", os.getpid(), ours - 100, 2, "running"),
            ),
        ),
    )
    status = present_status(settings)
    assert status.supervisor() is not None
    assert status.named("cases") == ProcessStatus("cases", port=2)


def test_a_dead_supervisor_means_down_though_the_record_says_running(settings):
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    created = psutil.Process(child.pid).create_time()
    child.wait()
    write_status(settings, InstallationStatus(state="running", processes=(ProcessStatus("supervisor", child.pid, created, 1, "running"),)))
    assert present_status(settings).state == "down"


def test_a_zombie_counts_as_ended(settings):
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    status = ProcessStatus("cases", child.pid, psutil.Process(child.pid).create_time())
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert status.living() is None
    child.wait()


def test_servers_of_the_operator_are_not_listed(tmp_path):
    status = present_status(Settings(home=tmp_path, postgresql_host="db.example", rabbitmq_host="mq.example"))
    assert not {"postgresql", "rabbitmq"} & {process.name for process in status.processes}


def test_the_mailbox_belongs_to_training(tmp_path):
    assert "mailbox" not in {process.name for process in present_status(Settings(home=tmp_path)).processes}
    assert "mailbox" in {process.name for process in present_status(Settings(home=tmp_path, training=True)).processes}


def test_the_answer_for_scripts_in_a_home_that_cannot_be_read(monkeypatch, tmp_path):
    (tmp_path / "home").write_text("a file where a directory should be")
    monkeypatch.setenv("OPENCEN_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(cli, ["status", "--json"])
    assert result.exit_code == 0
    assert result.output.startswith('{"processes": [{"name": "supervisor", "pid": null, "port": null, "state": "down"}')


def test_one_supervisor_a_home(settings):
    with sole_supervisor(settings), pytest.raises(AlreadyRunning), sole_supervisor(settings):
        pass
    with sole_supervisor(settings):
        pass


def test_health_is_asked_where_the_supervisor_put_it(settings):
    spec = PROCESSES[2]
    assert health_port(settings, spec) == settings.process_port_base + 2
    write_status(settings, InstallationStatus(processes=(ProcessStatus(spec.name, 1, 1.0, 4711, "running"),)))
    assert health_port(settings, spec) == 4711
