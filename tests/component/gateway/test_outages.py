"""What callers are told while a store or the broker is away, and that all goes on afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.component.gateway.conftest import RunningGateway
from tests.component.gateway.test_alert_hub import listening, lose_everything
from tests.processes import declare_topology
from tests.waiting import eventually

pytestmark = pytest.mark.servers


@contextmanager
def database_away(gateway: RunningGateway, postgres) -> Iterator[None]:
    name = gateway.settings.database_name("gateway")
    with postgres.connect("postgres") as administrator:
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def is_a_clear_503(answer) -> bool:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    return "Traceback" not in answer.text


def test_without_its_database_the_door_says_when_to_come_back(gateway, postgres):
    token = gateway.token("officer.vte")
    with gateway.client() as client:
        with database_away(gateway, postgres):
            assert is_a_clear_503(client.post("/session", json={"username": "officer.vte", "password": "x"}))
            stale = client.get("/session", headers={"Authorization": "Bearer never-seen-before"})
            assert is_a_clear_503(stale)
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").json()["parts"]["postgresql"] == "away"
        answer = eventually(lambda: (a := client.get("/session", headers={"Authorization": f"Bearer {token}"})).status_code == 200 and a)
    assert answer.json()["user"]["username"] == "officer.vte"


def test_a_service_that_is_away_is_a_503_and_not_a_wait(gateway):
    with gateway.client("officer.vte") as client:
        answer = client.get("/cases")
        assert is_a_clear_503(answer)
        assert answer.json()["service"] == "cases"
        assert answer.elapsed.total_seconds() < 5
        assert is_a_clear_503(client.post("/cases", json={}))


def test_a_broker_that_was_away_is_found_again(gateway, broker):
    eventually(lambda: listening(broker, gateway.settings))
    with gateway.client("officer.vte") as client:
        lose_everything(broker, gateway.settings)
        assert is_a_clear_503(client.get("/cases"))
        declare_topology(gateway.settings)
        eventually(lambda: listening(broker, gateway.settings), timeout=20)
        eventually(lambda: client.get("/cases").json()["code"] == "no_consumer", timeout=20)
        eventually(lambda: client.get("/readyz").json()["parts"]["rabbitmq"] == "ok", timeout=20)
