"""W3C trace context through every hop: browser, RPC, outbox, broker, consumer.

One context variable holds the present `traceparent`; green threads and asyncio tasks each have their own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_PATTERN = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str] = ContextVar("traceparent", default="")


def new_traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_of(traceparent: str) -> str:
    """The same trace with a span of its own; a new trace where the text is none (it comes from outside)."""
    if not _PATTERN.fullmatch(traceparent):
        return new_traceparent()
    return f"{traceparent[:36]}{secrets.token_hex(8)}{traceparent[52:]}"


def current_traceparent() -> str:
    """Empty outside of any call or delivery."""
    return _current.get()


@contextmanager
def traced(traceparent: str) -> Iterator[str]:
    """Work inside is a child of `traceparent`."""
    span = child_of(traceparent)
    token = _current.set(span)
    try:
        yield span
    finally:
        _current.reset(token)
