"""The search's own processes, started as the supervisor starts them, beside a real cases process that answers their rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shared.contracts.envelope import Event
from shared.errors import ServiceError
from shared.identifiers import new_id
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.contract.search.records import UNITS
from tests.processes import declare_topology, publish, running
from tests.waiting import eventually

CHIEF = Principal(new_id(), "chief.hq", "LA-HQ", ("intelligence_manager",), clearance="secret")
VALIDATOR = Principal(new_id(), "validator.vte", "LA-VTE", ("validator",))
OFFICER = Principal(new_id(), "officer.lpb", "LA-LPB", ("reporting_officer",))
ADMIN = Principal(new_id(), "admin", "LA-HQ", ("administrator",))


def told(case: dict[str, Any], kind: str = "case.submitted.v1", **data: Any) -> Event:
    """The event that `cases` tells of a case on its nominal exchange."""
    return Event(kind, "/cases", case["id"], {"case": case, "changed": [], "previous_status": None} | data, case["version"], "officer")


class Search:
    """The search as its callers meet it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._gateway = SyncRpcClient(settings, "gateway")
        self._operator = SyncRpcClient(settings, "operator")

    def ask(self, method: str, by: Principal = CHIEF, language: str = "en", key: str | None = None, **payload: Any) -> Any:
        token = sign_principal(by, self.settings.token_signing_key())
        return self._gateway.call("search", method, payload, token=token, language=language, idempotency_key=key)

    def find(self, q: str = "", by: Principal = CHIEF, **payload: Any) -> dict[str, Any]:
        return self.ask("search", by, q=q, **payload)

    def total(self, q: str = "", by: Principal = CHIEF) -> int:
        return int(self.find(q, by)["total"])

    def operate(self, method: str, **payload: Any) -> Any:
        return self._operator.call("search", method, payload)

    def tell(self, *events: Event, message_id: str | None = None) -> None:
        publish(self.settings, "cases.nominal.events", *events, message_id=message_id)

    def answers(self) -> bool:
        try:
            self.find()
        except ServiceError:
            return False
        return True

    def close(self) -> None:
        self._gateway.close()
        self._operator.close()


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    settings = settings_for("search", "cases", broker=True)
    for service in ("search", "cases"):
        migrate(settings, service)
    declare_topology(settings)
    return settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings, "search")
    yield database
    database.dispose()


@pytest.fixture
def search(settings: Settings) -> Iterator[Search]:
    """Search, projector and cases run; the units are known."""
    with ExitStack() as stack:
        for name in ("cases", "search-projector", "search"):
            stack.enter_context(running(settings, name))
        client = Search(settings)
        stack.callback(client.close)
        publish(settings, "gateway.events", *units())
        eventually(client.answers, timeout=20, message="the first index was not made")
        eventually(lambda: client.ask("suggest", q="unit:la-lpb")["items"], message="the units did not arrive")
        yield client


def units() -> list[Event]:
    return [
        Event(
            "unit.changed.v1",
            "/gateway",
            code,
            {"code": code, "kind": "office", "parent": UNITS.parents[code], "names": dict(names), "mail": ""},
            1,
            "system:gateway",
        )
        for code, names in UNITS.names.items()
    ]
