"""The audit process on a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.errors import Forbidden
from shared.identifiers import new_id
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence.migrations import migrate
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.component.audit.test_trail import READ, submitted
from tests.processes import declare_topology, publish, running
from tests.waiting import eventually

pytestmark = pytest.mark.servers

AUDITOR = Principal(new_id(), "auditor.hq", "LA-HQ", ("auditor",), clearance="secret")
OFFICER = Principal(new_id(), "officer.vte", "LA-VTE", ("reporting_officer",))


@pytest.fixture
def settings(settings_for) -> Settings:
    settings = settings_for("audit", broker=True)
    migrate(settings, "audit")
    declare_topology(settings)
    return settings


@pytest.fixture
def gateway(settings) -> Iterator[SyncRpcClient]:
    client = SyncRpcClient(settings, "gateway")
    yield client
    client.close()


def trail(settings: Settings, gateway: SyncRpcClient, principal: Principal = AUDITOR, **payload) -> list[dict]:
    token = sign_principal(principal, settings.token_signing_key())
    return gateway.call("audit", "list_entries", payload, token=token)["items"]


def test_every_act_is_chained_once_whoever_is_killed(settings, gateway):
    with running(settings, "audit") as process:
        message = new_id()
        publish(settings, "cases.events", submitted(1), message_id=message)
        publish(settings, "cases.events", submitted(1), message_id=message)
        eventually(lambda: len(trail(settings, gateway)) == 1)
        process.kill()
        publish(settings, "gateway.events", READ)
    with running(settings, "audit"):
        eventually(lambda: len(trail(settings, gateway)) == 2)
        assert [entry["action"] for entry in trail(settings, gateway)] == ["case.read", "case.submitted"]
        readers = gateway.call("audit", "list_readers", {"id": "case-1"})["items"]
        assert [reader["actor"] for reader in readers] == ["0190-analyst"]
        operator = SyncRpcClient(settings, "operator")
        answer = operator.call("audit", "verify", {})
        operator.close()
        assert (answer["verified"], answer["first_break"], answer["done"]) == (2, None, True)


def test_only_auditors_read_the_trail_and_only_the_operator_verifies(settings, gateway):
    with running(settings, "audit"):
        with pytest.raises(Forbidden):
            trail(settings, gateway, OFFICER)
        with pytest.raises(Forbidden):
            gateway.call("audit", "verify", {})
