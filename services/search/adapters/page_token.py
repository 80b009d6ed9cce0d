"""The opaque `after` of a list of hits: where it stood, in which order."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import orjson

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_


@dataclass(frozen=True, slots=True)
class SortedToken:
    """After the hit with this key, in this order."""

    sort: str
    key: int | str

    def encode(self) -> str:
        return _encode([self.sort, self.key])


@dataclass(frozen=True, slots=True)
class RelevanceToken:
    """`offset` hits of this view of the index were shown."""

    generation: str
    offset: int

    def encode(self) -> str:
        return _encode(["relevance", self.generation, self.offset])


def decode(token: str, *, sort: str) -> SortedToken | RelevanceToken:
    """Raises Unprocessable for what is no token, or one of another order."""
    try:
        found = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except ValueError:
        found = None
    match found:
        case ["relevance", str() as generation, int() as offset] if offset > 0 and sort == "relevance":
            return RelevanceToken(generation, offset)
        case [str() as order, int() as key] if order == sort and 0 <= key < 2**64 and not isinstance(key, bool):
            return SortedToken(order, key)
        case [str() as order, str() as key] if order == sort and key and all(letter in "0123456789abcdef" for letter in key):
            return SortedToken(order, key)
    raise Unprocessable(errors=[FieldError("after", "invalid", N_("Take `after` from `next` of the page before, with the same order."))])


def _encode(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()
