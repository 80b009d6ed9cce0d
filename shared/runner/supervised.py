"""One process under supervision: started, watched, started again after it died, ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable

import psutil

from shared.runner.status import ProcessStatus

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 15.0
_LONG_ENOUGH_SECONDS = 10.0


class Supervised:
    """`launch` starts it; `is_ready` asks it whether it works. A process that ran a while is started again at once, a hasty one later."""

    def __init__(
        self,
        name: str,
        port: int | None,
        launch: Callable[[], subprocess.Popen[bytes]],
        is_ready: Callable[[], bool],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.port = port
        self.restarts = 0
        self.hasty_ends = 0
        self.ready = False
        self._launch = launch
        self._is_ready = is_ready
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self._process: psutil.Process | None = None
        self._descriptor: int | None = None
        self._stopping = False
        self._started_at = 0.0
        self._next_start = 0.0

    def start(self) -> None:
        self._child = self._launch()
        self._process = psutil.Process(self._child.pid)
        self._started_at = time.monotonic()
        self.ready = False

    def expect(self, seconds: float) -> None:
        """Somebody else is about to start it and lets it be adopted; started here after that time without."""
        self._next_start = time.monotonic() + seconds

    def adopt(self, process: psutil.Process) -> None:
        """A survivor of a supervisor that died, or a child of the nursery. NoSuchProcess when it has ended already."""
        try:
            descriptor = os.pidfd_open(process.pid)
        except ProcessLookupError as error:
            raise psutil.NoSuchProcess(process.pid) from error
        self._child, self._process, self._descriptor = None, process, descriptor
        self._started_at = time.monotonic()

    def is_alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        if self._descriptor is None:
            return False
        return not select.select([self._descriptor], [], [], 0)[0]

    def watch(self) -> bool:
        """Starts it again when it died and its pause is over. Returns whether anything changed."""
        if self._stopping or self.is_alive():
            return False
        if self._process is not None:
            self._note_end()
            return True
        if time.monotonic() < self._next_start:
            return False
        self.restarts += 1
        self.start()
        return True

    def look(self) -> bool:
        """Asks whether it works. Returns whether the answer changed."""
        before = self.ready
        self.ready = self.is_alive() and self._is_ready()
        if self.ready:
            self.hasty_ends = 0
        return before != self.ready

    def ask_to_stop(self) -> None:
        self._stopping = True
        self._signal(self._stop_signal)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def status(self) -> ProcessStatus:
        if self._process is None or not self.is_alive():
            return ProcessStatus(self.name, port=self.port, restarts=self.restarts)
        state = "stopping" if self._stopping else "running" if self.ready else "starting"
        created = self._process.create_time()
        return ProcessStatus(self.name, self._process.pid, created, self.port, state, self.restarts)

    def _note_end(self) -> None:
        ran = time.monotonic() - self._started_at
        self.hasty_ends = 0 if ran > _LONG_ENOUGH_SECONDS else self.hasty_ends + 1
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** max(self.hasty_ends - 1, 0), _LONGEST_PAUSE_SECONDS)
        self._child = self._process = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self.ready = False
        self._next_start = time.monotonic() + pause

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_alive():
            os.kill(self._process.pid, number)
