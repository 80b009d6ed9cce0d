"""When repeated wrong passwords close a name for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failures in a row of one name."""

    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until

    def seconds_left(self, now: datetime) -> int:
        return max(1, int((self.locked_until - now).total_seconds())) if self.locked_until else 0

    def tries_left(self) -> int:
        return max(0, ATTEMPTS - self.failures)

    def failed(self, now: datetime) -> Attempts:
        """After one more wrong password. A lock that has passed, or a long pause, begins the count anew; one that holds stays as it is."""
        if self.is_locked(now):
            return self
        begin_anew = self.locked_until is not None or (self.last_at is not None and now - self.last_at > FORGOTTEN_AFTER)
        failures = 1 if begin_anew else self.failures + 1
        return Attempts(failures, now, now + LOCKED_FOR if failures >= ATTEMPTS else None)
