"""The cases process on a real broker: commands once, events out, internal calls for services alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from services.cases.adapters.tables import cases
from shared.contracts.envelope import Event
from shared.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unprocessable
from shared.identifiers import new_id
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.component.cases.desk import KETAMINE, OFFICER, VALIDATOR
from tests.processes import declare_topology, publish, running
from tests.waiting import eventually

pytestmark = pytest.mark.servers


class Caller:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gateway = SyncRpcClient(settings, "gateway")
        self._operator = SyncRpcClient(settings, "operator")

    def ask(self, method: str, payload: dict, principal: Principal = OFFICER, **options):
        token = sign_principal(principal, self._settings.token_signing_key())
        return self._gateway.call("cases", method, payload, token=token, **options)

    def operate(self, method: str, **payload):
        return self._operator.call("cases", method, payload)

    def close(self) -> None:
        self._gateway.close()
        self._operator.close()


@pytest.fixture
def settings(settings_for) -> Settings:
    settings = settings_for("cases", broker=True)
    migrate(settings, "cases")
    declare_topology(settings)
    return settings


@pytest.fixture
def service(settings) -> Iterator[Caller]:
    with running(settings, "cases"):
        units = [("LA-HQ", "office", None), ("LA-VTE", "office", "LA-HQ")]
        events = [
            Event(
                "unit.changed.v1",
                "gateway",
                code,
                {"code": code, "kind": kind, "parent": parent, "names": {"en": code}, "mail": ""},
                1,
                "system:gateway",
            )
            for code, kind, parent in units
        ]
        publish(settings, "gateway.events", *events)
        caller = Caller(settings)
        eventually(lambda: caller.ask("create_case", {"body": {}})["office"] == "LA-VTE")
        yield caller
        caller.close()


def test_the_way_of_a_case_by_calls(settings, service):
    case = service.ask("create_case", {"body": KETAMINE})
    case = service.ask("change_case", {"id": case["id"], "if_match": '"1"', "patch": {"title": "ເຄຕາມີນ"}})
    case = service.ask("transition_case", {"id": case["id"], "if_match": '"2"', "to": "submitted"})
    assert case["case_no"] == "LA-VTE-2026-000001"
    case = service.ask("transition_case", {"id": case["case_no"], "if_match": "*", "to": "validated"}, VALIDATOR)
    assert service.ask("get_case", {"id": case["case_no"]}) == case
    assert service.ask("list_cases", {"status": "validated", "limit": 50})["items"][0]["id"] == case["id"]
    assert [item["version"] for item in service.ask("case_versions", {"id": case["id"]})["items"]] == [1, 2, 3, 4]
    assert service.ask("case_difference", {"id": case["id"], "a": 1, "b": 2})["changes"][0]["field"] == "title"
    assert service.operate("replay", after=0, limit=10)["items"][0]["title"] == "ເຄຕາມີນ"
    assert service.operate("compare", after=0, limit=10)["items"][0]["version"] == 4
    assert service.operate("count_cases") == {"cases": 1, "kilograms": "2.400"}
    refusals_travel_with_their_fields(service)


def refusals_travel_with_their_fields(service):
    with pytest.raises(Unprocessable) as caught:
        service.ask("create_case", {"body": {"goods": [{"quantity": "-1"}]}})
    assert [(error.field, error.code) for error in caught.value.errors] == [("goods[0].quantity", "negative")]
    with pytest.raises(NotFound):
        service.ask("get_case", {"id": "nothing"})
    for method in ("replay", "compare", "count_cases"):
        with pytest.raises(Forbidden):
            service.ask(method, {})


def test_a_command_repeated_with_its_key_is_done_once(settings, service):
    key = new_id()
    first = service.ask("create_case", {"body": KETAMINE}, idempotency_key=key)
    assert service.ask("create_case", {"body": KETAMINE}, idempotency_key=key) == first
    with pytest.raises(Conflict):
        service.ask("create_case", {"body": {}}, idempotency_key=key)
    submission, payload = new_id(), {"id": first["id"], "if_match": '"1"', "to": "submitted"}
    submitted = service.ask("transition_case", payload, idempotency_key=submission)
    assert service.ask("transition_case", payload, idempotency_key=submission) == submitted
    with pytest.raises(PreconditionFailed) as caught:
        service.ask("transition_case", payload)
    assert caught.value.details == {"version": 2}
    database = Database(settings, "cases")
    with database.engine.connect() as connection:
        assert connection.scalars(sa.select(cases.c.case_no).where(cases.c.case_no.is_not(None))).all() == ["LA-VTE-2026-000001"]
    a_key_lives_for_seven_days(service, database)
    database.dispose()


def a_key_lives_for_seven_days(service, database):
    key = new_id()
    first = service.ask("create_case", {"body": {}}, idempotency_key=key)
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE idempotency SET created_at = created_at - interval '8 days'"))
    again = service.ask("create_case", {"body": {"title": "Another"}}, idempotency_key=key)
    assert again["id"] != first["id"]
    assert service.ask("create_case", {"body": {"title": "Another"}}, idempotency_key=key) == again
