"""Whether the sessions of open streams still live, and with which rights: asked for all of them at once, every two seconds.

A stream of its own question would cost a query per screen and second; this is two queries for all screens of the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from services.gateway.database import GatewayDatabase
from services.gateway.directory import list_units
from services.gateway.session import Session
from services.gateway.session_store import SessionStore

CHECK_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Watched:
    """`session` is the session as it was last seen, None once it has ended; `subtree` are the units of its rights."""

    def __init__(self, session: Session, subtree: frozenset[str], on_change: Callable[[], None]) -> None:
        self.session: Session | None = session
        self.session_id = session.id
        self.subtree = subtree
        self._on_change = on_change

    def see(self, session: Session | None, subtree: frozenset[str]) -> None:
        before = (self.session and self.session.principal, self.subtree)
        self.session, self.subtree = session, subtree
        if (session and session.principal, subtree) != before:
            self._on_change()


class SessionWatch:
    def __init__(self, database: GatewayDatabase, sessions: SessionStore) -> None:
        self._database = database
        self._sessions = sessions
        self._watched: WeakSet[Watched] = WeakSet()

    def watch(self, session: Session, subtree: frozenset[str], on_change: Callable[[], None]) -> Watched:
        """Until it leaves; one that is let go of without that is gone as well."""
        watched = Watched(session, subtree, on_change)
        self._watched.add(watched)
        return watched

    def leave(self, watched: Watched) -> None:
        self._watched.discard(watched)

    async def run(self) -> None:
        """Until cancelled. While the database is away nobody can know better: what was seen last stays."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._look(list(self._watched))
            except (sa.exc.SQLAlchemyError, OSError) as error:
                logger.warning("The sessions of open streams cannot be checked: %s", type(error).__name__)

    async def _look(self, watched: list[Watched]) -> None:
        if not watched:
            return
        living = await self._sessions.living({item.session_id for item in watched})
        below = subtrees(await list_units(self._database))
        for item in watched:
            session = living.get(item.session_id)
            item.see(session, below.get(session.principal.unit, frozenset()) if session else frozenset())


def subtrees(units: Iterable[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Each unit's code with those of all units below it."""
    parents = {unit["code"]: unit["parent"] for unit in units}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for code in parents:
        above: str | None = code
        while above is not None and code not in found[above]:
            found[above].add(code)
            above = parents.get(above)
    return {code: frozenset(codes) for code, codes in found.items()}
