"""The wish to stop, as SIGTERM brings it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

_LOOK_SECONDS = 0.1


class Stop:
    """A flag, and no lock: a signal handler may come in anywhere, also while `threading.Event` holds its own."""

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        self._asked = True

    def is_set(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        """True as soon as a stop is asked for, False when the seconds have passed without."""
        deadline = time.monotonic() + seconds
        while not self._asked:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, _LOOK_SECONDS))
        return True


def on_stop_signals(callback: Callable[[], None]) -> None:
    """SIGTERM, and Ctrl-C where the process runs by itself."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: callback())
