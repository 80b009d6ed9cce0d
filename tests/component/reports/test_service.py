"""The reports process on a real broker: events in, answers out, rebuilt from the cases store's own answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.contracts.envelope import Event
from shared.errors import Forbidden, NotFound, RenewRights, Unprocessable
from shared.identifiers import new_id
from shared.messaging.rpc_sync import SyncRpcClient
from shared.persistence.migrations import migrate
from shared.security.principal import Principal, sign_principal
from shared.settings import Settings
from tests.component.reports.test_facts import event
from tests.processes import declare_topology, publish, running
from tests.waiting import eventually

pytestmark = pytest.mark.servers

CHIEF = Principal(new_id(), "chief.hq", "LA-HQ", ("intelligence_manager",), clearance="secret")
OFFICER = Principal(new_id(), "officer.vte", "LA-VTE", ("reporting_officer",))
ADMIN = Principal(new_id(), "admin", "LA-HQ", ("administrator",))


def unit(code: str, parent: str | None) -> Event:
    data = {"code": code, "kind": "office", "parent": parent, "names": {"en": code, "lo": f"ຫ້ອງການ {code}"}}
    return Event("unit.changed.v1", "/gateway", code, data, 1, "system:gateway")


class Caller:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gateway = SyncRpcClient(settings, "gateway")
        self._operator = SyncRpcClient(settings, "operator")

    def ask(self, method: str, principal: Principal = CHIEF, language: str = "en", **payload):
        token = sign_principal(principal, self._settings.token_signing_key())
        return self._gateway.call("reports", method, payload, token=token, language=language)

    def operate(self, method: str, **payload):
        return self._operator.call("reports", method, payload)

    def close(self) -> None:
        self._gateway.close()
        self._operator.close()


@pytest.fixture
def settings(settings_for) -> Settings:
    settings = settings_for("reports", broker=True)
    migrate(settings, "reports")
    declare_topology(settings)
    return settings


@pytest.fixture
def reports(settings) -> Iterator[Caller]:
    with running(settings, "reports"):
        publish(settings, "gateway.events", unit("LA-HQ", None), unit("LA-VTE", "LA-HQ"))
        caller = Caller(settings)
        yield caller
        caller.close()


def totals(reports: Caller, principal: Principal = CHIEF, **payload) -> dict:
    return reports.ask("run_report", principal, key="seizures-by-month", **payload)["totals"]


def test_events_are_counted_once_and_answered_within_the_callers_rights(settings, reports):
    before = totals(reports)["cases"]
    seizure, message = event(new_id()), new_id()
    publish(settings, "cases.events", seizure, message_id=message)
    publish(settings, "cases.events", seizure, message_id=message)
    publish(settings, "cases.events", event(new_id(), classification="secret"))
    eventually(lambda: totals(reports)["cases"] == before + 2)
    assert totals(reports, OFFICER)["cases"] == before + 1
    labels = reports.ask("run_report", key="seizures-by-office", language="lo")["labels"]
    assert labels["office"]["LA-VTE"] == "ຫ້ອງການ LA-VTE"


def test_files(reports):
    answer = reports.ask("render_report", key="seizures-by-commodity", format="xlsx")
    assert answer["filename"] == "seizures-by-commodity.xlsx"
    with pytest.raises(Unprocessable):
        reports.ask("render_report", key="seizures-by-commodity", format="exe")


def test_refusals(settings, reports):
    with pytest.raises(Forbidden):
        totals(reports, ADMIN)
    with pytest.raises(NotFound):
        reports.ask("run_report", key="none")
    with pytest.raises(Forbidden):
        reports.ask("verify")
    newer = {
        "account": OFFICER.account,
        "username": "officer.vte",
        "unit": "LA-VTE",
        "roles": [],
        "clearance": "restricted",
        "active": True,
        "rights_version": 2,
    }
    publish(settings, "gateway.events", Event("account.changed.v1", "/gateway", OFFICER.account, newer, 2, "admin"))

    def renewed() -> bool:
        try:
            totals(reports, OFFICER)
        except RenewRights:
            return True
        return False

    eventually(renewed)


def test_status_of_a_rebuild_that_never_ran(reports):
    assert reports.operate("rebuild_status")["state"] == "idle"
