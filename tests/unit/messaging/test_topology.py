"""The topology as data: what is told is heard, what is nominal stays where it may be read."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest

from shared.contracts.registry import EVENT_TYPES
from shared.messaging.topology import (
    AUDIT_TRAIL,
    EXCHANGES,
    OPERATOR,
    PUSHED,
    SERVICES,
    SUBSCRIPTIONS,
    declare,
    permissions,
)

NOMINAL = {exchange.name for exchange in EXCHANGES if exchange.nominal}


class Recorder:
    """A channel that keeps what is declared; the broker itself is asked in tests/component."""

    def __init__(self) -> None:
        self.exchanges: dict[str, dict] = {}
        self.queues: dict[str, dict] = {}
        self.bindings: list[tuple[str, str, str]] = []

    def exchange_declare(self, name, kind, *, durable, auto_delete, arguments=None):
        assert durable
        assert not auto_delete
        self.exchanges[name] = {"kind": kind} | (arguments or {})

    def queue_declare(self, name, *, durable, auto_delete, arguments):
        assert durable
        assert not auto_delete
        assert self.queues.setdefault(name, arguments) == arguments, "one queue, one declaration"

    def queue_bind(self, queue, exchange, key=""):
        assert queue in self.queues
        assert exchange in self.exchanges
        self.bindings.append((queue, exchange, key))


@pytest.fixture
def declared() -> Recorder:
    recorder = Recorder()
    declare(recorder)
    return recorder


def test_every_exchange_parks_what_nobody_hears(declared):
    for exchange in EXCHANGES:
        assert declared.exchanges[exchange.name]["alternate-exchange"] == exchange.unrouted
        assert (exchange.unrouted, exchange.unrouted, "") in declared.bindings


def test_every_consumer_has_a_dead_queue_and_no_maximum_length(declared):
    for subscription in SUBSCRIPTIONS:
        arguments = declared.queues[subscription.queue]
        assert (subscription.dead_queue, "dead", subscription.queue) in declared.bindings
        assert arguments["x-dead-letter-routing-key"] == subscription.queue
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
    for arguments in declared.queues.values():
        assert arguments["x-queue-type"] == "quorum"
        assert not {"x-max-length", "x-max-length-bytes"} & set(arguments)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_type_is_heard_by_somebody(event_type, declared):
    for exchange in EVENT_TYPES[event_type]:
        heard = [key for _, bound, key in declared.bindings if bound == exchange]
        assert exchange == PUSHED.name or any(key == "#" or fnmatch(event_type, key) for key in heard), f"{event_type} on {exchange}"


def test_the_trail_hears_every_exchange_without_nominal_data_and_no_other(declared):
    heard = {exchange for queue, exchange, _ in declared.bindings if queue == AUDIT_TRAIL.queue}
    assert heard == {exchange.name for exchange in EXCHANGES} - NOMINAL


# Written apart from the topology (docs/architecture.md): who may read what is nominal.
READERS = {"cases.nominal.events": "search", "search.nominal.events": "notifications", "notifications.nominal.events": "gateway"}


@pytest.mark.parametrize("account", SERVICES)
def test_nominal_exchanges_are_read_by_their_one_reader(account):
    readable = permissions(account).read
    assert {name for name in NOMINAL if re.fullmatch(readable, name)} == {name for name, reader in READERS.items() if reader == account}


@pytest.mark.parametrize("account", SERVICES)
def test_an_account_touches_only_its_own(account):
    rights = permissions(account)
    others = [name for name in SERVICES if name != account]
    for other in others:
        for name in (f"{other}.events", f"{other}.nominal.events", f"rpc.{other}"):
            assert not re.fullmatch(rights.write, name)
            assert not re.fullmatch(rights.configure, name)
    for subscription in SUBSCRIPTIONS:
        assert bool(re.fullmatch(rights.read, subscription.queue)) == (subscription.service == account)
        assert not re.fullmatch(rights.read, subscription.dead_queue), "dead letters are the operator's"
        assert not re.fullmatch(rights.configure, subscription.queue)
    assert re.fullmatch(rights.configure, f"rpc.{account}")


def test_the_operator_may_everything():
    assert permissions(OPERATOR) == (".*", ".*", ".*")
