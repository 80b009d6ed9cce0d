"""Calls: who may, what comes back, how fast, and what a kill or a repetition does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, ServiceError, Unauthenticated, Unavailable, Unprocessable
from shared.messaging.rpc_client import RpcClient
from shared.messaging.rpc_sync import SyncRpcClient
from shared.security.principal import Principal, sign_principal
from shared.tracing import new_traceparent, traced
from tests.component.messaging.houses import OurHouse

pytestmark = pytest.mark.servers

OFFICER = Principal(account="a-1", username="officer.vte", unit="LA-VTE", roles=("reporting_officer",))


@pytest.fixture
def token(ours: OurHouse) -> str:
    return sign_principal(OFFICER, ours.settings.token_signing_key())


@pytest.fixture
async def client(ours: OurHouse) -> AsyncIterator[RpcClient]:
    built = RpcClient(ours.settings)
    await built.start()
    yield built
    await built.close()


@pytest.fixture
def sync_client(ours: OurHouse) -> Iterator[SyncRpcClient]:
    built = SyncRpcClient(ours.settings, "search")
    yield built
    built.close()


async def test_who_asks_and_the_trace_arrive(ours: OurHouse, client: RpcClient, token: str) -> None:
    parent = new_traceparent()
    with ours.start(), traced(parent):
        answer = await client.call("reports", "who", {}, token=token, language="lo")
    assert (answer["username"], answer["service"], answer["language"]) == ("officer.vte", "gateway", "lo")
    assert answer["traceparent"][:36] == parent[:36]


async def test_many_calls_at_once_each_get_their_own_answer(ours: OurHouse, client: RpcClient, token: str) -> None:
    with ours.start():
        names = [f"call-{number}" for number in range(60)]
        answers = await asyncio.gather(*(client.call("reports", "act", {"name": name}, token=token) for name in names))
    assert [answer["name"] for answer in answers] == names


async def test_refusals_travel_whole(ours: OurHouse, client: RpcClient, token: str) -> None:
    with ours.start():
        with pytest.raises(Unprocessable) as refused:
            await client.call("reports", "refuse", {}, token=token)
        with pytest.raises(Conflict) as conflict:
            await client.call("reports", "conflict", {}, token=token)
    error = refused.value.errors[0]
    assert (error.field, error.code, error.message, error.params) == (
        "goods[0].unit",
        "unknown_code",
        "%(code)s is no unit",
        {"code": "XX"},
    )
    assert refused.value.details == {"a": 1}
    assert conflict.value.code == "own_code"


async def test_a_fault_travels_without_its_text(ours: OurHouse, client: RpcClient, token: str, capfd: pytest.CaptureFixture[str]) -> None:
    with ours.start(), pytest.raises(ServiceError) as fault:
        await client.call("reports", "fail", {"secret": "Somsak"}, token=token)
    assert (fault.value.kind, fault.value.message) == ("internal", "")
    assert "RuntimeError" in (logged := capfd.readouterr().err)
    assert "Somsak" not in logged


async def test_tokens_are_checked(ours: OurHouse, client: RpcClient, token: str) -> None:
    expired = sign_principal(OFFICER, ours.settings.token_signing_key(), now=time.time() - 100)
    with ours.start():
        for wrong in (None, "", "nonsense", token[:-4] + "AAAA", expired):
            with pytest.raises(Unauthenticated):
                await client.call("reports", "who", {}, token=wrong)


async def test_internal_calls_are_for_named_services(ours: OurHouse, client: RpcClient, sync_client: SyncRpcClient, token: str) -> None:
    with ours.start():
        with pytest.raises(Forbidden):
            await client.call("reports", "inside", {}, token=token)
        assert sync_client.call("reports", "inside", {}) == {"username": "system:search", "service": "search"}


async def test_unknown_methods_and_unreadable_bodies_are_answered(ours: OurHouse, client: RpcClient, token: str) -> None:
    with ours.start():
        with pytest.raises(ServiceError) as unknown:
            await client.call("reports", "nothing_like_it", {}, token=token)
        with pytest.raises(Unprocessable) as malformed:
            await client.call("reports", "who", ["no object"], token=token)  # type: ignore[arg-type]  # what a foreign client may send
    assert unknown.value.code == "unknown_method"
    assert malformed.value.code == "malformed"


async def test_nobody_there_is_known_at_once(ours: OurHouse, client: RpcClient, sync_client: SyncRpcClient) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable) as nobody:
        await client.call("reports", "who", {})
    with pytest.raises(Unavailable):
        sync_client.call("reports", "who", {})
    assert time.monotonic() - started < 1
    assert (nobody.value.code, nobody.value.details["retry_after"]) == ("no_consumer", 5)


async def test_the_time_limit_stops_the_call_and_opens_the_circuit(ours: OurHouse, client: RpcClient, token: str) -> None:
    with ours.start():
        slow = {"name": "slow", "do": "sleep", "seconds": 20}
        outcomes = await asyncio.gather(
            *(client.call("reports", "act", slow, token=token, timeout=0.4) for _ in range(5)), return_exceptions=True
        )
        assert [getattr(outcome, "code", None) for outcome in outcomes] == ["timeout"] * 5
        started = time.monotonic()
        with pytest.raises(Unavailable) as open_circuit:
            await client.call("reports", "who", {}, token=token)
        assert open_circuit.value.code == "circuit_open"
        assert time.monotonic() - started < 0.1
        await asyncio.sleep(5.1)
        await client.call("reports", "who", {}, token=token)
    assert ours.effects() == [], "a stopped call rolls back"


async def test_the_client_comes_back_after_the_broker_closed_its_connection(
    ours: OurHouse, client: RpcClient, token: str, broker: Any
) -> None:
    with ours.start():
        await client.call("reports", "who", {}, token=token)
        broker.server.control("close_all_user_connections", "gateway", "a test")
        await asyncio.sleep(0.2)
        assert (await client.call("reports", "who", {}, token=token))["service"] == "gateway"


def test_a_repeated_key_gives_the_first_answer(ours: OurHouse, token: str) -> None:
    client = SyncRpcClient(ours.settings, "gateway")
    with ours.start():
        first = client.call("reports", "act", {"name": "one", "if_match": '"1"'}, token=token, idempotency_key="k")
        again = client.call("reports", "act", {"name": "one", "if_match": '"7"'}, token=token, idempotency_key="k")
        with pytest.raises(Conflict) as other_body:
            client.call("reports", "act", {"name": "two"}, token=token, idempotency_key="k")
        other_path = client.call("reports", "act", {"name": "one", "id": "other"}, token=token, idempotency_key="k")
    client.close()
    assert first == again
    assert other_body.value.code == "idempotency_key_reused"
    assert other_path != first
    assert ours.effects() == ["one", "one"]


def test_a_call_still_running_under_the_same_key_is_a_conflict(ours: OurHouse, token: str) -> None:
    first, second = SyncRpcClient(ours.settings, "gateway"), SyncRpcClient(ours.settings, "gateway")
    payload = {"name": "slow", "do": "sleep", "seconds": 2}
    with ours.start():
        thread = threading.Thread(target=lambda: first.call("reports", "act", payload, token=token, idempotency_key="k"))
        thread.start()
        time.sleep(1)
        with pytest.raises(Conflict) as running:
            second.call("reports", "act", payload, token=token, idempotency_key="k")
        thread.join()
        assert second.call("reports", "act", payload, token=token, idempotency_key="k")["name"] == "slow"
    first.close()
    second.close()
    assert (running.value.code, running.value.details) == ("in_progress", {"retry_after": 1})
    assert ours.effects() == ["slow"]


def test_a_stop_answers_what_has_started(ours: OurHouse, token: str) -> None:
    client = SyncRpcClient(ours.settings, "gateway")
    answers: list[Any] = []
    with ours.start() as host:
        payload = {"name": "slow", "do": "sleep", "seconds": 2}
        thread = threading.Thread(target=lambda: answers.append(client.call("reports", "act", payload, token=token, timeout=5)))
        thread.start()
        time.sleep(1)
        host.terminate()
        thread.join()
        assert host.wait() == 0
    client.close()
    assert answers[0]["name"] == "slow"
