"""Saved searches by RPC: shape, rights, versions, idempotency, and the events of their changes."""

from __future__ import annotations

import orjson
import pytest
import sqlalchemy as sa

from shared.errors import Conflict, Forbidden, NotFound, PreconditionFailed, PreconditionRequired, Unprocessable
from shared.identifiers import new_id
from shared.persistence import Database
from shared.persistence.tables import outbox
from tests.component.search.conftest import ADMIN, CHIEF, OFFICER, VALIDATOR, Search

pytestmark = pytest.mark.servers

WATCH = {"name": "Ketamine at the airport", "query": "drug:ketamine place:wattay"}


def told_of(database: Database, identifier: str) -> list[dict]:
    with database.unit_of_work() as work:
        rows = work.connection.execute(sa.select(outbox.c.exchange, outbox.c.body).order_by(outbox.c.sequence))
        return [{"exchange": row.exchange} | event for row in rows for event in orjson.loads(row.body) if event["subject"] == identifier]


def test_what_is_left_out_has_its_default_and_a_read_gives_back_what_was_sent(search: Search):
    created = search.ask("create_saved_search", VALIDATOR, body=WATCH)
    assert {name: created[name] for name in ("name", "query", "unit", "alert", "severity", "channels", "version")} == WATCH | {
        "unit": "LA-VTE",
        "alert": False,
        "severity": "medium",
        "channels": ["screen"],
        "version": 1,
    }
    assert search.ask("get_saved_search", VALIDATOR, id=created["id"]) == created
    assert created in search.ask("list_saved_searches", VALIDATOR, limit=500)["items"]


def test_a_write_needs_the_present_version(search: Search, database: Database):
    created = search.ask("create_saved_search", CHIEF, body=WATCH)
    changed = created | {"name": "Renamed", "alert": True, "severity": "high", "channels": ["screen", "mail"]}
    with pytest.raises(PreconditionRequired):
        search.ask("replace_saved_search", CHIEF, id=created["id"], body=changed, if_match=None)
    with pytest.raises(PreconditionFailed) as stale:
        search.ask("replace_saved_search", CHIEF, id=created["id"], body=changed, if_match='"7"')
    assert stale.value.details["version"] == 1
    replaced = search.ask("replace_saved_search", CHIEF, id=created["id"], body=changed, if_match='W/"1"')
    assert (replaced["version"], replaced["name"], replaced["channels"]) == (2, "Renamed", ["screen", "mail"])
    search.ask("delete_saved_search", CHIEF, id=created["id"], if_match="*")
    with pytest.raises(NotFound):
        search.ask("get_saved_search", CHIEF, id=created["id"])
    told = told_of(database, created["id"])
    assert [event["type"] for event in told] == ["saved_search.changed.v1", "saved_search.changed.v1", "saved_search.deleted.v1"]
    assert {event["exchange"] for event in told} == {"search.events"}
    assert "Ketamine" not in str(told)
    assert "ketamine" not in str(told)


def test_rights(search: Search):
    theirs = search.ask("create_saved_search", CHIEF, body=WATCH | {"unit": "LA-LPB"})
    with pytest.raises(NotFound):
        search.ask("get_saved_search", VALIDATOR, id=theirs["id"])
    assert search.ask("get_saved_search", OFFICER, id=theirs["id"])["unit"] == "LA-LPB"
    with pytest.raises(Forbidden):
        search.ask("delete_saved_search", OFFICER, id=theirs["id"], if_match="*")
    with pytest.raises(Forbidden):
        search.ask("create_saved_search", VALIDATOR, body=WATCH | {"unit": "LA-LPB"})
    with pytest.raises(Forbidden):
        search.ask("list_saved_searches", ADMIN)
    with pytest.raises(NotFound):
        search.ask("get_saved_search", CHIEF, id="no-such-id")


def test_every_problem_at_once(search: Search):
    body = {"name": " ", "query": "drug:", "severity": "loud", "channels": ["pigeon"], "alert": "yes", "colour": 1}
    with pytest.raises(Unprocessable) as refused:
        search.ask("create_saved_search", CHIEF, body=body)
    codes = {error.field: error.code for error in refused.value.errors}
    assert codes == {
        "name": "required",
        "query": "missing_value",
        "severity": "unknown_code",
        "channels": "unknown_code",
        "alert": "wrong_type",
        "colour": "unknown_field",
    }
    with pytest.raises(Unprocessable):
        search.ask("create_saved_search", CHIEF, body=[])


def test_a_query_with_a_code_that_nobody_knows_is_refused(search: Search):
    with pytest.raises(Unprocessable) as refused:
        search.ask("create_saved_search", CHIEF, body=WATCH | {"query": "country:atlantis"})
    assert [(error.field, error.code) for error in refused.value.errors] == [("query", "unknown_code")]


def test_the_same_key_makes_one(search: Search):
    key = new_id()
    first = search.ask("create_saved_search", CHIEF, key=key, body=WATCH)
    assert search.ask("create_saved_search", CHIEF, key=key, body=WATCH) == first
    with pytest.raises(Conflict):
        search.ask("create_saved_search", CHIEF, key=key, body=WATCH | {"name": "Another"})


def test_lists_go_on_where_they_were(search: Search):
    made = [search.ask("create_saved_search", CHIEF, body=WATCH | {"name": f"Number {number}"})["id"] for number in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = search.ask("list_saved_searches", CHIEF, limit=2, after=after)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert [identifier for identifier in seen if identifier in made] == made[::-1]
    with pytest.raises(Unprocessable):
        search.ask("list_saved_searches", CHIEF, after="x")
