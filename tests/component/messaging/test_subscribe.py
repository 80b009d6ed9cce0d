"""Batches into effects: each once, poison alone, retries by tiers, waiting in place, draining."""

from __future__ import annotations

import os
import signal

import pytest

from shared.contracts.envelope import decode_batch, encode_batches
from shared.identifiers import new_id
from shared.messaging import dead_letters, topology
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from tests.component.messaging.houses import OurHouse, event_of
from tests.servers import PostgresForTests
from tests.waiting import eventually

pytestmark = pytest.mark.servers

QUEUE = topology.REPORTS_CASES.queue


def test_a_batch_becomes_effects_once(ours: OurHouse) -> None:
    message = new_id()
    with ours.start():
        ids = ours.send_batch([{"version": number} for number in range(50)], message_id=message)
        eventually(lambda: ours.effects() == ids)
        ours.send_batch([{}], message_id=message)
        marker = ours.send()
        eventually(lambda: marker in ours.effects())
    assert ours.effects() == [*ids, marker]
    assert ours.waiting() == 0


def test_order_is_kept_through_many_messages_taken_together(ours: OurHouse) -> None:
    sent = [identifier for number in range(40) for identifier in ours.send_batch([{"version": number}] * 3)]
    with ours.start():
        eventually(lambda: len(ours.effects()) == len(sent))
    assert ours.effects() == sent
    transactions = ours.sql("SELECT count(DISTINCT at) FROM effects")[0][0]
    assert transactions < 40, "waiting messages share a transaction"


def test_of_a_batch_with_poison_the_rest_is_applied(ours: OurHouse) -> None:
    events = [event_of({"do": "raise"} if number in (7, 311) else {"number": number}) for number in range(500)]
    ours.send_events(events)
    neighbours = ours.send_batch([{}, {}])
    with ours.start():
        eventually(lambda: len(ours.effects()) == 500)
        eventually(lambda: ours.waiting(ours.dead) == 2)
        assert ours.waiting() == 0
    poison = {events[7].id, events[311].id}
    assert sorted(ours.effects()) == sorted({event.id for event in events} - poison | set(neighbours))
    dead = [ours.take(ours.dead) for _ in range(2)]
    assert [[event.id for event in decode_batch(message.body)] for message in dead] == [[events[7].id], [events[311].id]]
    assert all(message.properties["application_headers"]["x-reason"] == "ValueError" for message in dead)
    assert len({message.properties["message_id"] for message in dead}) == 2


def test_a_failure_in_before_commit_is_poison_too(ours: OurHouse) -> None:
    with ours.start():
        sent = ours.send_batch([{}, {"do": "fail_after"}, {}])
        eventually(lambda: ours.waiting(ours.dead) == 1)
    assert ours.effects() == [sent[0], sent[2]]


def test_poison_is_requeued_once_mended_and_applied_once(ours: OurHouse) -> None:
    with ours.start():
        sent = ours.send_batch([{}, {"do": "await_switch_or_raise"}])
        eventually(lambda: ours.waiting(ours.dead) == 1)
        ours.sql("INSERT INTO switches VALUES ('mended')")
        assert dead_letters.requeue(ours.settings, QUEUE) == 1
        eventually(lambda: ours.effects() == sent)
    assert ours.waiting(ours.dead) == 0


def test_dead_letters_are_shown_masked_and_dropped_with_a_reason(ours: OurHouse) -> None:
    with ours.start():
        ours.send_batch([{"do": "raise", "title": "Ketamine in a suitcase", "goods": [{"kg": "2.4"}]}])
        ours.send_raw(b"\xff no batch", "text/plain")
        eventually(lambda: ours.waiting(ours.dead) == 2)
    assert {"queue": QUEUE, "messages": 2} in dead_letters.list_queues(ours.settings)
    shown = dead_letters.show(ours.settings, QUEUE)
    assert shown[0]["data"] == [{"do": "***", "title": "***", "goods": [{"kg": "***"}]}]
    assert shown[0]["events"][0]["type"] == "case.submitted.v1"
    assert (shown[1]["events"], shown[1]["reason"]) == ([], "not JSON")
    assert "Ketamine" not in repr(shown)
    ours.channel.queue_declare("trail", auto_delete=False)
    ours.channel.queue_bind("trail", "gateway.events", "audit.acted.v1")
    assert dead_letters.drop(ours.settings, QUEUE, shown[0]["message_id"], reason="a test") == 1
    eventually(lambda: ours.waiting(ours.dead) == 1)
    trail = decode_batch(ours.take("trail").body)
    assert trail[0].data["action"] == "dead_letter.dropped"
    assert trail[0].data["details"] == {"queue": QUEUE, "reason": "a test"}


def test_a_retryable_failure_goes_by_a_tier_and_comes_back(ours: OurHouse) -> None:
    with ours.start():
        sent = ours.send_batch([{}, {"do": "retry_once"}, {}])
        eventually(lambda: ours.effects() == [sent[0], sent[2]])
        eventually(lambda: ours.waiting("retry.5s") == 1)
        ours.sql("INSERT INTO switches VALUES ('mended')")
        eventually(lambda: ours.effects() == [sent[0], sent[2], sent[1]], timeout=15)
    assert ours.waiting(ours.dead) == 0


def test_retries_end_in_the_dead_queue(ours: OurHouse) -> None:
    """As it comes back from the last tier."""
    with ours.start():
        ours.send_events([event_of({"do": "retry"})], headers={"x-attempt": 2})
        eventually(lambda: ours.waiting("retry.10m") == 1)
        ours.send_events([event_of({"do": "retry"})], headers={"x-attempt": 3})
        eventually(lambda: ours.waiting(ours.dead) == 1)


def test_a_dependency_that_is_away_is_waited_for_in_place(ours: OurHouse) -> None:
    with ours.start() as host:
        sent = ours.send_batch([{}, {"do": "await_switch"}])
        later = ours.send()
        eventually(lambda: ours.waiting() == 0)
        assert ours.effects() == []
        ours.sql("INSERT INTO switches VALUES ('engine')")
        eventually(lambda: ours.effects() == [*sent, later], timeout=15)
        assert host.alive
    assert ours.waiting(ours.dead) == 0


def test_a_consumer_survives_its_database(ours: OurHouse, postgres: PostgresForTests) -> None:
    """The role may not connect and its sessions are ended: for the consumer the server is away."""
    name = ours.settings.database_name("reports")
    with ours.start() as host, postgres.connect("postgres") as admin:
        first = ours.send()
        eventually(lambda: ours.effects() == [first])
        admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        ours.send()
        eventually(lambda: ours.waiting() == 0)
        admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        eventually(lambda: len(ours.effects()) == 2, timeout=20)
        assert host.alive
    assert ours.waiting(ours.dead) == 0


def test_a_killed_consumer_loses_and_doubles_nothing(ours: OurHouse) -> None:
    sent = [identifier for _ in range(20) for identifier in ours.send_batch([{"do": "query", "seconds": 0.05}] * 2)]
    for _ in range(3):
        with ours.start() as host:
            before = len(ours.effects())
            eventually(lambda before=before: len(ours.effects()) > before or len(ours.effects()) == len(sent))
            host.kill()
    with ours.start():
        eventually(lambda: len(ours.effects()) >= len(sent), timeout=20)
    assert sorted(ours.effects()) == sorted(sent)
    assert ours.waiting(ours.dead) == 0


def test_a_second_process_stands_by(ours: OurHouse) -> None:
    """Single active consumer: order holds over processes, and the second takes over from one that hangs or dies."""
    with ours.start() as first, ours.start():
        one = ours.send()
        eventually(lambda: ours.effects() == [one])
        os.kill(first.process.pid, signal.SIGKILL)
        two = ours.send()
        eventually(lambda: ours.effects() == [one, two])


def test_a_forged_message_id_is_dead_lettered_whole(ours: OurHouse) -> None:
    with ours.start():
        ours.send_events([event_of({})], message_id="not one of ours")
        eventually(lambda: ours.waiting(ours.dead) == 1)
    assert ours.effects() == []


def test_what_was_sent_past_its_exchange_is_not_believed(ours: OurHouse) -> None:
    """Any account may write to the default exchange (calls need it), and to the retry tiers."""
    event = event_of({})
    body = next(encode_batches([event.encode()]))
    connection = open_connection(ours.settings.broker_url("search"), heartbeat=0)
    publisher = Publisher(connection)
    with ours.start():
        for exchange, sender in (("", {"user_id": "search"}), ("", {}), ("retry.5s", {"user_id": "search"})):
            publisher.publish([Message(exchange, QUEUE, body, {"message_id": new_id(), **sender})])
        eventually(lambda: ours.waiting(ours.dead) == 3, timeout=20)
        marker = ours.send()
        eventually(lambda: ours.effects() == [marker])
    close_quietly(connection)
    assert {letter["reason"] for letter in dead_letters.show(ours.settings, QUEUE)} == {"sent past its exchange by an account that may not"}
