"""What nobody waits for: old sessions, forgotten failures, uploads that no owner took."""

from __future__ import annotations

import asyncio
import logging

import sqlalchemy as sa
from obstore.exceptions import BaseError

from services.gateway.database import GatewayDatabase
from services.gateway.domain.lock_out import FORGOTTEN_AFTER
from services.gateway.file_store import FileStore
from services.gateway.session_store import SessionStore
from services.gateway.tables import sign_in_failure

EVERY_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class Housekeeping:
    def __init__(self, database: GatewayDatabase, sessions: SessionStore, files: FileStore) -> None:
        self._database = database
        self._sessions = sessions
        self._files = files

    async def run(self) -> None:
        """Until cancelled; what fails is tried again an hour later."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.once()
            except (sa.exc.SQLAlchemyError, BaseError, OSError) as error:
                logger.warning("Housekeeping failed: %s", type(error).__name__)

    async def once(self) -> None:
        await self._sessions.remove_old()
        old = sa.func.now() - FORGOTTEN_AFTER
        passed = sa.or_(sign_in_failure.c.locked_until.is_(None), sign_in_failure.c.locked_until < sa.func.now())
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.last_at < old, passed))
        removed = await self._files.collect_unadopted()
        if removed:
            logger.info("Removed %s uploads that nobody took", removed)
