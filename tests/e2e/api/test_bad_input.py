"""Bad input by REST where other services own the answer: search, saved searches, alerts, reports, the trail.

Cases and imports have tables of their own beside the gateway's tests (`tests/component/gateway`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.e2e.api.conftest import watch

pytestmark = pytest.mark.servers

JSON = {"Content-Type": "application/json"}
ANY = {"If-Match": "*"}
NOBODY_HAS = "0197b1c0-0000-7000-8000-000000000000"
SAVED = {"name": "Watch", "query": "ketamine"}


@dataclass(frozen=True)
class Fault:
    """`{saved}` in the path is a saved search of LA-VTE."""

    name: str
    path: str
    status: int
    fields: tuple[str, ...] = ()
    method: str = "GET"
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    user: str = "validator.vte"


def save(name: str, body: Any, *fields: str, status: int = 422, **more: Any) -> Fault:
    return Fault(
        **({"name": f"save: {name}", "path": "/saved-searches", "method": "POST", "body": body, "status": status, "fields": fields} | more)
    )


def replace(name: str, body: Any, status: int, *fields: str, **more: Any) -> Fault:
    usual = {
        "name": f"replace: {name}",
        "path": "/saved-searches/{saved}",
        "method": "PUT",
        "body": body,
        "status": status,
        "fields": fields,
    }
    return Fault(**(usual | {"headers": ANY} | more))


FAULTS = [
    # Queries.
    Fault("search: a bracket that never closes", "/search?q=(ketamine", 422, ("q",)),
    Fault("search: a quotation that never closes", '/search?q="ketamine', 422, ("q",)),
    Fault("search: an unknown field", "/search?q=colour:red", 422, ("q",)),
    Fault("search: a broken filter", "/search?filter=country:", 422, ("filter",)),
    Fault("search: an unknown facet", "/search?facets=colour", 422, ("facets",)),
    Fault("search: an unknown order", "/search?sort=beauty", 422, ("sort",)),
    Fault("search: above the limit", "/search?limit=501", 422, ("limit",)),
    Fault("search: a page that is none", "/search?after=nonsense", 422, ("after",)),
    Fault("search: NUL", "/search?q=a%00b", 422, ("q",)),
    Fault("search: not UTF-8", "/search?q=%ff", 422, ("q",)),
    Fault("search: a range that is none", "/search?q=kg:[5 TO", 422, ("q",)),
    Fault("search: a day that is none", "/search?q=date:2026-02-30", 422, ("q",)),
    Fault("search: deeper than anyone asks", "/search?q=" + "(" * 300 + "a" + ")" * 300, 422, ("q",)),
    Fault("search: without the right", "/search?q=a", 403, user="auditor.hq"),
    Fault("suggest: too long", "/search/suggest?q=" + "x" * 300, 422, ("q",)),
    # Saved searches.
    save("no name, no query", {}, "name", "query"),
    save("a broken query", SAVED | {"query": "(ketamine"}, "query"),
    save("an unknown severity", SAVED | {"severity": "awful"}, "severity"),
    save("an unknown channel", SAVED | {"channels": ["pigeon"]}, "channels"),
    save("a unit out of one's reach", SAVED | {"unit": "LA-SVK"}, status=403),
    save("text for a truth", SAVED | {"alert": "yes"}, "alert"),
    save("an unknown field", SAVED | {"colour": "red"}, "colour"),
    save("NUL", SAVED | {"name": "a\0b"}, "name"),
    save("no object", [], ""),
    save("broken JSON", b"{", status=400),
    save("another kind of content", b"{}", status=415, headers={"Content-Type": "text/plain"}),
    save("without the right", SAVED, status=403, user="officer.vte"),
    replace("no version", SAVED, 428, headers={}),
    replace("a stale version", SAVED, 412, headers={"If-Match": '"99"'}),
    replace("412 comes before 422", {"colour": 1}, 412, headers={"If-Match": '"99"'}),
    replace("400 comes before 428", b"{", 400, headers=JSON),
    replace("an unknown field", SAVED | {"colour": "red"}, 422, "colour"),
    replace("one that nobody has", SAVED, 404, path=f"/saved-searches/{NOBODY_HAS}"),
    replace("404 comes before 415", b"{", 404, path=f"/saved-searches/{NOBODY_HAS}", headers={"Content-Type": "text/plain"}),
    replace("an id that cannot exist", SAVED, 404, path="/saved-searches/%00"),
    Fault("delete: no version", "/saved-searches/{saved}", 428, method="DELETE"),
    Fault("delete: a stale version", "/saved-searches/{saved}", 412, method="DELETE", headers={"If-Match": '"99"'}),
    Fault("saved searches: above the limit", "/saved-searches?limit=501", 422, ("limit",)),
    # Alerts.
    Fault("alerts: an unknown state", "/alerts?state=lost", 422, ("state",)),
    Fault("alerts: above the limit", "/alerts?limit=501", 422, ("limit",)),
    Fault("alerts: a page that is none", "/alerts?after=nonsense", 422, ("after",)),
    Fault("alerts: one that nobody has", f"/alerts/{NOBODY_HAS}/acknowledge", 404, method="POST", body={}),
    Fault("alerts: an act that is none", f"/alerts/{NOBODY_HAS}/praise", 404, method="POST", body={}),
    Fault("alerts: an id that cannot exist", "/alerts/%00/acknowledge", 404, method="POST", body={}),
    Fault("alerts: 404 comes before 400", f"/alerts/{NOBODY_HAS}/acknowledge", 404, method="POST", body=b"{"),
    Fault("alerts: without the right", "/alerts", 403, user="admin"),
    # Reports.
    Fault("report: one that is none", "/reports/weather", 404),
    Fault("report: a key that cannot exist", "/reports/%00", 404),
    Fault("report: an unknown format", "/reports/seizures-by-month?format=exe", 422, ("format",)),
    Fault("report: a day that is none", "/reports/seizures-by-month?from=2026-02-30", 422, ("from",)),
    Fault("report: an unknown group", "/reports/seizures-by-month?group=colour", 422, ("group",)),
    Fault("report: the end before the start", "/reports/seizures-by-month?from=2026-02-01&to=2026-01-01", 422, ("to",)),
    Fault("report: several at once", "/reports/seizures-by-month?from=x&group=y", 422, ("from", "group")),
    Fault("report: without the right", "/reports/seizures-by-month", 403, user="auditor.hq"),
    # The trail.
    Fault("trail: without the right", "/audit", 403),
    Fault("trail: not for administrators", "/audit", 403, user="admin"),
    Fault("trail: above the limit", "/audit?limit=501", 422, ("limit",), user="auditor.hq"),
    Fault("trail: a time that is none", "/audit?from=yesterday", 422, ("from",), user="auditor.hq"),
    Fault("trail: a page that is none", "/audit?after=nonsense", 422, ("after",), user="auditor.hq"),
]


@pytest.fixture(scope="module")
def clients(installation):
    opened = {name: installation.rest(name) for name in sorted({fault.user for fault in FAULTS} | {"chief.hq"})}
    yield opened
    for client in opened.values():
        client.close()


@pytest.fixture(scope="module")
def saved(clients):
    return watch(clients["chief.hq"], "zqneverwritten", alert=False)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_by_field_and_changes_nothing(clients, saved, fault):
    content = fault.body if isinstance(fault.body, bytes) or fault.body is None else orjson.dumps(fault.body)
    headers = (JSON if content is not None else {}) | fault.headers
    before = clients["chief.hq"].get("/saved-searches?limit=500").json()
    answer = clients[fault.user].request(fault.method, fault.path.replace("{saved}", saved["id"]), content=content, headers=headers)
    assert answer.status_code == fault.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert sorted(error["field"] for error in problem["errors"]) == sorted(fault.fields), problem
    assert problem["detail"]
    assert all(error["message"] and error["code"] for error in problem["errors"])
    if "q" in fault.fields and fault.name.startswith("search: a bracket"):
        assert isinstance(problem["errors"][0]["position"], int)
    assert clients["chief.hq"].get("/saved-searches?limit=500").json() == before
