"""A running notifications service and those around it: matches, ended cases, officers, a mail server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from shared.contracts.directory import ACCOUNT_CHANGED, UNIT_CHANGED
from shared.contracts.envelope import CONTENT_TYPE, Event, decode_batch, encode_batches
from shared.identifiers import new_id
from shared.messaging import topology
from shared.messaging.connection import Message, Publisher, close_quietly, open_connection
from shared.messaging.relay import Relay
from shared.messaging.rpc_sync import SyncRpcClient
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.component.messaging.houses import Running, running
from tests.waiting import eventually

SERVICE = "services.notifications.service:NotificationsService"
OFFICER = Principal(account="a-officer", username="officer.vte", unit="LA-VTE", roles=("reporting_officer",))
COLLEAGUE = Principal(account="a-colleague", username="validator.vte", unit="LA-VTE", roles=("validator",))
CHIEF = Principal(account="a-chief", username="chief.hq", unit="LA-HQ", roles=("intelligence_manager",), clearance="secret")
STRANGER = Principal(account="a-stranger", username="officer.svk", unit="LA-SVK", roles=("reporting_officer",))
AUDITOR = Principal(account="a-auditor", username="auditor.hq", unit="LA-HQ", roles=("auditor",))
PEOPLE = (OFFICER, COLLEAGUE, CHIEF, STRANGER, AUDITOR)
UNITS = (
    {"code": "LA-HQ", "kind": "central", "parent": None, "names": {"en": "Central office", "lo": "ສູນກາງ"}, "mail": "hq@customs.example"},
    {"code": "LA-VTE", "kind": "office", "parent": "LA-HQ", "names": {"en": "Vientiane", "lo": "ວຽງຈັນ"}, "mail": "vte@customs.example"},
    {"code": "LA-SVK", "kind": "office", "parent": "LA-HQ", "names": {"en": "Savannakhet"}, "mail": ""},
)


class Office:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection = open_connection(settings.broker_url(topology.OPERATOR), heartbeat=0)
        self.channel = self._connection.channel()
        topology.declare(self.channel)
        for exchange in ("notifications.events", "notifications.nominal.events"):
            self.channel.queue_declare(f"probe.{exchange}", auto_delete=False)
            self.channel.queue_bind(f"probe.{exchange}", exchange, "#")
        self._publisher = Publisher(self._connection)
        self.calls = SyncRpcClient(settings, "gateway")

    def close(self) -> None:
        self.calls.close()
        close_quietly(self._connection)

    @contextmanager
    def open(self, settings: Settings | None = None) -> Iterator[Running]:
        relay = Relay(self.settings, "notifications")
        thread = threading.Thread(target=relay.run)
        thread.start()
        try:
            with running(SERVICE, settings or self.settings) as host:
                yield host
        finally:
            relay.stop()
            thread.join(20)

    def directory(self) -> None:
        events = [_event(UNIT_CHANGED, unit["code"], dict(unit)) for unit in UNITS]
        events += [_event(ACCOUNT_CHANGED, person.account, account_data(person)) for person in PEOPLE]
        for event in events:
            self.publish("gateway.events", [event])
        eventually(lambda: self.sql("SELECT count(*) FROM account_copy")[0][0] == len(PEOPLE))

    def publish(self, exchange: str, events: Sequence[Event], message_id: str | None = None) -> None:
        body = next(iter(encode_batches(event.encode() for event in events)))
        properties = {"message_id": message_id or new_id(), "content_type": CONTENT_TYPE}
        self._publisher.publish([Message(exchange, events[0].type, body, properties)])

    def match(self, *events: Event) -> None:
        self.publish("search.nominal.events", events)

    def end_case(self, case_id: str, status: str = "cancelled") -> None:
        self.publish("cases.events", [_event(f"case.{status}.v1", case_id, {"case": {"id": case_id}, "changed": ["status"]})])

    def call(self, person: Principal, method: str, **payload: Any) -> Any:
        key = payload.pop("idempotency_key", None)
        token = sign_principal(person, self.settings.token_signing_key())
        return self.calls.call("notifications", method, payload, token=token, idempotency_key=key, timeout=10)

    def alerts(self, person: Principal = OFFICER, **payload: Any) -> list[dict[str, Any]]:
        return list(self.call(person, "list_alerts", **payload)["items"])

    def one_alert(self, person: Principal = OFFICER) -> dict[str, Any]:
        return eventually(lambda: self.alerts(person))[0]

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.settings.database_conninfo("notifications"), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def told(self, exchange: str) -> list[Event]:
        events = []
        while (message := self.channel.basic_get(f"probe.{exchange}", no_ack=True)) is not None:
            events += decode_batch(message.body)
        return events


def account_data(person: Principal) -> dict[str, Any]:
    return {
        "account": person.account,
        "username": person.username,
        "unit": person.unit,
        "roles": list(person.roles),
        "clearance": person.clearance,
        "active": True,
        "rights_version": 1,
    }


def matched(
    case_id: str | None = None,
    *,
    search: str | None = None,
    fingerprint: str = "f1",
    unit: str = "LA-VTE",
    severity: str = "high",
    channels: Sequence[str] = ("screen",),
) -> Event:
    case = case_id or new_id()
    return Event(
        type="search.matched.v1",
        source="/search",
        subject=case,
        data={
            "saved_search": {
                "id": search or new_id(),
                "unit": unit,
                "alert": True,
                "severity": severity,
                "channels": list(channels),
                "name": "Ketamine by air",
            },
            "case": {"id": case, "case_no": "LA-VTE-2026-000123", "version": 2, "status": "submitted"},
            "fingerprint": fingerprint,
            "reason": [{"field": "drug", "text": "2 kg of ketamine", "terms": ["ketamine"]}],
        },
        aggregate_version=2,
        actor="system:search",
        actor_unit=unit,
    )


def _event(event_type: str, subject: str, data: dict[str, Any]) -> Event:
    return Event(type=event_type, source="/test", subject=subject, data=data, aggregate_version=1, actor="a-admin")
