"""The table of bad input by REST: each fault with the status, the code and the fields that must come back, and nothing lost or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from services.gateway import accounts
from services.gateway.entrance import MOST_BODY_BYTES
from tests import servers
from tests.component.gateway.conftest import PASSWORD, RunningGateway
from tests.component.gateway.house import house_settings, running_house
from tests.component.gateway.test_cases_by_rest import KETAMINE, NOBODY_HAS, create, move

pytestmark = pytest.mark.servers

SERVICES = ("gateway", "cases")
PROCESSES = ("gateway-relay", "cases")
JSON = {"Content-Type": "application/json"}
ANY = {"If-Match": "*"}
LONG = "x" * (MOST_BODY_BYTES + 1)
DEEP = b'{"narrative":' * 40 + b"1" + b"}" * 40


@dataclass(frozen=True)
class Fault:
    """`body` is sent as JSON unless it is bytes; `{case}` in the path is the officer's own draft, `{foreign}` a colleague's."""

    name: str
    status: int
    code: str
    fields: tuple[str, ...] = ()
    method: str = "POST"
    path: str = "/cases"
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    user: str = "officer.vte"


def create_fault(name: str, body: Any, *fields: str, code: str = "unprocessable", status: int = 422, **headers: str) -> Fault:
    return Fault(f"create: {name}", status, code, fields, body=body, headers=headers)


def change_fault(name: str, body: Any, status: int, code: str, *fields: str, **more: Any) -> Fault:
    return Fault(
        f"change: {name}", status, code, fields, **({"method": "PATCH", "path": "/cases/{case}", "body": body, "headers": ANY} | more)
    )


def step_fault(name: str, body: Any, status: int, code: str, *fields: str, **more: Any) -> Fault:
    return Fault(f"step: {name}", status, code, fields, **({"path": "/cases/{case}/transitions", "body": body, "headers": ANY} | more))


def goods(**line: Any) -> dict[str, Any]:
    return KETAMINE | {"goods": [KETAMINE["goods"][0] | line]}


FAULTS = [
    # What cannot be read.
    create_fault("empty body", b"", code="malformed", status=400),
    create_fault("broken JSON", b'{"title": ', code="malformed", status=400),
    create_fault("not UTF-8", b'{"title": "\xff"}', code="malformed", status=400),
    create_fault("byte order mark", b"\xef\xbb\xbf{}", code="malformed", status=400),
    create_fault("NaN", b'{"goods": [{"quantity": NaN}]}', code="malformed", status=400),
    create_fault("infinity", b'{"goods": [{"quantity": 1e999}]}', code="malformed", status=400),
    create_fault("lone surrogate", b'{"title": "\\ud800"}', code="malformed", status=400),
    create_fault("nested deeper than records are", DEEP, code="too_deep", status=400),
    create_fault("nested without end", b"[" * 100_000, code="malformed", status=400),
    create_fault("too large", {"title": LONG}, code="too_large", status=413),
    create_fault(
        "form instead of JSON",
        b"title=x",
        code="unsupported_media_type",
        status=415,
        **{"Content-Type": "application/x-www-form-urlencoded"},
    ),
    create_fault("no content type", b"{}", code="unsupported_media_type", status=415, **{"Content-Type": ""}),
    create_fault("compressed", b"{}", code="unsupported_media_type", status=415, **{"Content-Encoding": "gzip"}),
    create_fault("merge patch", b"{}", code="unsupported_media_type", status=415, **{"Content-Type": "application/merge-patch+json"}),
    # What is read, and is no case.
    create_fault("a list", [], ""),
    create_fault("a text", "x", ""),
    create_fault("null", b"null", ""),
    create_fault("unknown field", KETAMINE | {"colour": "red"}, "colour"),
    create_fault("unknown field in a line", goods(colour="red"), "goods[0].colour"),
    create_fault("unknown code", KETAMINE | {"detection_method": "guess"}, "detection_method"),
    create_fault("unknown code in a list", KETAMINE | {"offence_types": ["concealment", "bad luck"]}, "offence_types[1]"),
    create_fault("unknown country", KETAMINE | {"place": {"country": "XX"}}, "place.country"),
    create_fault("unknown office", KETAMINE | {"office": "LA-NIL"}, "office"),
    create_fault("text for a list", KETAMINE | {"goods": "ketamine"}, "goods"),
    create_fault("number for a text", KETAMINE | {"title": 5}, "title"),
    create_fault("object for a text", KETAMINE | {"title": {"en": "x"}}, "title"),
    create_fault("number for a quantity", goods(quantity=2.4), "goods[0].quantity"),
    create_fault("negative quantity", goods(quantity="-1"), "goods[0].quantity"),
    create_fault("quantity in words", goods(quantity="two"), "goods[0].quantity"),
    create_fault("quantity with a comma", goods(quantity="2,4"), "goods[0].quantity"),
    create_fault("quantity without end", goods(quantity="1e400"), "goods[0].quantity"),
    create_fault("unknown unit", goods(unit="BARREL-ISH"), "goods[0].unit"),
    create_fault("impossible HS code", goods(hs_code="12345"), "goods[0].hs_code"),
    create_fault("day that is none", KETAMINE | {"occurred_at": "2026-02-30"}, "occurred_at"),
    create_fault("time without a zone", KETAMINE | {"occurred_at": "2026-03-02T21:40:00"}, "occurred_at"),
    create_fault("NUL character", KETAMINE | {"title": "a\0b"}, "title"),
    create_fault("NUL in a language", KETAMINE | {"narrative": {"lo": "\0"}}, "narrative.lo"),
    create_fault("NUL in a field's name", KETAMINE | {"ti\0tle": "x"}, ""),
    create_fault("worked out by the system", KETAMINE | {"case_no": "LA-VTE-2026-000001"}, "case_no"),
    create_fault(
        "several at once", KETAMINE | {"title": 5, "detection_method": "guess", "colour": 1}, "colour", "detection_method", "title"
    ),
    create_fault("a key that cannot be kept", KETAMINE, "Idempotency-Key", **{"Idempotency-Key": "x" * 201}),
    # Changing.
    change_fault("no version", {"title": "x"}, 428, "if_match_required", headers={}),
    change_fault("stale version", {"title": "x"}, 412, "stale_version", headers={"If-Match": '"99"'}),
    change_fault("unreadable version", {"title": "x"}, 412, "stale_version", headers={"If-Match": "three"}),
    change_fault("version beyond numbers", {"title": "x"}, 412, "stale_version", headers={"If-Match": '"' + "9" * 40 + '"'}),
    change_fault("400 comes before 428", b"{", 400, "malformed", headers=JSON),
    change_fault("415 comes before 400", b"{", 415, "unsupported_media_type", headers={"Content-Type": "text/plain"}),
    change_fault("413 comes before 400", b"{" + LONG.encode(), 413, "too_large", headers=JSON),
    change_fault("412 comes before 422", {"colour": 1}, 412, "stale_version", headers={"If-Match": '"99"'}),
    change_fault("unknown field", {"colour": 1}, 422, "unprocessable", "colour"),
    change_fault("no object", [1], 422, "unprocessable", ""),
    change_fault("negative quantity", {"goods": [{"quantity": "-3"}]}, 422, "unprocessable", "goods[0].quantity"),
    change_fault("somebody else's draft", {"title": "x"}, 404, "not_found", path="/cases/{foreign}"),
    change_fault("404 comes before 415", b"{", 404, "not_found", path="/cases/{foreign}", headers={"Content-Type": "text/plain"}),
    change_fault("404 comes before 428", {"title": "x"}, 404, "not_found", path="/cases/{foreign}", headers={}),
    change_fault("a case that nobody has", {"title": "x"}, 404, "not_found", path=f"/cases/{NOBODY_HAS}"),
    change_fault("an id that cannot exist", b"{", 404, "not_found", path="/cases/..%2f..%2fetc", headers={}),
    change_fault("no right at all", b"{", 403, "forbidden", user="auditor.hq", headers={}),
    # Steps.
    step_fault("no version", {"to": "submitted"}, 428, "if_match_required", headers={}),
    step_fault("stale version", {"to": "submitted"}, 412, "stale_version", headers={"If-Match": '"99"'}),
    step_fault("no aim", {}, 422, "unprocessable", "to"),
    step_fault("unknown aim", {"to": "heaven"}, 422, "unprocessable", "to"),
    step_fault("aim of the wrong type", {"to": ["submitted"]}, 422, "unprocessable", "to"),
    step_fault("unknown member", {"to": "submitted", "colour": 1}, 422, "unprocessable", "colour"),
    step_fault("a member of the envelope", {"to": "submitted", "id": NOBODY_HAS, "if_match": "*"}, 422, "unprocessable", "id", "if_match"),
    step_fault("without the right", {"to": "closed"}, 403, "forbidden"),
    step_fault("one's own record", {"to": "validated"}, 403, "own_record"),
    step_fault("not from here", {"to": "submitted"}, 409, "state", path="/cases/{submitted}/transitions"),
    step_fault(
        "412 comes before 409",
        {"to": "submitted"},
        412,
        "stale_version",
        path="/cases/{submitted}/transitions",
        headers={"If-Match": '"99"'},
    ),
    step_fault("422 comes before 409", {"to": "submitted", "x": 1}, 422, "unprocessable", "x", path="/cases/{submitted}/transitions"),
    step_fault("broken JSON", b"{", 400, "malformed", headers=JSON | ANY),
    step_fault("somebody else's draft", {"to": "submitted"}, 404, "not_found", path="/cases/{foreign}/transitions"),
    step_fault("404 comes before 400", b"{", 404, "not_found", path="/cases/{foreign}/transitions"),
    # Reading.
    Fault("read: somebody else's draft", 404, "not_found", method="GET", path="/cases/{foreign}"),
    Fault("read: an id that cannot exist", 404, "not_found", method="GET", path="/cases/%00"),
    Fault("read: not UTF-8", 404, "not_found", method="GET", path="/cases/%ff%fe"),
    Fault("read: very long id", 404, "not_found", method="GET", path="/cases/" + "9" * 3000),
    Fault("read: history of a foreign draft", 404, "not_found", method="GET", path="/cases/{foreign}/versions"),
    Fault("read: versions that are none", 404, "not_found", method="GET", path="/cases/{case}/versions/0..x"),
    Fault("read: a version that is not there", 404, "not_found", method="GET", path="/cases/{case}/versions/1..99"),
    Fault("read: no content for administrators", 403, "forbidden", method="GET", path="/cases/{case}", user="admin"),
    Fault("read: readers for those who may know", 403, "forbidden", method="GET", path="/cases/{case}/readers"),
    Fault("list: above the limit", 422, "unprocessable", ("limit",), method="GET", path="/cases?limit=501"),
    Fault("list: a limit in words", 422, "unprocessable", ("limit",), method="GET", path="/cases?limit=ten"),
    Fault("list: a page that is none", 422, "unprocessable", ("after",), method="GET", path="/cases?after=nonsense"),
    Fault("list: an unknown status", 422, "unprocessable", ("status",), method="GET", path="/cases?status=lost"),
    Fault("list: several at once", 422, "unprocessable", ("limit", "mine"), method="GET", path="/cases?limit=0&mine=perhaps"),
    Fault("address that is none", 404, "not_found", method="GET", path="/nothing/here"),
    Fault("slash at the end", 404, "not_found", method="GET", path="/cases/"),
    Fault("method that is none", 405, "method_not_allowed", method="DELETE", path="/cases/{case}"),
    Fault("method of another protocol", 405, "method_not_allowed", method="PROPFIND", path="/cases"),
    Fault("unknown code list", 404, "not_found", method="GET", path="/vocabularies/secrets"),
    Fault("code list outside", 404, "not_found", method="GET", path="/vocabularies/..%2f..%2fsettings"),
    Fault("unknown language", 422, "unprocessable", ("lang",), method="GET", path="/vocabularies/countries?lang=xx"),
    Fault("job that cannot exist", 404, "not_found", method="GET", path="/jobs/nonsense", user="analyst.hq"),
    Fault("job that nobody has", 404, "not_found", method="GET", path=f"/jobs/cases-{NOBODY_HAS}", user="analyst.hq"),
    Fault("imports need the right", 403, "forbidden", path="/imports", body=b"x"),
]


@pytest.fixture(scope="module")
def house(postgres, broker, tmp_path_factory) -> Iterator[RunningGateway]:
    factory = servers.SettingsFactory(tmp_path_factory.mktemp("house"), postgres, broker)
    with running_house(house_settings(factory, SERVICES), SERVICES, PROCESSES) as gateway:
        accounts.add_account(gateway.settings, "colleague.vte", "reporting_officer", "LA-VTE", PASSWORD, any_password=True)
        yield gateway
    factory.clean()


@dataclass
class Records:
    case: dict[str, Any]
    foreign: dict[str, Any]
    submitted: dict[str, Any]

    def path(self, template: str) -> str:
        return template.format(case=self.case["id"], foreign=self.foreign["id"], submitted=self.submitted["id"])


@pytest.fixture(scope="module")
def records(house) -> Records:
    with house.client("officer.vte") as officer, house.client("colleague.vte") as colleague:
        submitted = move(officer, create(officer).json(), "submitted").json()
        return Records(create(officer).json(), create(colleague).json(), submitted)


def send(client: httpx.Client, fault: Fault, records: Records) -> httpx.Response:
    content = fault.body if isinstance(fault.body, bytes) or fault.body is None else orjson.dumps(fault.body)
    headers = (JSON if content is not None else {}) | fault.headers
    return client.request(fault.method, records.path(fault.path), content=content, headers=headers)


def all_drafts(house: RunningGateway, user: str) -> list[dict[str, Any]]:
    with house.client(user) as client:
        return client.get("/cases", params={"status": "draft", "mine": "true", "limit": 500}).json()["items"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_and_changes_nothing(house, records, fault):
    before = all_drafts(house, "officer.vte"), all_drafts(house, "colleague.vte")
    with house.client(fault.user) as client:
        answer = send(client, fault, records)
    assert answer.status_code == fault.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == fault.status
    assert problem["code"] == fault.code
    assert sorted(error["field"] for error in problem["errors"]) == sorted(fault.fields)
    assert problem["title"]
    assert problem["detail"]
    assert all(error["message"] and error["code"] for error in problem["errors"])
    if fault.status == 412:
        wanted = records.submitted if "{submitted}" in fault.path else records.case
        assert problem["version"] == wanted["version"]
    assert (all_drafts(house, "officer.vte"), all_drafts(house, "colleague.vte")) == before


@pytest.mark.parametrize("path", sorted({fault.path.partition("?")[0] for fault in FAULTS if "%" not in fault.path}))
def test_who_is_not_signed_in_learns_nothing(house, records, path):
    fault = Fault("", 401, "not_signed_in", method="GET", path=path)
    methods = ("GET", "POST", "PATCH")
    with house.client() as client:
        answers = [send(client, Fault("", 401, "", method=method, path=path, body=b"{"), records) for method in methods]
    known = [answer for answer in answers if answer.status_code not in {404, 405}]
    assert all(answer.status_code == 401 for answer in known), fault.path


def test_an_error_speaks_lao_to_lao_officers(house):
    with house.client("officer.vte", **{"Accept-Language": "lo"}) as client:
        answer = create(client, {"title": 5})
    assert answer.headers["content-language"] == "lo"
