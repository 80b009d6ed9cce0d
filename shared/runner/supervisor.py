"""The parent of an installation: `python -m shared.runner.supervisor`, started by `opencen up` (through the guardian).

It starts the servers and, beside them, the processes (whose imports take as long as the broker's start), prepares the databases, opens the
gate, starts again what died, and on SIGTERM ends everything it started. Killed itself, it is started again and adopts what goes on running.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from shared.observability import Health, configure_logging, serve_health
from shared.runner import addresses, launching
from shared.runner.errors import RunnerError
from shared.runner.guardian import GUARDIAN, REFUSED_EXIT
from shared.runner.nursery import flavour_of
from shared.runner.ports import free_ports, port_is_free
from shared.runner.preparation import Preparation
from shared.runner.processes import POSTGRESQL, RABBITMQ, SUPERVISOR, Kind, ProcessSpec, processes_of, servers_of
from shared.runner.secrets import ensure_token_keys, private_directory
from shared.runner.status import (
    AlreadyRunning,
    InstallationStatus,
    ProcessStatus,
    living,
    recorded_status,
    sole_supervisor,
    write_status,
)
from shared.runner.stopping import Stop, on_stop_signals
from shared.runner.supervised import Supervised
from shared.settings import Settings, load_settings

_TURN_SECONDS = 0.1
_LOOK_SECONDS = 0.125
_LOOK_WHEN_READY_SECONDS = 2.0  # an end is seen at the next turn; this is for those that live and do not answer
_NURSERY_SECONDS = 30.0
_DRAIN_SECONDS = 20.0
_SERVER_SECONDS = 20.0
_HASTY_ENDS_AT_START = 8

log = logging.getLogger(__name__)


class Supervisor:
    """`run` returns when everything has ended."""

    def __init__(self, settings: Settings, survivors: InstallationStatus) -> None:
        self._settings = settings
        self._survivors = survivors
        self._servers: list[Supervised] = []
        self._helpers: list[Supervised] = []
        self._processes: list[Supervised] = []
        self._preparation = Preparation(settings, open_gate=self._gate().touch)
        self._own_port = self._port_for("supervisor", settings.process_port_base - 1)
        self._health = Health(SUPERVISOR.name)
        self._state = "starting"
        self._problem: dict[str, str] | None = None
        self._written: InstallationStatus | None = None
        self._lock = threading.Lock()

    def run(self, stop: Stop) -> int:
        serve_health(self._health, self._own_port)
        try:
            self._start()
        except RunnerError as error:
            self._problem = {"problem": error.problem, "advice": error.advice}
        except OSError as error:
            self._problem = {
                "problem": f"The start failed: {error}",
                "advice": "See that OPENCEN_HOME can be written and its disk has room",
            }
        while not stop.is_set() and self._problem is None:
            self._turn()
            time.sleep(_TURN_SECONDS)
        self._end()
        return 0 if self._problem is None else REFUSED_EXIT

    def _start(self) -> None:
        self._build()
        self._start_or_adopt([*self._helpers, *self._servers])
        self._preparation.start(adopting=bool(living(self._survivors.processes)))
        self._start_processes()
        for supervised in (*self._servers, *self._processes):
            threading.Thread(target=_look_for_ever, args=(supervised,), daemon=True).start()

    def _build(self) -> None:
        settings = self._settings
        own = servers_of(settings)
        if RABBITMQ in own:
            epmd, node = launching.rabbitmq(settings)
            self._helpers.append(epmd)
            self._servers.append(node)
        if POSTGRESQL in own:
            self._servers.append(launching.postgresql(settings))
        for position, spec in enumerate(processes_of(settings)):
            self._processes.append(self._process(spec, settings.process_port_base + position))

    def _process(self, spec: ProcessSpec, preferred_port: int) -> Supervised:
        if spec.kind is Kind.ASGI:
            port = self._settings.http_port
            host = self._settings.http_host
        else:
            port, host = self._port_for(spec.name, preferred_port), "127.0.0.1"
        launch = launching.process(self._settings, spec, port, self._gate())
        return Supervised(spec.name, port, launch, _answers(host, port))

    def _port_for(self, name: str, preferred: int) -> int:
        """A survivor's own port, else the one of the table, else any that is free."""
        survivor = self._survivors.named(name)
        if survivor is not None and survivor.port and (survivor.living() is not None or port_is_free(survivor.port)):
            return survivor.port
        return preferred if port_is_free(preferred) else free_ports(1)[0]

    def _start_or_adopt(self, group: list[Supervised]) -> None:
        for supervised in group:
            survivor = self._survivors.named(supervised.name)
            process = survivor.living() if survivor is not None else None
            if process is not None:
                supervised.adopt(process)
            else:
                supervised.start()
            self._publish()

    def _start_processes(self) -> None:
        """The first time those that share their imports come from a nursery; a survivor is only adopted."""
        nurseries: dict[str, dict[str, Supervised]] = {}
        for spec, supervised in zip(processes_of(self._settings), self._processes, strict=True):
            survivor = self._survivors.named(spec.name)
            flavour = flavour_of(spec.kind)
            if flavour is None or (survivor is not None and survivor.living() is not None):
                self._start_or_adopt([supervised])
            else:
                supervised.expect(_NURSERY_SECONDS)
                nurseries.setdefault(flavour, {})[spec.name] = supervised
        for flavour, children in nurseries.items():
            ports = {name: supervised.port or 0 for name, supervised in children.items()}
            nursery = launching.nursery(self._settings, flavour, ports, self._gate())
            threading.Thread(target=_adopt_children, args=(nursery, children), daemon=True).start()

    def _turn(self) -> None:
        for supervised in (*self._helpers, *self._servers, *self._processes):
            if supervised.watch():
                log.warning("Ended or started again", extra={"of": supervised.name, "restarts": supervised.restarts})
        self._preparation.poll()
        if self._state == "starting":
            self._problem = self._preparation.problem or self._start_problem()
            if self._preparation.done and all(supervised.ready for supervised in (*self._servers, *self._processes)):
                self._state = "running"
                self._health.ready()
        self._publish()

    def _start_problem(self) -> dict[str, str] | None:
        """A process that ends again and again before the installation ever ran will not get better by itself."""
        for supervised in (*self._helpers, *self._servers, *self._processes):
            if supervised.hasty_ends >= _HASTY_ENDS_AT_START:
                return launching.explain_end(self._settings, supervised.name)
        return None

    def _end(self) -> None:
        self._state = "stopping" if self._problem is None else "failed"
        self._health.stopping()
        self._preparation.end()
        _end_group(self._processes, _DRAIN_SECONDS, self._publish)
        _end_group(self._servers, _SERVER_SECONDS, self._publish)
        _end_group(self._helpers, 2.0, self._publish)
        self._gate().unlink(missing_ok=True)
        self._state = "down" if self._problem is None else "failed"
        self._publish()

    def _publish(self) -> None:
        status = InstallationStatus(
            state=self._state,
            step=self._preparation.step if self._state == "starting" else "",
            problem=self._problem,
            processes=(self._own_status(), *(supervised.status() for supervised in (*self._servers, *self._processes))),
            helpers=(*self._guardian_status(), *(supervised.status() for supervised in self._helpers)),
            training=self._settings.training,
            url=self._settings.base_url,
        )
        if status != self._written:
            write_status(self._settings, status)
            self._written = status

    def _own_status(self) -> ProcessStatus:
        ended = self._state in ("down", "failed")
        return ProcessStatus(SUPERVISOR.name, None if ended else os.getpid(), None, self._own_port, self._state)

    def _guardian_status(self) -> tuple[ProcessStatus, ...]:
        guardian = os.environ.get(GUARDIAN)
        return (ProcessStatus("guardian", int(guardian), None, None, "running"),) if guardian else ()

    def _gate(self) -> Path:
        return self._settings.run_directory / "gate"


def _adopt_children(nursery: subprocess.Popen[bytes], children: dict[str, Supervised]) -> None:
    assert nursery.stdout is not None
    with nursery.stdout as lines:
        for line in lines:
            born = json.loads(line)
            with contextlib.suppress(psutil.NoSuchProcess):  # ended at once: started again in the ordinary way
                children[born["name"]].adopt(psutil.Process(born["pid"]))
    nursery.wait()


def _look_for_ever(supervised: Supervised) -> None:
    """In a thread of its own: one that does not answer must not hide the others."""
    while True:
        supervised.look()
        time.sleep(_LOOK_SECONDS)
        patient_until = time.monotonic() + _LOOK_WHEN_READY_SECONDS
        while supervised.ready and time.monotonic() < patient_until:
            time.sleep(_LOOK_SECONDS)


def _end_group(group: list[Supervised], seconds: float, publish: Callable[[], None]) -> None:
    for supervised in group:
        supervised.ask_to_stop()
    deadline = time.monotonic() + seconds
    while any(supervised.is_alive() for supervised in group):
        publish()
        if time.monotonic() > deadline:
            for supervised in group:
                supervised.kill()
        time.sleep(_TURN_SECONDS)
    publish()


def _answers(host: str, port: int) -> Callable[[], bool]:
    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1" if host in ("", "0.0.0.0") else host, port, timeout=1)  # noqa: S104  compared
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def supervise(settings: Settings, stop: Stop) -> int:
    with sole_supervisor(settings):
        survivors = recorded_status(settings)
        if not living(survivors.processes):
            (settings.run_directory / "gate").unlink(missing_ok=True)
        try:
            private_directory(settings.logs_directory)
            ensure_token_keys(settings)
            settings = addresses.choose_addresses(settings, keep=_kept_ports(survivors))
            if not _is_living(survivors, "gateway"):
                addresses.require_http_port(settings)
            return Supervisor(settings, survivors).run(stop)
        except RunnerError as error:
            problem = {"problem": error.problem, "advice": error.advice}
            write_status(settings, InstallationStatus(state="failed", problem=problem, training=settings.training))
            return REFUSED_EXIT


def _kept_ports(survivors: InstallationStatus) -> frozenset[str]:
    kept: set[str] = set()
    if _is_living(survivors, POSTGRESQL.name):
        kept |= {"postgresql_port"}
    if _is_living(survivors, RABBITMQ.name):
        kept |= {"rabbitmq_port", "rabbitmq_distribution_port"}
    if _is_living(survivors, "epmd"):
        kept |= {"rabbitmq_epmd_port"}
    if _is_living(survivors, "mailbox"):
        kept |= {"smtp_port"}
    return frozenset(kept)


def _is_living(survivors: InstallationStatus, name: str) -> bool:
    status = survivors.named(name)
    return status is not None and status.living() is not None


def main() -> int:
    settings = load_settings()
    configure_logging(SUPERVISOR.name, settings.log_level)
    stop = Stop()
    on_stop_signals(stop.set)
    try:
        return supervise(settings, stop)
    except AlreadyRunning:
        log.warning("Another supervisor holds this home")
        return 0


if __name__ == "__main__":
    sys.exit(main())
