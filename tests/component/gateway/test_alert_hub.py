"""Alerts from the broker to open screens; the service that owns them is away, so only what is heard can come."""

from __future__ import annotations

import time
from typing import Any

import pytest

from shared.contracts.alerts import ALERT_RAISED, AlertNominalData
from shared.contracts.envelope import Event
from shared.identifiers import new_id
from shared.messaging.topology import GATEWAY_ALERT_QUEUE, PUSHED
from shared.runner import rabbitmq
from tests.component.gateway.conftest import beside, running_gateway
from tests.e2e.api.event_stream import screen
from tests.processes import declare_topology, publish
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def raised(sequence: int, unit: str = "LA-VTE") -> Event:
    alert: dict[str, Any] = {
        "id": new_id(),
        "sequence": sequence,
        "unit": unit,
        "state": "new",
        "severity": "high",
        "case": {"id": new_id(), "case_no": "LA-VTE-2026-000001", "version": 2},
        "saved_search": {"id": new_id(), "name": "Exercise\nwatch"},
        "reason": [{"field": "", "text": "ພົບຢາ", "terms": ["ຢາ"]}],
        "created_at": "2026-11-24T10:00:00+00:00",
        "due_at": None,
        "assigned_to": None,
        "acknowledged_by": None,
        "escalated_to": None,
    }
    AlertNominalData(alert=alert)
    return Event(ALERT_RAISED, "/notifications", alert["id"], {"alert": alert}, 1, "system:notifications")


def listening(broker, settings) -> bool:
    return any(name.startswith(GATEWAY_ALERT_QUEUE) for name in broker.queues(settings.rabbitmq_vhost))


def lose_everything(broker, settings) -> None:
    """The virtual host goes, with every connection to it, and comes back empty."""
    vhost = settings.rabbitmq_vhost
    broker.drop(vhost)
    broker.put(f"/vhosts/{vhost}")
    for permission in rabbitmq.permissions_at(vhost):
        rights = {key: permission[key] for key in ("configure", "write", "read")}
        broker.put(f"/permissions/{vhost}/{permission['user']}", rights)


def test_an_alert_reaches_the_screens_of_its_unit_as_one_event(gateway, broker):
    eventually(lambda: listening(broker, gateway.settings))
    with gateway.client("validator.vte") as client, screen(client) as open_screen:
        ours, theirs = raised(7), raised(8, "LA-SVK")
        publish(gateway.settings, PUSHED.name, ours, theirs, raised(9))
        eventually(lambda: open_screen.ids == ["7", "9"])
        assert open_screen.alerts[0] == ours.data["alert"]
        publish(gateway.settings, PUSHED.name, ours, raised(10))
        eventually(lambda: open_screen.ids == ["7", "9", "10"])


def test_what_is_no_batch_harms_nobody(gateway, broker):
    eventually(lambda: listening(broker, gateway.settings))
    with gateway.client("validator.vte") as client, screen(client) as open_screen:
        vhost = gateway.settings.rabbitmq_vhost
        broken = {"properties": {}, "routing_key": ALERT_RAISED, "payload": "not a batch", "payload_encoding": "string"}
        broker._client.post(f"/exchanges/{vhost}/{PUSHED.name}/publish", json=broken).raise_for_status()
        publish(gateway.settings, PUSHED.name, raised(3))
        eventually(lambda: open_screen.ids == ["3"])


def test_a_lost_connection_comes_back_by_itself(gateway, broker):
    eventually(lambda: listening(broker, gateway.settings))
    lose_everything(broker, gateway.settings)
    assert not listening(broker, gateway.settings)
    declare_topology(gateway.settings)
    eventually(lambda: listening(broker, gateway.settings), timeout=20)
    with gateway.client("validator.vte") as client, screen(client) as open_screen:
        publish(gateway.settings, PUSHED.name, raised(5))
        eventually(lambda: open_screen.ids == ["5"])


def test_a_stop_does_not_wait_for_open_screens(gateway_settings, broker):
    with running_gateway(beside(gateway_settings)) as gateway:
        with gateway.client("validator.vte") as client, screen(client) as open_screen:
            gateway.stop()
            assert open_screen.ended.wait(5)
        began = time.monotonic()
    assert time.monotonic() - began < 5
