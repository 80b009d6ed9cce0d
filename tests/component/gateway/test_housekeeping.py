"""What is cleaned up, and what is left alone."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.gateway import accounts
from services.gateway.database import GatewayDatabase
from services.gateway.file_store import FileStore
from services.gateway.housekeeping import Housekeeping
from services.gateway.refusals import TooLarge
from services.gateway.session_store import SessionStore
from services.gateway.tables import session, sign_in_failure
from shared.persistence.migrations import migrate

pytestmark = pytest.mark.servers


async def chunks(*parts):
    for part in parts:
        yield part


async def test_an_upload_is_stored_under_its_hash_and_collected_after_a_day(tmp_path):
    files = FileStore(tmp_path.as_uri())
    stored = await files.receive(chunks(b"one ", b"file"), 100)
    again = await files.receive(chunks(b"one file"), 100)
    assert stored == again
    path = tmp_path / stored.path
    assert path.read_bytes() == b"one file"
    assert await files.collect_unadopted() == 0
    old = time.time() - 25 * 3600
    os.utime(path, (old, old))
    assert await files.collect_unadopted() == 1
    assert not path.exists()


async def test_nothing_stays_of_an_upload_that_fails(tmp_path):
    files = FileStore(tmp_path.as_uri())
    with pytest.raises(TooLarge):
        await files.receive(chunks(b"x" * 60, b"x" * 60), 100)

    async def broken():
        yield b"x"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await files.receive(broken(), 100)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_old_sessions_and_forgotten_failures_go_and_living_ones_stay(settings_for, tmp_path):
    settings = settings_for("gateway")
    migrate(settings, "gateway")
    accounts.ensure_root_unit(settings)
    account = accounts.add_account(settings, "chief", "administrator", "LA-HQ", "a good password")
    database = GatewayDatabase(settings)
    sessions = SessionStore(database)
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        kept = await sessions.open(connection, account["id"], "bearer")
        gone = await sessions.open(connection, account["id"], "bearer")
        long_ago = now - timedelta(days=8)
        await connection.execute(sa.update(session).where(session.c.id == gone.session.id).values(expires_at=long_ago))
        rows = [
            {"username": "old", "failures": 2, "last_at": now - timedelta(hours=1), "locked_until": None},
            {"username": "fresh", "failures": 2, "last_at": now, "locked_until": None},
            {"username": "locked", "failures": 5, "last_at": now - timedelta(hours=1), "locked_until": now + timedelta(minutes=5)},
        ]
        await connection.execute(sa.insert(sign_in_failure), rows)
    await Housekeeping(database, sessions, FileStore(tmp_path.as_uri())).once()
    async with database.transaction() as connection:
        assert (await connection.execute(sa.select(session.c.id))).scalars().all() == [kept.session.id]
        names = (await connection.execute(sa.select(sign_in_failure.c.username))).scalars()
        assert sorted(names) == ["fresh", "locked"]
    await database.close()


async def test_a_browser_session_ends_when_left_alone_and_a_bearer_token_does_not(settings_for):
    settings = settings_for("gateway")
    migrate(settings, "gateway")
    accounts.ensure_root_unit(settings)
    account = accounts.add_account(settings, "chief", "administrator", "LA-HQ", "a good password")
    database = GatewayDatabase(settings)
    sessions = SessionStore(database)
    async with database.transaction() as connection:
        browser = await sessions.open(connection, account["id"], "browser")
        bearer = await sessions.open(connection, account["id"], "bearer")
    assert (await sessions.find(browser.token)).csrf_token
    sessions.forget()
    async with database.transaction() as connection:
        await connection.execute(sa.update(session).values(last_seen_at=datetime.now(UTC) - timedelta(minutes=31)))
    assert await sessions.find(browser.token) is None
    assert await sessions.find(bearer.token) is not None
    assert await sessions.find("x" * 300) is None
    await database.close()
