"""The hash chain of the trail: each entry's hash covers its content and the hash before it.

`hash = SHA-256(previous hash || canonical JSON of the entry)`, the first entry's previous hash being 32 zero bytes.
Canonical: keys sorted, no spaces, UTF-8, the time in UTC. Anyone with an export and this page can verify it offline.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = bytes(32)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_MAJOR = re.compile(r"\.v\d+$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `event` is the id of the event that told it; `outcome` is `done` or what the act came to."""

    at: datetime
    actor: str
    unit: str
    action: str
    subject: str
    outcome: str
    details: dict[str, Any]
    event: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its place of the chain."""

    seq: int
    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: `seq` 0 and GENESIS before the first entry."""

    seq: int = 0
    hash: bytes = GENESIS


def action_of(event_type: str) -> str:
    """`case.submitted.v1` is the act `case.submitted`."""
    return _MAJOR.sub("", event_type)


def entry_hash(previous: bytes, seq: int, entry: Entry) -> bytes:
    canonical = {
        "seq": seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "unit": entry.unit,
        "action": entry.action,
        "subject": entry.subject,
        "outcome": entry.outcome,
        "details": entry.details,
        "event": entry.event,
    }
    return hashlib.sha256(previous + _CANONICAL.encode(canonical).encode()).digest()


def append(head: Head, entries: Iterable[Entry]) -> Iterator[Link]:
    """Number and chain the entries after the head."""
    seq, previous = head.seq, head.hash
    for entry in entries:
        seq += 1
        previous = entry_hash(previous, seq, entry)
        yield Link(seq, entry, previous)


@dataclass(frozen=True, slots=True)
class Verification:
    """`head` is the last link that holds; `first_break` the number of the first entry that does not, or None."""

    head: Head
    verified: int
    first_break: int | None


def verify(head: Head, links: Iterable[Link]) -> Verification:
    """Hold links, in order, against the chain that ends in `head`: a changed, missing or inserted entry breaks it."""
    verified = 0
    for link in links:
        if link.seq != head.seq + 1 or entry_hash(head.hash, link.seq, link.entry) != link.hash:
            return Verification(head, verified, head.seq + 1)
        head = Head(link.seq, link.hash)
        verified += 1
    return Verification(head, verified, None)
