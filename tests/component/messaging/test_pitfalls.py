"""What nameko 2.14.1 does not do by itself (docs/architecture.md), each on a real broker: plain nameko must fail, ours must not.

`house` runs every test twice. The failure on plain nameko must be the assertion itself (`raises=AssertionError`), not a broken test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.errors import Unavailable
from shared.messaging.connection import Message
from shared.messaging.relay import Relay
from shared.messaging.rpc_sync import SyncRpcClient
from shared.security.principal import Principal, sign_principal
from shared.tracing import new_traceparent
from tests.component.messaging.houses import ROOT, House, OurHouse, PlainHouse, event_of
from tests.component.messaging.plain_calls import PlainCaller
from tests.servers import BrokerForTests
from tests.waiting import NeverHappenedError, eventually

pytestmark = pytest.mark.servers

OFFICER = Principal(account="a-1", username="officer.vte", unit="LA-VTE", roles=("reporting_officer",))


class Calls:
    """A caller for each way; `Unavailable` where no answer comes in time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ours = SyncRpcClient(house.settings, "gateway")

    def close(self) -> None:
        self._ours.close()

    def call(self, payload: dict[str, Any], timeout: float) -> Any:
        if isinstance(self._house, PlainHouse):
            return PlainCaller(self._house.settings).call("plain", "act", payload, timeout)
        token = sign_principal(OFFICER, self._house.settings.token_signing_key())
        return self._ours.call("reports", "act", payload, token=token, timeout=timeout)


@pytest.fixture
def calls(house: House) -> Iterator[Calls]:
    built = Calls(house)
    yield built
    built.close()


def test_a_message_whose_handler_raises_is_kept(house: House) -> None:
    with house.start():
        house.send(do="raise")
        marker = house.send()
        eventually(lambda: marker in house.effects())
    eventually(lambda: house.waiting(house.dead) == 1, timeout=5)


def test_what_cannot_be_decoded_is_kept(house: House) -> None:
    with house.start():
        house.send_raw(b"\xff{not json", "application/json")
        marker = house.send()
        eventually(lambda: marker in house.effects())
        time.sleep(0.2)
    eventually(lambda: house.waiting(house.dead) == 1, timeout=5)


def test_the_running_handler_acknowledges_before_a_stop_closes_the_connection(house: House) -> None:
    with house.start() as host:
        sent = house.send(do="sleep", seconds=6)
        eventually(lambda: house.waiting() == 0)
        time.sleep(0.5)
        host.terminate()
        host.wait()
    assert house.effects() == [sent], "the effect was not committed"
    time.sleep(0.5)  # what a closed connection held comes back to the queue a moment later
    assert house.waiting() == 0, "the message was not acknowledged and comes again"


def test_a_failing_commit_neither_loses_the_message_nor_ends_the_process(house: House) -> None:
    with house.start() as host:
        house.send(do="fail_after")
        eventually(lambda: house.waiting() == 0)
        eventually(lambda: not host.alive or house.waiting(house.dead) == 1, message="nothing came of the failing commit")
        assert host.alive, "the process died"
        marker = house.send()
        eventually(lambda: marker in house.effects(), timeout=5)


def test_work_longer_than_the_heartbeat_is_done_once_and_the_process_lives(house: House) -> None:
    with house.start() as host:
        sent = house.send(do="burn", seconds=7)
        eventually(lambda: sent in house.effects() or not host.alive, timeout=20)
        marker = house.send()
        eventually(lambda: marker in house.effects() or not host.alive, timeout=20)
        assert host.alive, "the process died"
        eventually(lambda: house.waiting() == 0)
        time.sleep(1)
    assert house.effects() == [sent, marker]


def test_a_call_to_a_stopped_service_fails_at_once(house: House, calls: Calls) -> None:
    with house.start() as host:
        calls.call({"name": "first"}, timeout=5)
        host.kill()

    def fails_at_once() -> bool:
        started = time.monotonic()
        with pytest.raises(Unavailable):
            calls.call({"name": "second"}, timeout=3)
        return time.monotonic() - started < 1

    # A busy broker may take a moment to see that the process has gone.
    eventually(fails_at_once, timeout=8, message="the caller waited its whole time for a service that is not there")


def test_a_call_that_timed_out_is_not_run_later(house: House, calls: Calls) -> None:
    """The service stops while a call waits in its queue (all its workers are busy), and comes back."""
    with house.start() as host:
        calls.call({"name": "first"}, timeout=5)
        os.kill(host.process.pid, 19)  # SIGSTOP: consuming, but not working
        with pytest.raises(Unavailable):
            calls.call({"name": "late"}, timeout=1)
        os.kill(host.process.pid, 18)
        calls.call({"name": "after"}, timeout=5)
        eventually(lambda: "after" in house.effects())
        assert "late" not in house.effects(), "the caller was told that it failed, and yet it happened"


def test_a_killed_call_does_not_run_again(house: House, calls: Calls) -> None:
    with house.start() as host:
        with pytest.raises(Unavailable):
            calls.call({"name": "once", "do": "visible", "seconds": 30}, timeout=1.5)
        eventually(lambda: house.effects() == ["once"])
        host.kill()
    with house.start():
        calls.call({"name": "marker"}, timeout=5)
        time.sleep(0.5)
    assert house.effects() == ["once", "marker"]


def test_a_publish_that_no_queue_takes_is_not_lost(house: House, broker: BrokerForTests) -> None:
    """Plain: nameko's dispatcher, confirmed and dropped. Ours: it parks in the exchange's alternate queue."""
    if isinstance(house, OurHouse):
        house.send_events([event_of({"type": "case.unheard_of.v2"})], exchange="cases.nominal.events")
        assert house.waiting("cases.nominal.events.unrouted") == 1
        return
    with house.start():
        house.send(do="emit")
        eventually(lambda: len(house.effects()) == 1)
        time.sleep(0.3)
    assert broker.get(f"/exchanges/{house.settings.rabbitmq_vhost}/plain.events/bindings/source"), "no queue at all could hold the event"


def test_headers_of_what_came_in_do_not_leak_into_what_goes_out(house: House, broker: BrokerForTests) -> None:
    """A header of the incoming message (a token, say) must not travel on with what the handler emits."""
    exchange = "probe.events" if isinstance(house, OurHouse) else "plain.events"
    house.channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    house.channel.queue_declare("probe", auto_delete=False)
    house.channel.queue_bind("probe", exchange, "#")
    with house.start(), _relaying(house, broker):
        if isinstance(house, OurHouse):
            _ours_send_with_header(house)
        else:
            _plain_send_with_header(house)
        message = eventually(lambda: house.take("probe"))
    assert not [name for name in message.properties["application_headers"] if "token" in name]


def test_a_process_is_patched_without_nameko_s_command_line(house: House) -> None:
    """Two slow handlers at once: unpatched, sleeping blocks everyone. Ours runs by `shared.runner.process`, which patches first."""
    entry = "shared.runner.process" if isinstance(house, OurHouse) else "nameko.containers"
    program = (
        "import importlib, sys, warnings; warnings.simplefilter('ignore');"
        f"module = importlib.import_module({entry!r}); getattr(module, 'monkey_patch', lambda: None)();"
        "from eventlet.patcher import is_monkey_patched; sys.exit(0 if is_monkey_patched('socket') else 1)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    assert done.returncode == 0, "sockets block the whole process"


def test_a_process_starts_where_pkg_resources_is_missing(house: House) -> None:
    """Setuptools left `pkg_resources` out from version 81 on; nameko's command line cannot start without it."""
    module = "shared.runner.process" if isinstance(house, OurHouse) else "nameko.cli.main"
    program = (
        "import sys, warnings; warnings.simplefilter('ignore'); sys.modules['pkg_resources'] = None;"
        f"import importlib; importlib.import_module({module!r});"
        + ("import shared.messaging.subscribe, shared.messaging.rpc" if isinstance(house, OurHouse) else "")
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]


def test_a_slow_query_does_not_stop_the_process(house: House, calls: Calls) -> None:
    """Psycopg waits by itself unless told to use a selector that eventlet has made green."""
    wait = "wait_selector" if isinstance(house, OurHouse) else "none"
    with house.start(PSYCOPG_WAIT_FUNC=wait, TEST_PSYCOPG="unchecked"):
        calls.call({"name": "warm"}, timeout=5)
        house.send(do="query", seconds=3)
        eventually(lambda: house.waiting() == 0)
        time.sleep(0.5)
        started = time.monotonic()
        with_limit(lambda: calls.call({"name": "quick"}, timeout=2.0))
        assert time.monotonic() - started < 1.5, "everything waited for one query"


def with_limit(call: Callable[[], Any]) -> None:
    try:
        call()
    except Unavailable as error:
        raise NeverHappenedError("no answer in time") from error


def _plain_send_with_header(house: House) -> None:
    properties = {"content_type": "application/json", "content_encoding": "utf-8", "application_headers": {"nameko.token": "secret"}}
    house.publisher.publish([Message("source.events", "happened", json.dumps({"id": "x", "do": "emit"}).encode(), properties)])


def _ours_send_with_header(house: OurHouse) -> None:
    house.send_events([event_of({"do": "emit"})], headers={"token": "secret", "traceparent": new_traceparent()})


@contextmanager
def _relaying(house: House, broker: BrokerForTests) -> Iterator[None]:
    """A relay for the account `reports`, which has none in an installation: it may write everywhere here."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    broker.put(f"/permissions/{house.settings.rabbitmq_vhost}/reports", everything)
    relay = Relay(house.settings, "reports")
    thread = threading.Thread(target=relay.run)
    thread.start()
    try:
        yield
    finally:
        relay.stop()
        thread.join(10)
