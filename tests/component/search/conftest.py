"""The search's own processes, started as the supervisor starts them, beside a real cases process that answers their rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from shared.contracts.envelope import Event
from shared.errors import ServiceError
from shared.identifiers import new_id
from shared.messaging import topology
from shared.messaging.connection import close_quietly, open_connection
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.runner.secrets import ensure_token_keys
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.contract.search.records import UNITS, case
from tests.processes import declare_topology, publish, running
from tests.servers import SettingsFactory
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

    def waiting(self, queue: str) -> int:
        connection = open_connection(self.settings.broker_url(topology.OPERATOR), heartbeat=0)
        try:
            return int(connection.channel().queue_declare(queue, passive=True).message_count)
        finally:
            close_quietly(connection)

    def close(self) -> None:
        self._gateway.close()
        self._operator.close()


@pytest.fixture(scope="module")
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of one module: starting processes takes longer than testing them. Tests part their cases by words of their own."""
    factory = SettingsFactory(tmp_path_factory.mktemp("search"), request.getfixturevalue("postgres"), request.getfixturevalue("broker"))
    settings = factory.build(("search", "cases"), broker=True)
    ensure_token_keys(settings)
    for service in ("search", "cases"):
        migrate(settings, service)
    declare_topology(settings)
    yield settings
    factory.clean()


@pytest.fixture(scope="module")
def processes(settings: Settings) -> Iterator[ExitStack]:
    """Search, projector, matcher and cases; a test may start more, or the same again after a kill."""
    with ExitStack() as stack:
        for name in ("cases", "search-projector", "search-matcher", "search"):
            stack.enter_context(running(settings, name))
        yield stack


@pytest.fixture(scope="module")
def search(settings: Settings, processes: ExitStack) -> Iterator[Search]:
    """The units are known, the first index is made."""
    client = Search(settings)
    publish(settings, "gateway.events", *units())
    eventually(client.answers, timeout=20, message="the first index was not made")
    eventually(lambda: client.ask("suggest", q="unit:la-lpb")["items"], message="the units did not arrive")
    yield client
    client.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings, "search")
    yield database
    database.dispose()


# Far from the numbers that the cases store gives.
_numbers = count(1_000_000)


def fresh(**changes: Any) -> dict[str, Any]:
    """A case that no other test has."""
    return case(next(_numbers), **changes)


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
