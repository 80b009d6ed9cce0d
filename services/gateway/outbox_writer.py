"""The outbox by a connection of its own, one statement and one round trip a group: what every read waits for must be cheap."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import psycopg

from shared.persistence.unit_of_work import OUTBOX_CHANNEL
from shared.settings import Settings

CONNECT_SECONDS = 5
COLUMNS = ("message_id", "exchange", "routing_key", "body", "traceparent")

# A group that is written again, because its answer was lost, keeps its message ids and so is written once.
_INSERT = f"""
    WITH written AS (
        INSERT INTO outbox ({", ".join(COLUMNS)})
        SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::text[])
        ON CONFLICT (message_id) DO NOTHING RETURNING 1
    )
    SELECT pg_notify('{OUTBOX_CHANNEL}', '') FROM (SELECT count(*) FROM written) AS counted
"""  # noqa: S608  constants only


class OutboxWriter:
    """For one task at a time. A lost connection is an error of that group; the next one connects again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Returns once the rows are committed. Raises psycopg.Error or OSError."""
        connection = await self._open()
        try:
            await connection.execute(_INSERT, [[row[column] for row in rows] for column in COLUMNS])
        except psycopg.Error:
            await self.close()
            raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()

    async def _open(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            conninfo = self._settings.database_conninfo("gateway")
            self._connection = await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="gateway-audit"
            )
        return self._connection
