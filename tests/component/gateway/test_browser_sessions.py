"""A browser's session at the REST API: by cookie, and for writes only with the page's token."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from services.gateway import accounts
from services.gateway.database import GatewayDatabase
from services.gateway.entrance import SESSION_COOKIE
from services.gateway.session_store import NewSession, SessionStore

pytestmark = pytest.mark.servers


def open_browser_session(settings, username: str) -> NewSession:
    async def opened() -> NewSession:
        database = GatewayDatabase(settings)
        [account] = [row for row in accounts.list_accounts(settings) if row["username"] == username]
        async with database.transaction() as connection:
            new = await SessionStore(database).open(connection, account["id"], "browser")
        await database.close()
        return new

    return asyncio.run(opened())


def test_reads_need_the_cookie_and_writes_the_token_too(gateway):
    new = open_browser_session(gateway.settings, "officer.vte")
    with httpx.Client(base_url=f"{gateway.url}/api/v1", cookies={SESSION_COOKIE: new.token}, trust_env=False) as client:
        assert client.get("/session").json()["user"]["username"] == "officer.vte"
        for headers in ({}, {"X-CSRF-Token": "guessed"}):
            answer = client.delete("/session", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
        assert client.delete("/session", headers={"X-CSRF-Token": new.session.csrf_token}).status_code == 204
        assert client.get("/session").status_code == 401


def test_the_cookies_token_is_no_bearer_token(gateway):
    new = open_browser_session(gateway.settings, "officer.vte")
    with gateway.client(Authorization=f"Bearer {new.token}") as client:
        assert client.get("/session").status_code == 401


def test_a_wrong_bearer_token_is_not_mended_by_a_cookie(gateway):
    new = open_browser_session(gateway.settings, "officer.vte")
    headers = {"Authorization": "Bearer wrong"}
    with httpx.Client(base_url=f"{gateway.url}/api/v1", cookies={SESSION_COOKIE: new.token}, headers=headers, trust_env=False) as client:
        assert client.get("/session").status_code == 401
