"""Saved searches against told cases: when an alert is due, to whom, with which reason; once, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from shared.contracts.envelope import Event
from shared.identifiers import new_id
from shared.persistence import Database
from shared.persistence.tables import outbox
from tests.component.search.conftest import CHIEF, Search, fresh, told
from tests.waiting import eventually

pytestmark = pytest.mark.servers


class Matches:
    def __init__(self, search: Search, database: Database) -> None:
        self._search = search
        self._database = database

    def watch(self, query: str, unit: str = "LA-VTE", **more: Any) -> str:
        body = {"name": f"Watch {query}", "query": query, "unit": unit, "alert": True} | more
        return self._search.ask("create_saved_search", CHIEF, body=body)["id"]

    def told(self, *searches: str, exchange: str = "search.nominal.events") -> list[dict[str, Any]]:
        """The matches of these searches in the outbox, in order."""
        with self._database.unit_of_work() as work:
            query = sa.select(outbox.c.body).where(outbox.c.exchange == exchange, outbox.c.routing_key == "search.matched.v1")
            rows = work.connection.execute(query.order_by(outbox.c.sequence)).all()
        events = [event for row in rows for event in orjson.loads(row.body)]
        return [event for event in events if event["data"]["saved_search"]["id"] in searches]

    def cases_of(self, *searches: str) -> list[str]:
        return [event["subject"] for event in self.told(*searches)]

    def settle(self, *events: Event) -> None:
        """Tells events and a last one with a watch of its own: when that one has matched, all before it are done."""
        word = f"settle{new_id().replace('-', '')}"
        identifier = self.watch(word)
        self._search.tell(*events, told(readable(title=word)))
        eventually(lambda: self.told(identifier), message="the matcher did not get to the last event")


def readable(**changes: Any) -> dict[str, Any]:
    return fresh(**{"unit": "LA-VTE", "status": "submitted", "classification": "restricted"} | changes)


@pytest.fixture
def matches(search: Search, database: Database) -> Matches:
    return Matches(search, database)


def test_a_submitted_case_matches_once_with_its_reason(matches: Matches):
    watch = matches.watch("drug:ketamine pangolin", severity="high", channels=["mail"])
    goods = [{"commodity": "drugs", "subtype": "ketamine"}]
    record = readable(title="A pangolin and more", goods=goods)
    event, message = told(record), new_id()
    matches.settle(event, event, told(readable(title="pangolin alone", goods=[])))
    matches.settle(told(record))
    (nominal,) = matches.told(watch)
    (plain,) = matches.told(watch, exchange="search.events")
    assert nominal["subject"] == record["id"]
    assert nominal["id"] == plain["id"] != message
    assert nominal["data"]["case"] == {name: record[name] for name in ("id", "case_no", "version", "status")}
    assert nominal["data"]["saved_search"] == {
        "id": watch,
        "name": "Watch drug:ketamine pangolin",
        "unit": "LA-VTE",
        "alert": True,
        "severity": "high",
        "channels": ["mail"],
    }
    reasons = {reason["field"]: reason for reason in nominal["data"]["reason"]}
    assert reasons[""] == {"field": "", "text": "A pangolin and more", "terms": ["pangolin"]}
    assert reasons["drug"]["text"] == "Ketamine"
    assert "reason" not in plain["data"]
    assert "name" not in plain["data"]["saved_search"]
    assert "angolin" not in str(plain)


def test_a_search_is_watched_as_soon_as_it_is_saved_changed_or_deleted(matches: Matches, search: Search):
    watch = matches.watch("quokka")
    first, second, third = (readable(title=title) for title in ("quokka one", "wombat two", "wombat three"))
    matches.settle(told(first), told(second))
    body = {"name": "Changed", "query": "wombat", "unit": "LA-VTE", "alert": True}
    search.ask("replace_saved_search", CHIEF, id=watch, body=body, if_match="*")
    matches.settle(told(third))
    search.ask("delete_saved_search", CHIEF, id=watch, if_match="*")
    matches.settle(told(readable(title="wombat four")))
    assert matches.cases_of(watch) == [first["id"], third["id"]]


def test_an_edit_alerts_only_for_a_new_reason_in_a_changed_field(matches: Matches):
    watch = matches.watch("axolotl OR drug:heroin")
    record = readable(title="axolotl", goods=[{"commodity": "drugs"}])
    typo = record | {"version": 2, "title": "an axolotl"}
    heroin = record | {"version": 3, "goods": [{"commodity": "drugs", "subtype": "heroin"}]}
    back = typo | {"version": 4}
    again = heroin | {"version": 5}
    matches.settle(
        told(record),
        told(typo, "case.changed.v1", changed=["title"]),
        told(heroin, "case.changed.v1", changed=["goods[0].subtype"]),
        told(back, "case.changed.v1", changed=["goods[0].subtype"]),
        told(again, "case.changed.v1", changed=["goods[0].subtype"]),
        told(again | {"version": 6, "status": "validated"}, "case.validated.v1", changed=["status"], previous_status="submitted"),
    )
    assert [event["data"]["case"]["version"] for event in matches.told(watch)] == [1, 3]


def test_a_case_older_than_the_search_is_silent_until_what_is_watched_changes(matches: Matches):
    record = readable(title="numbat", submitted_at="2026-01-01T00:00:00+00:00")
    matches.settle(told(record))
    watch = matches.watch("numbat")
    early = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    submitted = told(record)
    matches.settle(
        Event(submitted.type, submitted.source, submitted.subject, submitted.data, 1, "officer", time=early),
        told(record | {"version": 2}, "case.changed.v1", changed=["place.name"]),
    )
    assert matches.told(watch) == []
    matches.settle(told(record | {"version": 3, "title": "numbat found"}, "case.changed.v1", changed=["title"]))
    assert matches.cases_of(watch) == [record["id"]]


def test_a_unit_is_told_only_of_what_it_may_read(matches: Matches):
    here, above, elsewhere = (matches.watch("okapi", unit=unit) for unit in ("LA-VTE", "LA-HQ", "LA-LPB"))
    record = readable(title="okapi", submitted_at=datetime.now(UTC).isoformat())
    secret = readable(title="okapi", classification="secret")
    below = readable(title="okapi", unit="LA-VTE-A")
    matches.settle(told(record), told(secret), told(below))
    assert matches.cases_of(here) == [record["id"], below["id"]]
    assert matches.cases_of(above) == [record["id"], below["id"]]
    assert matches.cases_of(elsewhere) == []
    shared = record | {"version": 2, "status": "published"}
    matches.settle(told(shared, "case.published.v1", changed=["status"], previous_status="validated"))
    assert matches.cases_of(elsewhere) == [record["id"]]
    assert len(matches.cases_of(here)) == 2


def test_an_import_alerts_only_when_it_was_asked_to(matches: Matches):
    watch = matches.watch("dugong")
    quiet, loud = readable(title="dugong"), readable(title="dugong")
    matches.settle(told(quiet, "case.imported.v1", alert=False), told(loud, "case.imported.v1", alert=True))
    assert matches.cases_of(watch) == [loud["id"]]


def test_duplicates_and_any_order_give_the_same_alerts(matches: Matches):
    def stream(title: str) -> list[Event]:
        record = readable(title=title, goods=[{"commodity": "drugs"}])
        heroin = record | {"version": 2, "goods": [{"commodity": "drugs", "subtype": "heroin"}]}
        return [
            told(record),
            told(heroin, "case.changed.v1", changed=["goods"]),
            told(heroin | {"version": 3, "title": f"{title} again"}, "case.changed.v1", changed=["title"]),
        ]

    watch = matches.watch("tapir OR drug:heroin")
    ordered, reverse = stream("tapir"), stream("tapir")
    matches.settle(*ordered, *ordered)
    matches.settle(*reversed(reverse), reverse[1])
    by_case: dict[str, set[str]] = {}
    for event in matches.told(watch):
        by_case.setdefault(event["subject"], set()).add(event["data"]["fingerprint"])
    assert len(matches.told(watch)) == 4
    assert by_case[ordered[0].subject] == by_case[reverse[0].subject]
