"""Sessions: made at sign-in, found by their token's hash, ended by hand, by age, or by being left alone."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.database import GatewayDatabase
from services.gateway.session import Kind, Session
from services.gateway.tables import account, session, unit
from shared.identifiers import new_id
from shared.security.principal import Principal

LIFETIME = timedelta(hours=12)
IDLE_TIMEOUT = timedelta(minutes=30)
# A change made by another process (the CLI) counts after this long at most; one made here counts at once.
CACHE_SECONDS = 1.0
SEEN_EVERY = timedelta(minutes=1)
MOST_CACHED = 5_000
MOST_TOKEN_LENGTH = 200

_COLUMNS = (
    session.c.id,
    session.c.kind,
    session.c.csrf_token,
    session.c.expires_at,
    session.c.last_seen_at,
    account.c.id.label("account"),
    account.c.username,
    account.c.name,
    account.c.unit,
    account.c.roles,
    account.c.clearance,
    account.c.rights_version,
    unit.c.names.label("unit_names"),
)
_LIVING = sa.select(*_COLUMNS).join(account, session.c.account == account.c.id).join(unit, account.c.unit == unit.c.code)


@dataclass(frozen=True, slots=True)
class NewSession:
    """The only moment at which the token itself is known."""

    token: str
    session: Session


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class SessionStore:
    def __init__(self, database: GatewayDatabase) -> None:
        self._database = database
        self._cache: dict[bytes, tuple[float, Session]] = {}

    async def open(self, connection: AsyncConnection, account_id: str, kind: Kind) -> NewSession:
        """In the caller's transaction, so that the sign-in and its trail stand or fall together."""
        token = secrets.token_urlsafe(32)
        values = {
            "id": new_id(),
            "token_hash": hash_token(token),
            "account": account_id,
            "kind": kind,
            "csrf_token": secrets.token_urlsafe(24) if kind == "browser" else "",
            "expires_at": datetime.now(UTC) + LIFETIME,
        }
        await connection.execute(sa.insert(session).values(values))
        row = (await connection.execute(_LIVING.where(session.c.id == values["id"]))).one()
        return NewSession(token, _session(row))

    async def find(self, token: str) -> Session | None:
        """The living session of a token; None for one that is unknown, ended, too old, too long idle, or of a closed account."""
        if not 0 < len(token) <= MOST_TOKEN_LENGTH:
            return None
        key = hash_token(token)
        cached = self._cache.get(key)
        if cached is not None and time.monotonic() - cached[0] < CACHE_SECONDS and cached[1].expires_at > datetime.now(UTC):
            return cached[1]
        found = await self._load(key)
        self._remember(key, found)
        return found

    async def still_living(self, session_id: str) -> Session | None:
        """The session as it is now, with the rights of now."""
        return (await self.living({session_id})).get(session_id)

    async def living(self, session_ids: set[str]) -> dict[str, Session]:
        """Those of these sessions that live, as they are now. Being looked at keeps no session from being idle."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(_LIVING.where(_lives(), session.c.id.in_(session_ids)))
            return {row.id: _session(row) for row in rows}

    async def end(self, session_id: str) -> None:
        self._cache = {key: entry for key, entry in self._cache.items() if entry[1].id != session_id}
        async with self._database.transaction() as connection:
            await connection.execute(
                sa.update(session).where(session.c.id == session_id, session.c.ended_at.is_(None)).values(ended_at=sa.func.now())
            )

    def forget(self, account_id: str | None = None) -> None:
        """After a change of rights made in this process."""
        self._cache = {key: entry for key, entry in self._cache.items() if account_id and entry[1].principal.account != account_id}

    async def remove_old(self) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(session).where(session.c.expires_at < sa.func.now() - sa.text("interval '7 days'")))

    async def _load(self, token_hash: bytes) -> Session | None:
        async with self._database.transaction() as connection:
            row = (await connection.execute(_LIVING.where(_lives(), session.c.token_hash == token_hash))).one_or_none()
            if row is None:
                return None
            if datetime.now(UTC) - row.last_seen_at > SEEN_EVERY:
                await connection.execute(sa.update(session).where(session.c.id == row.id).values(last_seen_at=sa.func.now()))
        return _session(row)

    def _remember(self, key: bytes, found: Session | None) -> None:
        if found is None:
            self._cache.pop(key, None)
            return
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        self._cache[key] = (time.monotonic(), found)


def _lives() -> sa.ColumnElement[bool]:
    idle = sa.and_(session.c.kind == "browser", session.c.last_seen_at <= sa.func.now() - IDLE_TIMEOUT)
    return sa.and_(session.c.ended_at.is_(None), session.c.expires_at > sa.func.now(), account.c.active, sa.not_(idle))


def _session(row: Any) -> Session:
    principal = Principal(
        account=row.account,
        username=row.username,
        unit=row.unit,
        roles=tuple(row.roles),
        clearance=row.clearance,
        rights_version=row.rights_version,
    )
    return Session(
        id=row.id,
        principal=principal,
        kind=row.kind,
        name=row.name,
        unit_names=row.unit_names,
        expires_at=row.expires_at,
        csrf_token=row.csrf_token,
    )
