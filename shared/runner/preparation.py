"""The step between servers that run and processes that work, in a process of its own: it imports much, and ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable

from shared.runner.launching import ROOT, log_path, open_log
from shared.settings import Settings


class Preparation:
    """`open_gate` is called once everything is ready. `step` says what is being done, `problem` why it failed."""

    def __init__(self, settings: Settings, open_gate: Callable[[], None]) -> None:
        self._settings = settings
        self._open_gate = open_gate
        self._child: subprocess.Popen[bytes] | None = None
        self.step = "Starting PostgreSQL and RabbitMQ"
        self.done = False
        self.problem: dict[str, str] | None = None

    def start(self, *, adopting: bool) -> None:
        """A supervisor that adopts finds everything prepared: its gate is open."""
        if adopting and (self._settings.run_directory / "gate").exists():
            self.done = True
            return
        with open_log(self._settings, "prepare") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "shared.runner.prepare"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=os.environ | {"OPENCEN_HOME": str(self._settings.home)},
            )
        threading.Thread(target=self._read, daemon=True).start()

    def poll(self) -> None:
        if self.done or self.problem or self._child is None or self._child.poll() is None:
            return
        if self._child.returncode == 0:
            self._open_gate()
            self.done = True
            self.step = "Starting the services"
        else:
            log = log_path(self._settings, "prepare")
            self.problem = self._told or {"problem": "The databases could not be prepared", "advice": f"Its log {log} says why"}

    def end(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait()

    _told: dict[str, str] | None = None

    def _read(self) -> None:
        assert self._child is not None
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                told = json.loads(line)
                if "step" in told:
                    self.step = told["step"]
                else:
                    self._told = told
