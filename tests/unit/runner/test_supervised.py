"""A process under supervision, with real children."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from shared.runner.supervised import Supervised
from tests.waiting import eventually

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
HASTY = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture
def children():
    started: list[subprocess.Popen] = []
    yield started
    for child in started:
        child.kill()
        child.wait()


@pytest.fixture
def supervised(children):
    def build(command=SLEEPER, is_ready=lambda: True):
        def launch():
            children.append(subprocess.Popen(command))
            return children[-1]

        return Supervised("cases", 4711, launch, is_ready)

    return build


def test_what_was_killed_is_started_again_with_another_pid(supervised):
    process = supervised()
    process.start()
    first = process.status()
    assert first.state == "starting"
    assert process.look()
    assert process.status().state == "running"
    process.kill()
    eventually(lambda: process.watch() and process.is_alive())
    second = process.status()
    assert second.pid != first.pid
    assert second.restarts == 1
    assert second.state == "starting"


def test_a_process_that_ends_at_once_is_started_ever_later(supervised):
    process = supervised(HASTY)
    process.start()
    eventually(lambda: process.watch() and process.hasty_ends >= 3, timeout=20)
    assert process.status().pid is None or process.status().state == "starting"


def test_a_stop_is_not_undone(supervised):
    process = supervised()
    process.start()
    process.ask_to_stop()
    eventually(lambda: not process.is_alive())
    assert process.watch() is False
    assert process.status().pid is None


def test_a_survivor_is_adopted_watched_and_ended(supervised, children):
    child = subprocess.Popen(SLEEPER)
    children.append(child)
    process = supervised()
    process.adopt(psutil.Process(child.pid))
    assert process.status().pid == child.pid
    assert process.watch() is False
    child.kill()
    # Nobody waits for this one: a zombie is an ended process.
    eventually(lambda: process.watch() and process.is_alive())
    assert process.status().pid != child.pid


def test_ready_is_asked_of_the_living_only(supervised):
    process = supervised(is_ready=lambda: True)
    assert process.look() is False
    assert process.ready is False
