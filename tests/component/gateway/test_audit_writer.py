"""The grouped writer of the trail, on a real database that may go away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson
import pytest
import sqlalchemy as sa

from services.gateway import audit
from services.gateway.audit import AuditWriter, acted
from services.gateway.database import NO_DEFAULTS, GatewayDatabase
from services.gateway.outbox_writer import OutboxWriter
from services.gateway.session import Session
from shared.contracts.directory import Acted
from shared.errors import Unavailable
from shared.persistence.migrations import migrate
from shared.persistence.tables import outbox
from shared.persistence.unit_of_work import outbox_rows
from shared.security.principal import Principal
from tests.waiting import eventually_async

pytestmark = pytest.mark.servers
SESSION = Session("s", Principal("account-1", "officer.vte", "LA-VTE", ("reporting_officer",)), "bearer", "Officer", {}, datetime.now(UTC))


@pytest.fixture
def settings(settings_for):
    settings = settings_for("gateway")
    migrate(settings, "gateway")
    return settings


@pytest.fixture
async def database(settings):
    database = GatewayDatabase(settings)
    yield database
    await database.close()


@pytest.fixture
async def writer(settings):
    writer = AuditWriter(OutboxWriter(settings))
    writer.start()
    yield writer
    await writer.close()


async def written(database):
    """`(number of messages, subjects in order)`."""
    async with database.transaction() as connection:
        bodies = (await connection.execute(sa.select(outbox.c.body).order_by(outbox.c.sequence))).scalars().all()
    return len(bodies), [event["data"]["subject"] for body in bodies for event in orjson.loads(bytes(body))]


def entry(number):
    return acted(SESSION, "case.read", str(number), details={"version": 1})


async def test_many_entries_become_few_messages_in_order(database, writer):
    for number in range(300):
        writer.add(entry(number))

    async def all_there():
        return len((await written(database))[1]) == 300

    await eventually_async(all_there)
    messages, subjects = await written(database)
    assert subjects == [str(number) for number in range(300)]
    assert messages <= 3


async def test_who_must_wait_waits_until_the_entry_is_safe(database, writer):
    writer.add(entry("before"))
    await writer.add_and_wait(entry("export"))
    assert (await written(database))[1] == ["before", "export"]


async def test_nothing_is_lost_while_the_database_is_away(database, writer, postgres, monkeypatch):
    monkeypatch.setattr(audit, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(audit, "RETRY_SECONDS", 0.1)
    name = database.engine.url.database
    with postgres.connect("postgres") as administrator:
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        writer.add(entry("kept"))
        with pytest.raises(Unavailable):
            await writer.add_and_wait(entry("refused but kept"))
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    async def all_there():
        return (await written(database))[1] == ["kept", "refused but kept"]

    await eventually_async(all_there)


async def test_what_waits_is_written_before_the_end(database, settings):
    writer = AuditWriter(OutboxWriter(settings))
    writer.start()
    for number in range(10):
        writer.add(entry(number))
    await writer.close()
    assert len((await written(database))[1]) == 10


async def test_when_too_many_wait_the_act_is_refused_rather_than_unrecorded(settings, monkeypatch):
    monkeypatch.setattr(audit, "MOST_WAITING", 3)
    writer = AuditWriter(OutboxWriter(settings))
    for number in range(3):
        writer.add(entry(number))
    with pytest.raises(Unavailable):
        writer.add(entry(3))
    await asyncio.sleep(0)


def test_an_entry_is_what_the_contract_says():
    event = entry(1)
    assert Acted(**event.data).action == "case.read"
    assert (event.actor, event.actor_unit) == ("account-1", "LA-VTE")


async def test_a_group_that_is_written_again_is_there_once(database, settings):
    outbox_writer = OutboxWriter(settings)
    rows = outbox_rows("gateway.events", [entry(1), entry(2)], NO_DEFAULTS)
    await outbox_writer.write(rows)
    await outbox_writer.write(rows)
    await outbox_writer.close()
    assert await written(database) == (1, ["1", "2"])
