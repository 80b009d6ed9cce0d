"""A token bucket for each account: a steady rate, and one second's worth of it at once."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_PER_SECOND = 50
MOST_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """`per_second` is promised never to be below 50 (api.md)."""

    def __init__(self, per_second: float) -> None:
        self.per_second = max(float(LEAST_PER_SECOND), per_second)
        self._buckets: dict[str, _Bucket] = {}

    def take(self, account: str, now: float) -> float:
        """0 when the call may go on, else the seconds until the next one may."""
        bucket = self._buckets.get(account)
        if bucket is None:
            self._forget_full(now)
            bucket = self._buckets[account] = _Bucket(self.per_second, now)
        bucket.tokens = min(self.per_second, bucket.tokens + (now - bucket.at) * self.per_second)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self.per_second

    def _forget_full(self, now: float) -> None:
        """A bucket that has been left alone for a second is full again, and as good as none."""
        if len(self._buckets) >= MOST_KEPT:
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if now - bucket.at < 1}
