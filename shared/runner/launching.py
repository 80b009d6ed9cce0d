"""How each process and server of an installation is started, and where its log lies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from shared.runner import postgresql as postgresql_server
from shared.runner.ports import is_listening
from shared.runner.process import GATE, PORT
from shared.runner.processes import POSTGRESQL, RABBITMQ, ProcessSpec
from shared.runner.rabbitmq import RabbitmqServer
from shared.runner.supervised import Supervised
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
EPMD = "epmd"
_LARGEST_LOG = 50_000_000

_SIGNS = (
    ("No space left on device", "The disk is full", "Make room on the disk that holds OPENCEN_HOME"),
    ("Permission denied", "A file may not be written or read", "Give the user who starts OpenCEN the right to write OPENCEN_HOME"),
    ("Read-only file system", "OPENCEN_HOME cannot be written", "Set OPENCEN_HOME to a directory that can be written"),
    ("Address already in use", "A port is taken by another program", "End that program, or set another port by OPENCEN_*"),
    ("is behind this program", "A database's schema does not fit this program", "Run `opencen migrate`"),
)


def log_path(settings: Settings, name: str) -> Path:
    return settings.logs_directory / f"{name}.log"


def process(settings: Settings, spec: ProcessSpec, port: int, gate: Path) -> Callable[[], subprocess.Popen[bytes]]:
    environment = os.environ | {"OPENCEN_HOME": str(settings.home), GATE: str(gate), PORT: str(port), "PYTHONUNBUFFERED": "1"}

    def launch() -> subprocess.Popen[bytes]:
        with open_log(settings, spec.name) as log:
            return subprocess.Popen(  # noqa: S603  our own module
                [sys.executable, "-m", "shared.runner.process", spec.name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=environment,
                start_new_session=True,
            )

    return launch


def nursery(settings: Settings, flavour: str, ports: Mapping[str, int], gate: Path) -> subprocess.Popen[bytes]:
    """Starts processes of one flavour together; see `shared/runner/nursery.py`."""
    environment = os.environ | {
        "OPENCEN_HOME": str(settings.home),
        "OPENCEN_RUN_LOGS": str(settings.logs_directory),
        GATE: str(gate),
        "PYTHONUNBUFFERED": "1",
    }
    for name in ports:
        open_log(settings, name).close()
    with open_log(settings, "nursery") as log:
        return subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", "shared.runner.nursery", flavour, *(f"{name}={port}" for name, port in ports.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )


def postgresql(settings: Settings) -> Supervised:
    server = postgresql_server.PostgresqlServer(settings)

    def launch() -> subprocess.Popen[bytes]:
        server.initialise()
        with open_log(settings, POSTGRESQL.name) as log:
            return server.start(log)

    # SIGINT is its fast stop: SIGTERM would wait for clients that are not ours to end.
    return Supervised(
        POSTGRESQL.name,
        settings.postgresql_port,
        launch,
        lambda: is_listening(settings.postgresql_port),
        stop_signal=signal.SIGINT,
    )


def rabbitmq(settings: Settings) -> tuple[Supervised, Supervised]:
    """The port mapper and the node."""
    server = RabbitmqServer(settings)

    def launch_epmd() -> subprocess.Popen[bytes]:
        server.configure()
        with open_log(settings, EPMD) as log:
            return server.start_epmd(log)

    def launch_node() -> subprocess.Popen[bytes]:
        with open_log(settings, RABBITMQ.name) as log:
            return server.start(log)

    epmd_port, port = settings.rabbitmq_epmd_port, settings.rabbitmq_port
    return (
        Supervised(EPMD, epmd_port, launch_epmd, lambda: is_listening(epmd_port)),
        Supervised(RABBITMQ.name, port, launch_node, lambda: is_listening(port)),
    )


def open_log(settings: Settings, name: str) -> IO[bytes]:
    """Appends; the log before is kept once it has grown large."""
    path = log_path(settings, name)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def explain_end(settings: Settings, name: str) -> dict[str, str]:
    """Why a process keeps ending, as far as its log tells."""
    path = log_path(settings, name)
    tail = path.read_bytes()[-8000:].decode(errors="replace") if path.exists() else ""
    for sign, problem, advice in _SIGNS:
        if sign in tail:
            return {"problem": f"{name} ended again and again: {problem}", "advice": f"{advice}; its log is {path}"}
    return {"problem": f"{name} ended again and again", "advice": f"Its log {path} says why; `opencen doctor` looks at the machine"}
