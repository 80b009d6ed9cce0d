"""The trail of what changes no aggregate: reads, searches, sign-ins, refusals, exports.

Entries are grouped into one transaction. Nobody waits for a group but exports and reads of nominal data, whose answer leaves only once
the entry is safe; a waiting caller has the group written at once instead of after 50 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

import psycopg

from services.gateway.database import NO_DEFAULTS
from services.gateway.outbox_writer import OutboxWriter
from services.gateway.session import Session
from shared.contracts.directory import ACTED, EXCHANGE
from shared.contracts.envelope import Event
from shared.errors import Unavailable
from shared.i18n import N_
from shared.persistence.unit_of_work import outbox_rows

GROUP_SECONDS = 0.05
RETRY_SECONDS = 1.0
GROUP_SIZE = 500
MOST_WAITING = 20_000
WAIT_SECONDS = 5.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    event: Event
    written: asyncio.Future[None] | None = None


def acted(session: Session, action: str, subject: str, outcome: str = "done", details: dict[str, Any] | None = None) -> Event:
    """`details` hold no nominal data: query text is masked by the caller."""
    return Event(
        type=ACTED,
        source="gateway",
        subject=subject or session.principal.account,
        data={"action": action, "subject": subject, "outcome": outcome, "details": details or {}},
        aggregate_version=1,
        actor=session.principal.account,
        actor_unit=session.principal.unit,
        correlation_id=session.correlation_id,
        traceparent=session.traceparent,
    )


class AuditWriter:
    def __init__(self, outbox: OutboxWriter) -> None:
        self._outbox = outbox
        self._waiting: deque[_Entry] = deque()
        self._some = asyncio.Event()
        self._hurry = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="audit-writer")

    async def close(self) -> None:
        """Writes what waits before it returns."""
        if self._task is None:
            return
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), WAIT_SECONDS)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._outbox.close()

    def add(self, event: Event) -> None:
        """Raises Unavailable when so many entries wait that the trail would have to lose some."""
        self._append(_Entry(event))

    async def add_and_wait(self, event: Event) -> None:
        """Returns once the entry is in the outbox. Raises Unavailable when that takes too long."""
        entry = _Entry(event, asyncio.get_running_loop().create_future())
        self._append(entry)
        self._hurry.set()
        assert entry.written is not None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await entry.written
        except TimeoutError as error:
            raise _trail_away() from error

    def _append(self, entry: _Entry) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise _trail_away()
        self._waiting.append(entry)
        self._idle.clear()
        self._some.set()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GROUP_SECONDS):
                    await self._hurry.wait()
            self._hurry.clear()
            await self._write_group()
            if not self._waiting:
                self._some.clear()
                self._idle.set()

    async def _write_group(self) -> None:
        """Entries leave the queue only once they are written: an outage of the database keeps them, under the same message ids."""
        group = [self._waiting[index] for index in range(min(GROUP_SIZE, len(self._waiting)))]
        rows = outbox_rows(EXCHANGE, [entry.event for entry in group], NO_DEFAULTS)
        while True:
            if await self._wrote(rows):
                break
            await asyncio.sleep(RETRY_SECONDS)
        for entry in group:
            self._waiting.popleft()
            if entry.written is not None and not entry.written.done():
                entry.written.set_result(None)

    async def _wrote(self, rows: list[dict[str, Any]]) -> bool:
        try:
            await self._outbox.write(rows)
        except (psycopg.Error, OSError) as error:
            logger.warning("The trail waits for the database: %s", type(error).__name__)
            return False
        return True


def _trail_away() -> Unavailable:
    return Unavailable(N_("The trail cannot be written just now. Try again in a moment."), details={"retry_after": 2})
