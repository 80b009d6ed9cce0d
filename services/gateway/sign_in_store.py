"""What a sign-in reads and writes: the account of a name, its failures in a row, the new session; each with its entry in the trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.database import GatewayDatabase
from services.gateway.domain.lock_out import Attempts
from services.gateway.session import Kind
from services.gateway.session_store import NewSession, SessionStore
from services.gateway.tables import account, sign_in_failure
from shared.contracts.directory import EXCHANGE
from shared.contracts.envelope import Event


@dataclass(frozen=True, slots=True)
class KnownAccount:
    id: str
    password_hash: str


class SignInStore:
    def __init__(self, database: GatewayDatabase, sessions: SessionStore) -> None:
        self._database = database
        self._sessions = sessions

    async def look_up(self, name: str) -> tuple[KnownAccount | None, Attempts]:
        """A closed account is as good as none."""
        wanted = sa.select(account.c.id, account.c.password_hash).where(account.c.username == name, account.c.active)
        async with self._database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
            return KnownAccount(row.id, row.password_hash) if row else None, await _attempts(connection, name)

    async def count_failure(self, name: str, now: datetime, entry: Callable[[Attempts], Event]) -> Attempts:
        """Failures of one name are counted one after the other, the first one too, for which there is no row to lock yet."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
            attempts = (await _attempts(connection, name)).failed(now)
            values = {"failures": attempts.failures, "last_at": attempts.last_at, "locked_until": attempts.locked_until}
            statement = insert(sign_in_failure).values(username=name, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["username"], set_=values))
            await self._database.emit(connection, EXCHANGE, [entry(attempts)])
        return attempts

    async def open_session(self, name: str, known: KnownAccount, kind: Kind, entry: Callable[[NewSession], Event]) -> NewSession:
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.username == name))
            opened = await self._sessions.open(connection, known.id, kind)
            await self._database.emit(connection, EXCHANGE, [entry(opened)])
        return opened


async def _attempts(connection: AsyncConnection, name: str) -> Attempts:
    row = (await connection.execute(sa.select(sign_in_failure).where(sign_in_failure.c.username == name))).one_or_none()
    return Attempts(row.failures, row.last_at, row.locked_until) if row else Attempts()
