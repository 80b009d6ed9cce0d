"""The broker goes away and comes back: nothing is lost, nothing doubled, nothing dead-lettered, and calls say so at once."""

from __future__ import annotations

import threading
import time

import pytest
from prometheus_client import REGISTRY

from shared.errors import Unavailable
from shared.messaging import dead_letters, topology
from shared.messaging.relay import Relay
from shared.messaging.rpc_client import RpcClient
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence import Database
from shared.security.principal import Principal, sign_principal
from tests.component.messaging.houses import OurHouse, event_of
from tests.servers import BrokerForTests
from tests.waiting import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

OFFICER = Principal(account="a-1", username="officer.vte", unit="LA-VTE", roles=("reporting_officer",))


def emit(database: Database, number: int) -> str:
    event = event_of({"version": number})
    with database.unit_of_work() as work:
        work.emit("cases.events", [event])
        work.commit()
    return event.id


def waiting_in_outbox() -> float | None:
    return REGISTRY.get_sample_value("opencen_outbox_waiting_messages", {"service": "cases"})


async def test_a_broker_that_is_away_for_a_while(ours: OurHouse, broker: BrokerForTests) -> None:
    database = Database(ours.settings, "cases")
    relay = Relay(ours.settings, "cases")
    thread = threading.Thread(target=relay.run)
    thread.start()
    client, sync_client = RpcClient(ours.settings), SyncRpcClient(ours.settings, "gateway")
    await client.start()
    token = sign_principal(OFFICER, ours.settings.token_signing_key())
    try:
        with ours.start() as host:
            sent = [emit(database, 0)]
            eventually(lambda: ours.effects() == sent)
            await client.call("reports", "who", {}, token=token)
            broker.server.control("stop_app")
            sent += [emit(database, number) for number in range(1, 30)]
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(Unavailable):
                    await client.call("reports", "who", {}, token=token)
                with pytest.raises(Unavailable):
                    sync_client.call("reports", "who", {}, token=token)
                assert time.monotonic() - started < 3
            eventually(lambda: waiting_in_outbox() == 29, timeout=20)
            assert host.alive
            broker.server.control("start_app")
            eventually(broker.is_ready, timeout=60)
            eventually(lambda: len(ours.effects()) >= 30, timeout=60)
            token = sign_principal(OFFICER, ours.settings.token_signing_key())
            assert (await client.call("reports", "who", {}, token=token))["service"] == "gateway"
            assert sync_client.call("reports", "who", {}, token=token)["service"] == "gateway"
            assert host.alive
        assert ours.effects() == sent
        assert {"queue": topology.REPORTS_CASES.queue, "messages": 0} in dead_letters.list_queues(ours.settings)
    finally:
        relay.stop()
        thread.join(20)
        await client.close()
        sync_client.close()
        database.dispose()


def test_what_the_broker_gave_a_hundred_times_is_dead_lettered_by_itself(ours: OurHouse) -> None:
    """Whatever ends the process each time (a crash of the interpreter, say) must not come back for ever."""
    ours.send()
    given: list[int] = []

    def refuse(message: object) -> None:
        given.append(message.delivery_tag)  # type: ignore[attr-defined]  # py-amqp has no types
        ours.channel.basic_reject(given[-1], requeue=True)

    ours.channel.basic_consume(ours.queue, callback=refuse)
    while True:
        try:
            ours._connection.drain_events(timeout=2)
        except TimeoutError:
            break
    assert len(given) == topology.DELIVERY_LIMIT + 1
    (letter,) = eventually(lambda: dead_letters.show(ours.settings, ours.queue))
    assert letter["reason"] == "delivery_limit"
    assert letter["events"][0]["type"] == "case.submitted.v1"
