"""Starts the supervisor, and starts it again when it was killed: `python -m shared.runner.guardian [PID]`.

With a pid it also ends the installation when that process (a terminal's `opencen up`) is gone. It imports next to nothing, for it lives as
long as the installation. As a subreaper it also buries what a killed supervisor leaves.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_TURN_SECONDS = 0.1
GUARDIAN = "OPENCEN_RUN_GUARDIAN"
REFUSED_EXIT = 4


def guard(foreground_pid: int | None) -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.environ[GUARDIAN] = str(os.getpid())
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    supervisor = _start()
    pause = _TURN_SECONDS
    while True:
        if foreground_pid is not None and not _exists(foreground_pid):
            stopping = True
        if stopping:
            supervisor.terminate()
        code = supervisor.poll()
        if code in (0, REFUSED_EXIT) or (code is not None and stopping):
            return code
        if code is not None:
            time.sleep(pause)
            pause = min(pause * 2, 10.0)
            supervisor = _start()
        _bury(supervisor.pid)
        time.sleep(_TURN_SECONDS)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "shared.runner.supervisor"], stdin=subprocess.DEVNULL)


def _bury(supervisor: int) -> None:
    """Reaps orphans that came to us, but never the supervisor, whose end `poll` must see."""
    with contextlib.suppress(ChildProcessError):
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None or ended.si_pid == supervisor:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]) if len(sys.argv) > 1 else None))
