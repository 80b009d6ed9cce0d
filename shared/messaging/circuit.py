"""One circuit per service: after several calls without an answer the next ones fail at once instead of each waiting its time."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 5.0


class Circuit:
    """Closed, open, and after a while half open: one call tries, the others still fail at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._retry_at = 0.0

    def admits(self) -> bool:
        if self._failures < FAILURES_TO_OPEN:
            return True
        if self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + OPEN_SECONDS
        return True

    def succeeded(self) -> None:
        """Any answer counts, a refusal too."""
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._retry_at = self._clock() + OPEN_SECONDS
