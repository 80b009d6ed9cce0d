"""What runs: the supervisor writes it to one file, everybody else reads it there and believes only living pids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

import psutil

from shared.runner.processes import PROCESSES, SUPERVISOR, ProcessSpec, processes_of, servers_of
from shared.runner.secrets import private_directory, write_private
from shared.settings import Settings

DOWN = "down"


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """`created` is the process's start as the kernel tells it: a pid alone may be somebody else's by now."""

    name: str
    pid: int | None = None
    created: float | None = None
    port: int | None = None
    state: str = DOWN
    restarts: int = 0

    def living(self) -> psutil.Process | None:
        if self.pid is None:
            return None
        try:
            process = psutil.Process(self.pid)
            same = self.created is None or abs(process.create_time() - self.created) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def verified(self) -> ProcessStatus:
        """Itself where the process lives, else the same name, down."""
        return self if self.living() is not None else ProcessStatus(self.name, port=self.port, restarts=self.restarts)

    def public(self) -> dict[str, Any]:
        return {"name": self.name, "pid": self.pid, "port": self.port, "state": self.state}


@dataclass(frozen=True, slots=True)
class InstallationStatus:
    """`state` is down, starting, running, stopping or failed; `helpers` are processes of ours that `status` does not list."""

    state: str = DOWN
    step: str = ""
    problem: dict[str, str] | None = None
    processes: tuple[ProcessStatus, ...] = ()
    helpers: tuple[ProcessStatus, ...] = ()
    training: bool = False
    url: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def named(self, name: str) -> ProcessStatus | None:
        return next((status for status in (*self.processes, *self.helpers) if status.name == name), None)

    def supervisor(self) -> ProcessStatus | None:
        status = self.named(SUPERVISOR.name)
        return status if status is not None and status.living() is not None else None


def status_path(settings: Settings) -> Path:
    return settings.run_directory / "status.json"


def write_status(settings: Settings, status: InstallationStatus) -> None:
    write_private(status_path(settings), json.dumps(asdict(status), indent=1))


def recorded_status(settings: Settings) -> InstallationStatus:
    """What was written last, believed or not; an unreadable file is as good as none."""
    try:
        wire = json.loads(status_path(settings).read_text(encoding="utf-8"))
        processes = tuple(ProcessStatus(**item) for item in wire.pop("processes"))
        helpers = tuple(ProcessStatus(**item) for item in wire.pop("helpers"))
        return InstallationStatus(processes=processes, helpers=helpers, **wire)
    except (OSError, ValueError, KeyError, TypeError):
        return InstallationStatus()


def present_status(settings: Settings) -> InstallationStatus:
    """Every process of this installation, each as it is now: down ones too, in any state of the home."""
    recorded = recorded_status(settings)
    expected = (SUPERVISOR, *servers_of(settings), *processes_of(settings))
    known = {status.name: status.verified() for status in recorded.processes}
    names = dict.fromkeys([*(spec.name for spec in expected), *(name for name, status in known.items() if status.pid)])
    processes = tuple(known.get(name, ProcessStatus(name)) for name in names)
    alive = recorded.supervisor() is not None
    state = recorded.state if alive or recorded.state == "failed" else DOWN
    return InstallationStatus(
        state=state,
        step=recorded.step if alive else "",
        problem=recorded.problem,
        processes=processes,
        helpers=tuple(status.verified() for status in recorded.helpers),
        training=recorded.training or settings.training,
        url=recorded.url or settings.base_url,
    )


def health_port(settings: Settings, spec: ProcessSpec) -> int:
    """Where a process answers `/healthz`: what the supervisor chose, else its place in the table."""
    status = recorded_status(settings).named(spec.name)
    return status.port if status is not None and status.port else settings.process_port_base + PROCESSES.index(spec)


def living(statuses: Iterable[ProcessStatus]) -> list[psutil.Process]:
    return [process for status in statuses if (process := status.living()) is not None]


class AlreadyRunning(Exception):
    """Another supervisor holds this home."""


@contextmanager
def sole_supervisor(settings: Settings) -> Iterator[None]:
    """One supervisor a home; the kernel frees the lock however the holder ends."""
    with (private_directory(settings.run_directory) / "supervisor.lock").open("w") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning from error
        yield
