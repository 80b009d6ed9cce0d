"""The composition root: what every handler of the door is given."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

from services.gateway.alert_hub import AlertHub
from services.gateway.audit import AuditWriter
from services.gateway.database import GatewayDatabase
from services.gateway.domain.rate_limit import RateLimiter
from services.gateway.file_store import FileStore
from services.gateway.housekeeping import Housekeeping
from services.gateway.outbox_writer import OutboxWriter
from services.gateway.passwords import PasswordChecks
from services.gateway.session import Session
from services.gateway.session_store import SessionStore
from services.gateway.session_watch import SessionWatch
from services.gateway.sign_in_store import SignInStore
from shared.errors import RenewRights, Unauthenticated, Unavailable
from shared.i18n import N_
from shared.messaging.rpc_client import RpcClient
from shared.security.principal import LIFETIME_SECONDS, Principal, sign_principal
from shared.settings import Settings

CALL_SECONDS = 5.0
MOST_TOKENS = 5_000


class Gateway:
    """Built once by `create_application`; `start` and `close` follow the application's life."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = GatewayDatabase(settings)
        self.sessions = SessionStore(self.database)
        self.session_watch = SessionWatch(self.database, self.sessions)
        self.sign_ins = SignInStore(self.database, self.sessions)
        self.passwords = PasswordChecks()
        self.audit = AuditWriter(OutboxWriter(settings))
        self.rate_limiter = RateLimiter(settings.http_calls_per_second)
        self.files = FileStore(settings.file_store_url)
        self.rpc = RpcClient(settings)
        self.alerts = AlertHub(settings)
        self._signing_key = settings.token_signing_key()
        self._tokens: dict[Principal, tuple[float, str]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.audit.start()
        await self.rpc.start()
        self.alerts.start()
        keeper = Housekeeping(self.database, self.sessions, self.files)
        self._tasks = [asyncio.create_task(part.run(), name=type(part).__name__) for part in (keeper, self.session_watch)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.alerts.close()
        await self.audit.close()
        await self.rpc.close()
        await self.database.close()

    async def call(
        self,
        session: Session,
        service: str,
        method: str,
        payload: dict[str, Any],
        *,
        idempotency_key: str | None = None,
        timeout: float = CALL_SECONDS,  # noqa: ASYNC109  the time limit travels in the message's expiration as well
    ) -> dict[str, Any]:
        """One call in the caller's name. Raises what the service raised, or Unavailable.

        A service that has seen newer rights than the token's asks to renew: the account is read again and the call repeated, once.
        """
        try:
            return await self._call(session, service, method, payload, idempotency_key=idempotency_key, timeout=timeout)
        except RenewRights:
            self.sessions.forget(session.principal.account)
            fresh = await self.sessions.still_living(session.id)
        if fresh is None:
            raise Unauthenticated(N_("Your session has ended. Sign in again."))
        renewed = replace(session, principal=fresh.principal)
        try:
            return await self._call(renewed, service, method, payload, idempotency_key=idempotency_key, timeout=timeout)
        except RenewRights as error:
            raise Unavailable(N_("Your rights are being changed. Try again in a moment."), details={"retry_after": 1}) from error

    async def _call(
        self,
        session: Session,
        service: str,
        method: str,
        payload: dict[str, Any],
        *,
        idempotency_key: str | None,
        timeout: float,  # noqa: ASYNC109  see `call`
    ) -> dict[str, Any]:
        result: dict[str, Any] = await self.rpc.call(
            service,
            method,
            payload,
            token=self.token_for(session.principal),
            idempotency_key=idempotency_key,
            language=session.language,
            timeout=timeout,
        )
        return result

    def token_for(self, principal: Principal) -> str:
        """A signed token with at least half of its life before it."""
        now = time.time()
        signed_at, token = self._tokens.get(principal, (0.0, ""))
        if now - signed_at > LIFETIME_SECONDS / 2:
            if len(self._tokens) >= MOST_TOKENS:
                self._tokens.clear()
            token = sign_principal(principal, self._signing_key, now=now)
            self._tokens[principal] = (now, token)
        return token
