"""Starts and ends the installation of one home, and tells how far it is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

import psutil

from shared.runner.addresses import require_http_port
from shared.runner.errors import RunnerError
from shared.runner.launching import ROOT, open_log
from shared.runner.processes import POSTGRESQL, RABBITMQ
from shared.runner.secrets import private_directory
from shared.runner.status import InstallationStatus, ProcessStatus, living, present_status
from shared.settings import Settings

LEAST_FREE_BYTES = 600_000_000
_START_SECONDS = 180.0
_END_SECONDS = 60.0
_TURN_SECONDS = 0.1

Progress = Callable[[InstallationStatus], None]


def check_home(settings: Settings) -> None:
    """Raises what would stop the installation later, while it can still be said plainly."""
    if settings.home.exists() and not settings.home.is_dir():
        raise RunnerError(f"{settings.home} is no directory", "Set OPENCEN_HOME to a directory that can be written")
    settings.home.mkdir(parents=True, exist_ok=True)
    probe = settings.home / ".probe"
    probe.write_bytes(b"written to see that it can be")
    probe.unlink()
    free = shutil.disk_usage(settings.home).free
    if free < LEAST_FREE_BYTES:
        raise RunnerError(
            f"The disk that holds {settings.home} is full: {free // 1_000_000} MB are free, {LEAST_FREE_BYTES // 1_000_000} MB are needed",
            "Make room, or set OPENCEN_HOME to a directory on another disk",
        )


def is_running(settings: Settings) -> bool:
    return present_status(settings).supervisor() is not None


def guarded(settings: Settings) -> bool:
    """Whether a supervisor that was killed is about to come back."""
    guardian = present_status(settings).named("guardian")
    return guardian is not None and guardian.living() is not None


def start(settings: Settings, on_progress: Progress, *, foreground: bool) -> InstallationStatus:
    """Returns when every process works. The environment of this call is what the processes see."""
    check_home(settings)
    if present_status(settings).named("gateway") in (None, ProcessStatus("gateway")):
        require_http_port(settings)
    private_directory(settings.logs_directory)
    private_directory(settings.run_directory)
    guardian = _start_guardian(settings, foreground=foreground)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        status = present_status(settings)
        on_progress(status)
        if status.state == "running":
            return status
        if guardian.poll() is not None:
            raise _failure(settings)
        time.sleep(_TURN_SECONDS)
    waiting = ", ".join(process.name for process in present_status(settings).processes if process.state != "running")
    raise RunnerError(f"Not everything started within {_START_SECONDS:.0f} seconds; missing: {waiting}", f"See {settings.logs_directory}")


def end(settings: Settings, on_progress: Progress) -> bool:
    """Ends all that this home's installation started, and only that. False when nothing ran."""
    status = present_status(settings)
    everything = living((*status.processes, *status.helpers))
    if not everything:
        return False
    supervisor = status.supervisor()
    guardian = status.named("guardian")
    for process in living(item for item in (guardian, supervisor) if item is not None):
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _END_SECONDS
    while supervisor is not None and supervisor.living() is not None and time.monotonic() < deadline:
        on_progress(present_status(settings))
        time.sleep(_TURN_SECONDS)
    _end_orphans(present_status(settings))
    return True


def _start_guardian(settings: Settings, *, foreground: bool) -> subprocess.Popen[bytes]:
    own_pid = [str(os.getpid())] if foreground else []
    environment = os.environ | {"OPENCEN_HOME": str(settings.home)}
    if settings.training:
        environment["OPENCEN_TRAINING"] = "true"
    environment.pop("OPENCEN_DEMO_PASSWORD", None)
    with open_log(settings, "supervisor") as log:
        return subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", "shared.runner.guardian", *own_pid],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )


def _failure(settings: Settings) -> RunnerError:
    problem = present_status(settings).problem or {}
    log = settings.logs_directory / "supervisor.log"
    return RunnerError(problem.get("problem", "The supervisor ended"), problem.get("advice", f"Its log {log} says why"))


def _end_orphans(status: InstallationStatus) -> None:
    """What a killed supervisor left: the services first, then the servers that they use."""
    servers = [item for item in status.processes if item.name in (POSTGRESQL.name, RABBITMQ.name)]
    services = [item for item in status.processes if item not in servers]
    for group, number in ((services, signal.SIGTERM), (servers, signal.SIGINT), (status.helpers, signal.SIGTERM)):
        _end_all(group, number)


def _end_all(group: Iterable[ProcessStatus], number: signal.Signals) -> None:
    processes = living(group)
    for item in group:
        for process in living([item]):
            _signal(process, signal.SIGTERM if item.name == RABBITMQ.name else number)
    _, stubborn = psutil.wait_procs(processes, timeout=20)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
