"""Tests poll with a deadline; they never sleep and assert."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Result = TypeVar("Result")


class NeverHappenedError(AssertionError):
    """What was waited for did not come within the time."""


def eventually(check: Callable[[], Result], *, timeout: float = 10.0, interval: float = 0.05, message: str = "") -> Result:
    """Calls `check` until it gives something true; an AssertionError inside it counts as not yet."""
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            last = result = check()
            if result:
                return result
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise NeverHappenedError(f"{message or 'It never happened'} within {timeout} s; last seen: {last!r}")
        time.sleep(interval)


async def eventually_async(
    check: Callable[[], Awaitable[Result]],
    *,
    timeout: float = 10.0,  # noqa: ASYNC109  the same words as its twin above
    interval: float = 0.05,
    message: str = "",
) -> Result:
    """The same for a coroutine function."""
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            last = result = await check()
            if result:
                return result
        except AssertionError as error:
            last = error
        if time.monotonic() >= deadline:
            raise NeverHappenedError(f"{message or 'It never happened'} within {timeout} s; last seen: {last!r}")
        await asyncio.sleep(interval)
