"""Identifiers: UUIDv7, so that ids sort by their time of making."""

from __future__ import annotations

import re

from uuid6 import uuid7

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    return str(uuid7())


def is_id(text: str) -> bool:
    """Whether the text can be an identifier of ours at all (an impossible one is a 404, not a 422)."""
    return _UUID.fullmatch(text) is not None


def new_job_id(service: str) -> str:
    """Job ids name their owner, so that the gateway routes without a table."""
    return f"{service}-{uuid7()}"
