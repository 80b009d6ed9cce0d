"""What the door takes, and in which order it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.gateway import entrance
from services.gateway.api.queries import Page, ReportQuery, SearchQuery, parse_query
from services.gateway.handlers.identifiers import require_case_id, require_plain_id, require_version
from services.gateway.handlers.search import mask
from services.gateway.problems import STATUS_OF_KIND, TITLES, problem_document, problem_response
from services.gateway.refusals import Malformed, RequestTimeout, TooLarge, UnsupportedMediaType
from shared import errors
from shared.errors import FieldError, NotFound, PreconditionFailed, ServiceError, Unprocessable

JSON = {"content-type": "application/json"}


def request_of(body: bytes = b"", headers: dict[str, str] | None = None, query: str = "", *, pieces: int = 1) -> Request:
    size = max(1, -(-len(body) // pieces))
    chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def receive():
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": query.encode()}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("body", "refusal", "code"),
    [
        (b"", Malformed, "malformed"),
        (b"{", Malformed, "malformed"),
        (b'{"a": NaN}', Malformed, "malformed"),
        (b'{"a": 1e999}', Malformed, "malformed"),
        (b'{"a": "\\ud800"}', Malformed, "malformed"),
        (b'{"a": "\xff"}', Malformed, "malformed"),
        (b"\xef\xbb\xbf{}", Malformed, "malformed"),
        (b"[" * 100_000, Malformed, "malformed"),
        (b"[" * 33 + b"]" * 33, Malformed, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, Malformed, "too_deep"),
        (b"[]", Unprocessable, "unprocessable"),
        (b'"text"', Unprocessable, "unprocessable"),
        (b"null", Unprocessable, "unprocessable"),
        (b"5", Unprocessable, "unprocessable"),
    ],
)
async def test_what_is_no_object_is_refused(body, refusal, code):
    with pytest.raises(refusal) as raised:
        await entrance.read_json(request_of(body, JSON))
    assert raised.value.code == code


async def test_an_object_comes_through_in_pieces():
    body = b'{"a": {"b": [1, "\xe0\xba\xa5"]}}'
    assert await entrance.read_json(request_of(body, JSON, pieces=7)) == {"a": {"b": [1, "\u0ea5"]}}
    assert await entrance.read_json(request_of(b"", {"content-length": "0"}), optional=True) == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/merge-patch+json"},
    ],
)
async def test_other_kinds_of_content_are_refused_before_they_are_read(headers):
    with pytest.raises(UnsupportedMediaType):
        await entrance.read_json(request_of(b"{", headers))


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf-8"'])
async def test_json_in_utf_8_is_taken(media_type):
    assert await entrance.read_json(request_of(b"{}", {"content-type": media_type})) == {}


async def test_too_large_is_said_by_the_announcement_and_by_the_bytes():
    too_much = entrance.MOST_BODY_BYTES + 1
    with pytest.raises(TooLarge):
        await entrance.read_json(request_of(b"{}", JSON | {"content-length": str(too_much)}))
    with pytest.raises(TooLarge):
        await entrance.read_json(request_of(b" " * too_much, JSON, pieces=10))


async def test_a_body_that_trickles_is_given_up(monkeypatch):
    monkeypatch.setattr(entrance, "BODY_SECONDS", 0.01)

    async def never():
        import asyncio  # noqa: PLC0415  only here

        await asyncio.sleep(10)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", b"application/json")], "query_string": b""}
    with pytest.raises(RequestTimeout):
        await entrance.read_json(Request(scope, never))


async def test_the_owner_is_asked_before_a_fault_of_the_body_is_told():
    asked = []

    async def hidden():
        asked.append("hidden")
        raise NotFound

    async def known():
        asked.append("known")

    with pytest.raises(NotFound):
        await entrance.read_json(request_of(b"{", JSON), probe=hidden)
    with pytest.raises(Malformed):
        await entrance.read_json(request_of(b"{", JSON), probe=known)
    assert await entrance.read_json(request_of(b"{}", JSON), probe=hidden) == {}
    assert asked == ["hidden", "known"]


@given(st.recursive(st.none() | st.integers() | st.text(), lambda child: st.lists(child) | st.dictionaries(st.text(), child)))
def test_depth_is_what_a_person_counts(value):
    def depth(part):
        children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        return isinstance(part, dict | list) + max(map(depth, children), default=0)

    if depth(value) > entrance.MOST_DEPTH:
        with pytest.raises(Malformed):
            entrance.require_depth(value)
    else:
        entrance.require_depth(value)


@pytest.mark.parametrize("key", ["", "x" * 201, "käse", "a\tb"])
def test_keys_that_no_owner_could_keep(key):
    with pytest.raises(Unprocessable):
        entrance.idempotency_key(request_of(headers={"idempotency-key": key}))


def test_a_key_is_optional():
    assert entrance.idempotency_key(request_of()) is None
    assert entrance.idempotency_key(request_of(headers={"idempotency-key": "a key"})) == "a key"


@pytest.mark.parametrize("text", ["", "a", "../etc", "x" * 65, "a b c", "a\0b", "LA-VTE-2026-000123\n", "%00", "ກກກ"])
def test_an_id_that_cannot_exist_is_not_found(text):
    for check in (require_case_id, require_version):
        with pytest.raises(NotFound):
            check(text)


def test_ids_and_numbers_pass():
    assert require_case_id("LA-VTE-2026-000123") == "LA-VTE-2026-000123"
    assert require_plain_id("cases-0197b1c0-0000-7000-8000-000000000000")
    assert require_version("12") == 12
    for text in ("", "A", "a/b", "a\n"):
        with pytest.raises(NotFound):
            require_plain_id(text)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=501", ["limit"]),
        ("limit=0", ["limit"]),
        ("limit=many", ["limit"]),
        ("limit=", ["limit"]),
        ("sort=up&limit=-1", ["limit", "sort"]),
        ("q=a%00b", ["q"]),
        ("q=%ff", ["q"]),
        ("q=%ED%A0%80", ["q"]),
        ("q=" + "x" * 4001, ["q"]),
        ("filter=a&filter=b%00", ["filter"]),
    ],
)
def test_parameters_are_refused_by_name_all_at_once(query, fields):
    with pytest.raises(Unprocessable) as raised:
        parse_query(request_of(query=query), SearchQuery)
    assert sorted(error.field for error in raised.value.errors) == fields


def test_parameters_that_fit():
    query = parse_query(request_of(query="q=%E0%BA%A5&filter=a:1&filter=b&sort=-kg&utm=x&limit=500"), SearchQuery)
    assert (query.q, query.filter, query.sort, query.limit) == ("\u0ea5", ["a:1", "b"], "-kg", 500)
    assert parse_query(request_of(), Page).limit == 50
    report = parse_query(request_of(query="from=2026-01-01&to=2026-02-01&origin=imported"), ReportQuery)
    assert report.options() == {"from": "2026-01-01", "to": "2026-02-01", "filters": {"origin": "imported"}}


def test_every_refusal_has_its_status_and_title():
    kinds = {cls.kind for cls in errors._BY_KIND.values()}
    assert kinds <= STATUS_OF_KIND.keys()
    assert set(STATUS_OF_KIND.values()) == TITLES.keys()


def test_a_problem_document_has_all_its_members():
    error = PreconditionFailed("Somebody saved version %(version)s.", params={"version": 4}, details={"version": 4})
    document = problem_document(error, "en")
    assert document | {"title": ""} == {
        "type": "about:blank",
        "title": "",
        "status": 412,
        "detail": "Somebody saved version 4.",
        "code": "stale_version",
        "errors": [],
        "version": 4,
    }
    assert problem_response(error, "en").headers["etag"] == '"4"'


def test_fields_keep_their_position_and_details_cannot_overwrite_members():
    error = Unprocessable(errors=[FieldError("q", "syntax", "Close the %(what)s.", {"what": "bracket"}, 5)], details={"status": 200})
    document = problem_document(error, "en")
    assert document["status"] == 422
    assert document["errors"] == [{"field": "q", "code": "syntax", "message": "Close the bracket.", "position": 5}]


def test_what_failed_inside_is_not_told():
    document = problem_document(ServiceError("secret words"), "en")
    assert document["status"] == 500
    assert "secret" not in str(document)


@given(st.text())
def test_the_trail_never_sees_a_word_of_a_query(text):
    assert set(mask(text)) <= {"x", " "}
