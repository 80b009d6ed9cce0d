"""Passwords: argon2id, always in a thread, since one hash takes tens of milliseconds and megabytes on purpose."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

LEAST_LENGTH = 10
MOST_LENGTH = 200

AT_ONCE = 2


@lru_cache
def _hasher() -> PasswordHasher:
    """OWASP's argon2id of 19 MiB and two passes."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache
def _nobody() -> str:
    """What a sign-in without an account is held against, so that it takes as long as one with."""
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher().verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


class PasswordChecks:
    """At most two at a time: a storm of sign-ins must leave the machine to those who work."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    def turn(self) -> asyncio.Semaphore:
        """`async with checks.turn():` around `matches` and what belongs to it."""
        return self._free

    async def matches(self, password_hash: str | None, password: str) -> bool:
        return await asyncio.to_thread(matches, password_hash, password)


def require_strength(password: str) -> None:
    """Length only (NIST SP 800-63B). Raises Unprocessable."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise Unprocessable(
            errors=[
                FieldError(
                    "password",
                    "length",
                    N_("Choose a password of %(least)s to %(most)s characters."),
                    {"least": LEAST_LENGTH, "most": MOST_LENGTH},
                )
            ]
        )
