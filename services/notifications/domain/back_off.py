"""When a mail that could not be handed over is tried again."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
# About three days; then the alert has long been escalated on the screens.
MOST_ATTEMPTS = 80


def pause_after(attempts: int) -> timedelta | None:
    """None when it is time to give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled: timedelta = FIRST * 2 ** min(attempts - 1, 12)
    return min(doubled, LONGEST)
