"""The gateway's database for the event loop: SQLAlchemy's asyncio engine over psycopg."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.contracts.envelope import Event
from shared.persistence.tables import outbox
from shared.persistence.unit_of_work import OUTBOX_CHANNEL, Defaults, outbox_rows
from shared.settings import Settings

POOL_SIZE = 5
WAIT_FOR_CONNECTION_SECONDS = 5
# A group of entries comes from many requests: each brings its own trace.
NO_DEFAULTS = Defaults("", "")


class GatewayDatabase:
    def __init__(self, settings: Settings) -> None:
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url("gateway"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=WAIT_FOR_CONNECTION_SECONDS,
            pool_pre_ping=True,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={"connect_timeout": 5, "application_name": "gateway"},
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Commits at the end of the block, rolls back on an exception."""
        async with self.engine.begin() as connection:
            yield connection

    async def emit(self, connection: AsyncConnection, exchange: str, events: Sequence[Event]) -> None:
        """To the outbox, in the caller's transaction; the relay is woken at commit."""
        rows = outbox_rows(exchange, events, NO_DEFAULTS)
        await connection.execute(sa.insert(outbox), rows)
        await connection.execute(sa.select(sa.func.pg_notify(OUTBOX_CHANNEL, "")))

    async def answers(self) -> bool:
        try:
            async with self.engine.connect() as connection:
                await connection.execute(sa.text("SELECT 1"))
        except (sa.exc.SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        await self.engine.dispose()
