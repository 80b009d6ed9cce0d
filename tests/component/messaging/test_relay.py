"""From the outbox to the broker: everything, in order, once for each consumer, whatever is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY

from shared.contracts.envelope import CONTENT_TYPE, Event, decode_batch
from shared.messaging.relay import Relay
from shared.persistence import Database
from shared.settings import Settings
from shared.tracing import new_traceparent, traced
from tests.component.messaging.houses import ROOT, OurHouse, event_of
from tests.waiting import eventually

pytestmark = pytest.mark.servers

RELAY_PROGRAM = """
import os
from shared.messaging.relay import run
from shared.settings import Settings
run(Settings.model_validate_json(os.environ["TEST_SETTINGS"]), "cases")
"""


@contextmanager
def relaying(settings: Settings) -> Iterator[Relay]:
    relay = Relay(settings, "cases")
    thread = threading.Thread(target=relay.run)
    thread.start()
    try:
        yield relay
    finally:
        relay.stop()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    built = Database(settings, "cases")
    yield built
    built.dispose()


@pytest.fixture
def probe(ours: OurHouse) -> str:
    ours.channel.queue_declare("probe", auto_delete=False)
    ours.channel.queue_bind("probe", "cases.events", "case.#")
    return "probe"


def emit(database: Database, events: list[Event]) -> None:
    with database.unit_of_work() as work:
        work.emit("cases.events", events)
        work.commit()


def read_all(ours: OurHouse, queue: str, count: int) -> list[Any]:
    eventually(lambda: ours.waiting(queue) >= count)
    return [ours.take(queue) for _ in range(ours.waiting(queue))]


def test_a_commit_is_at_the_broker_at_once_and_a_rollback_never(ours: OurHouse, database: Database, probe: str) -> None:
    with relaying(ours.settings):
        emit(database, [event_of({"warm": True})])
        read_all(ours, probe, 1)
        with database.unit_of_work() as work:
            work.emit("cases.events", [event_of({})])
        started = time.monotonic()
        with traced(new_traceparent()) as span:
            emit(database, [event_of({"number": 1})])
        message = read_all(ours, probe, 1)[0]
        assert time.monotonic() - started < 0.5
    assert [event.data for event in decode_batch(message.body)] == [{"number": 1}]
    assert decode_batch(message.body)[0].traceparent == span
    assert message.properties["application_headers"] == {"traceparent": span}
    assert message.properties["content_type"] == CONTENT_TYPE
    assert message.properties["user_id"] == "cases"
    assert message.properties["delivery_mode"] == 2


def test_batches_of_500_in_order_of_their_sequence(ours: OurHouse, database: Database, probe: str) -> None:
    events = [event_of({"number": number}) for number in range(1201)] + [event_of({"type": "case.changed.v1"})]
    emit(database, events)
    with relaying(ours.settings):
        messages = read_all(ours, probe, 4)
    batches = [decode_batch(message.body) for message in messages]
    assert [len(batch) for batch in batches] == [500, 500, 201, 1]
    assert [event.id for batch in batches for event in batch] == [event.id for event in events]


def test_a_sequence_that_commits_late_is_published_too(ours: OurHouse, database: Database, probe: str) -> None:
    """A cursor over the sequence would have passed it by."""
    with relaying(ours.settings):
        with psycopg.connect(ours.settings.database_conninfo("cases")) as slow:
            slow.execute(
                "INSERT INTO outbox (message_id, exchange, routing_key, body)"
                " VALUES (gen_random_uuid(), 'cases.events', 'case.late.v1', '[]')"
            )
            emit(database, [event_of({})])
            read_all(ours, probe, 1)
            slow.commit()
        late = read_all(ours, probe, 1)[0]
    assert late.delivery_info["routing_key"] == "case.late.v1"


def test_a_killed_relay_loses_nothing_and_repeats_under_the_same_id(ours: OurHouse, database: Database, probe: str) -> None:
    events = [event_of({"number": number}) for number in range(400)]
    for event in events:
        emit(database, [event])
    environment = {"TEST_SETTINGS": ours.settings.model_dump_json()}
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", RELAY_PROGRAM], cwd=ROOT, env=environment) as process:
            before = ours.waiting(probe)
            eventually(lambda before=before: ours.waiting(probe) > before or ours.waiting(probe) >= 400, interval=0.002)
            process.kill()
    with relaying(ours.settings):
        eventually(lambda: not _unpublished(ours))
    messages = read_all(ours, probe, 400)
    first: dict[str, list[str]] = {}
    for message in messages:
        ids = [event.id for event in decode_batch(message.body)]
        assert first.setdefault(message.properties["message_id"], ids) == ids
    assert [identifier for ids in first.values() for identifier in ids] == [event.id for event in events]


def test_one_relay_leads_and_another_takes_over(ours: OurHouse, database: Database, probe: str) -> None:
    with relaying(ours.settings) as first:
        emit(database, [event_of({})])
        read_all(ours, probe, 1)
        with relaying(ours.settings):
            emit(database, [event_of({})])
            assert len(read_all(ours, probe, 1)) == 1
            first.stop()
            emit(database, [event_of({"after": True})])
            assert len(read_all(ours, probe, 1)) == 1


def test_a_relay_survives_its_database_and_a_lost_topology(ours: OurHouse, database: Database, probe: str) -> None:
    """A broker that lost its disk has every queue again before the first message."""
    with relaying(ours.settings):
        emit(database, [event_of({})])
        read_all(ours, probe, 1)
        ours.channel.queue_delete("reports.cases")
        ours.sql("SELECT 1")
        with psycopg.connect(ours.settings.database_conninfo("cases"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cases-relay'")
        emit(database, [event_of({})])
        assert len(read_all(ours, probe, 1)) == 1
    assert ours.waiting("reports.cases") == 1


def test_the_depth_and_age_of_the_outbox_are_measured(ours: OurHouse, database: Database, probe: str) -> None:
    relayed = REGISTRY.get_sample_value("opencen_relayed_messages_total", {"service": "cases", "exchange": "cases.events"}) or 0
    emit(database, [event_of({})])
    with relaying(ours.settings):
        read_all(ours, probe, 1)
        eventually(lambda: REGISTRY.get_sample_value("opencen_outbox_waiting_messages", {"service": "cases"}) == 0)
        assert REGISTRY.get_sample_value("opencen_outbox_oldest_seconds", {"service": "cases"}) == 0
    after = REGISTRY.get_sample_value("opencen_relayed_messages_total", {"service": "cases", "exchange": "cases.events"})
    assert after == relayed + 1


def test_the_outbox_is_trimmed_after_thirty_days(ours: OurHouse, database: Database, probe: str) -> None:
    emit(database, [event_of({})])
    emit(database, [event_of({})])
    with psycopg.connect(ours.settings.database_conninfo("cases"), autocommit=True) as connection:
        connection.execute("UPDATE outbox SET published_at = now() - interval '31 days' WHERE sequence = 1")
        with relaying(ours.settings):
            read_all(ours, probe, 1)
            eventually(lambda: connection.execute("SELECT array_agg(sequence) FROM outbox").fetchone() == ([2],))


def _unpublished(ours: OurHouse) -> int:
    with psycopg.connect(ours.settings.database_conninfo("cases"), autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL").fetchone()
        assert row is not None
        return int(row[0])
