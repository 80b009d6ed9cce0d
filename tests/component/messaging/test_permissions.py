"""The broker itself holds nominal events back: every account against every exchange and queue."""

from __future__ import annotations

from typing import Any

import amqp
import pytest

from shared.errors import DependencyUnavailable
from shared.messaging import topology
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from shared.settings import Settings
from tests.component.messaging.houses import OurHouse

pytestmark = pytest.mark.servers

# Written apart from the topology: who may bind an exchange (docs/architecture.md).
MAY_BIND = {
    "cases.nominal.events": {"search"},
    "search.nominal.events": {"notifications"},
    "notifications.nominal.events": {"gateway"},
    "cases.events": {"notifications", "reports", "audit"},
    "search.events": {"audit"},
    "notifications.events": {"audit"},
    "gateway.events": {"cases", "search", "notifications", "reports", "audit"},
}


def own_queue(account: str) -> str:
    return f"gateway.alerts.{'0' * 8}" if account == "gateway" else topology.rpc_queue(account)


def refused(settings: Settings, account: str, act: Any) -> bool:
    connection = open_connection(settings.broker_url(account), heartbeat=0)
    try:
        act(connection.channel())
    except amqp.exceptions.AccessRefused:
        return True
    finally:
        close_quietly(connection)
    return False


@pytest.mark.parametrize("account", topology.SERVICES)
def test_only_named_services_may_bind(ours: OurHouse, account: str) -> None:
    queue = own_queue(account)
    outcome = {}
    for exchange in MAY_BIND:

        def bind(channel: Any, exchange: str = exchange) -> None:
            channel.queue_declare(queue, exclusive=True)
            channel.queue_bind(queue, exchange, "#")

        outcome[exchange] = not refused(ours.settings, account, bind)
    assert outcome == {exchange: account in accounts for exchange, accounts in MAY_BIND.items()}


@pytest.mark.parametrize("account", topology.SERVICES)
def test_nobody_reads_or_binds_another_s_queue(ours: OurHouse, account: str) -> None:
    for subscription in topology.SUBSCRIPTIONS:
        if subscription.service == account:
            continue
        assert refused(ours.settings, account, lambda channel, name=subscription.queue: channel.basic_consume(name))
        assert refused(ours.settings, account, lambda channel, name=subscription.queue: channel.queue_delete(name))
        assert refused(ours.settings, account, lambda channel, name=subscription.dead_queue: channel.basic_get(name))


@pytest.mark.parametrize("account", topology.SERVICES)
def test_nobody_publishes_as_another(ours: OurHouse, account: str) -> None:
    for exchange in topology.EXCHANGES:
        connection = open_connection(ours.settings.broker_url(account), heartbeat=0)
        message = Message(exchange.name, "case.x.v1", b"[]", {})
        if exchange.name.startswith(f"{account}."):
            Publisher(connection).publish([message])
        else:
            with pytest.raises(DependencyUnavailable):
                Publisher(connection).publish([message])
        close_quietly(connection)


def test_a_forged_sender_is_refused(ours: OurHouse) -> None:
    connection = open_connection(ours.settings.broker_url("cases"), heartbeat=0)
    with pytest.raises(DependencyUnavailable):
        Publisher(connection).publish([Message("cases.events", "case.x.v1", b"[]", {"user_id": "gateway"})])
    close_quietly(connection)


def test_declaring_twice_changes_nothing(ours: OurHouse) -> None:
    topology.declare(ours.channel)
