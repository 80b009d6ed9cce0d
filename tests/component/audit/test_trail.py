"""The trail on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.audit import handlers
from services.audit.adapters.trail import PostgresTrail
from shared.contracts.envelope import Event
from shared.errors import Unprocessable
from shared.persistence import Database
from shared.persistence.migrations import migrate

pytestmark = pytest.mark.servers


def submitted(number: int, actor: str = "0190-officer") -> Event:
    return Event(
        type="case.submitted.v1",
        source="/cases",
        subject=f"case-{number}",
        data={"case": {"id": f"case-{number}"}, "changed": ["status"]},
        aggregate_version=1,
        actor=actor,
        actor_unit="LA-VTE",
        time=f"2026-03-02T10:00:{number % 60:02}+00:00",
    )


READ = Event(
    type="audit.acted.v1",
    source="/gateway",
    subject="case-1",
    data={"action": "case.read", "subject": "case-1", "outcome": "done", "details": {}},
    aggregate_version=0,
    actor="0190-analyst",
)


@pytest.fixture
def database(settings_for) -> Iterator[Database]:
    settings = settings_for("audit")
    migrate(settings, "audit")
    database = Database(settings, "audit")
    yield database
    database.dispose()


def record(database: Database, *events: Event) -> None:
    with database.unit_of_work() as work:
        handlers.record(PostgresTrail(work), events)
        work.commit()


def ask(database: Database, question, payload):
    with database.unit_of_work() as work:
        return question(PostgresTrail(work), payload)


def verify(database: Database) -> dict:
    return ask(database, handlers.verify_page, {})


def test_what_happened_is_told_newest_first(database):
    record(database, submitted(1), submitted(2))
    record(database, READ)
    answer = ask(database, handlers.list_entries, {})
    assert [(item["seq"], item["action"], item["subject"]) for item in answer["items"]] == [
        (3, "case.read", "case-1"),
        (2, "case.submitted", "case-2"),
        (1, "case.submitted", "case-1"),
    ]
    assert answer["next"] is None
    assert answer["items"][2]["details"] == {"version": 1, "changed": ["status"]}
    assert verify(database) | {"hash": ""} == {"after": 3, "verified": 3, "entries": 3, "first_break": None, "done": True, "hash": ""}


def test_filters_and_pages(database):
    record(database, *(submitted(number) for number in range(5)), READ)
    first = ask(database, handlers.list_entries, {"action": "case.submitted", "limit": 2})
    assert [item["seq"] for item in first["items"]] == [5, 4]
    second = ask(database, handlers.list_entries, {"action": "case.submitted", "limit": 2, "after": first["next"]})
    assert [item["seq"] for item in second["items"]] == [3, 2]
    assert [item["seq"] for item in ask(database, handlers.list_entries, {"subject": "case-1"})["items"]] == [6, 2]
    assert [item["seq"] for item in ask(database, handlers.list_entries, {"actor": "0190-analyst"})["items"]] == [6]
    assert [item["seq"] for item in ask(database, handlers.list_entries, {"from": "2026-03-02T10:00:04+00:00"})["items"]] == [6, 5]


@pytest.mark.parametrize(("payload", "field"), [({"from": "soon"}, "from"), ({"after": "x"}, "after"), ({"after": "໑"}, "after")])
def test_what_can_not_be_read_is_said_by_field(database, payload, field):
    with pytest.raises(Unprocessable) as caught:
        ask(database, handlers.list_entries, payload)
    assert [error.field for error in caught.value.errors] == [field]


def test_usernames_stand_for_accounts(database):
    account = Event(
        type="account.changed.v1",
        source="/gateway",
        subject="0190-officer",
        data={
            "account": "0190-officer",
            "username": "officer.vte",
            "unit": "LA-VTE",
            "roles": ["reporting_officer"],
            "clearance": "restricted",
            "active": True,
            "rights_version": 1,
        },
        aggregate_version=1,
        actor="system:gateway",
    )
    with database.unit_of_work() as work:
        from shared.security.directory import apply_directory  # noqa: PLC0415  only this test needs it

        apply_directory(work.connection, [account])
        work.commit()
    record(database, submitted(1))
    assert ask(database, handlers.list_entries, {"actor": "officer.vte"})["items"][0]["actor"] == "officer.vte"
    record(database, READ)
    assert ask(database, handlers.list_readers, {"id": "case-1"})["items"][0]["actor"] == "0190-analyst"


@pytest.mark.parametrize("statement", ["UPDATE entry SET actor = 'x'", "DELETE FROM entry", "TRUNCATE entry"])
def test_the_trail_refuses_change(database, statement):
    record(database, submitted(1))
    with database.unit_of_work() as work, pytest.raises(DBAPIError, match="append-only"):
        work.connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE entry SET subject = 'another' WHERE seq = 2", 2),
        ("UPDATE entry SET details = '{}' WHERE seq = 1", 1),
        ("DELETE FROM entry WHERE seq = 2", 2),
        ("DELETE FROM entry WHERE seq = 4", 4),
        ("UPDATE entry SET hash = decode(repeat('00', 32), 'hex') WHERE seq = 3", 3),
    ],
)
def test_who_gets_round_the_trigger_is_found(database, statement, broken_at):
    record(database, *(submitted(number) for number in range(4)))
    with database.unit_of_work() as work:
        work.connection.execute(sa.text("ALTER TABLE entry DISABLE TRIGGER append_only"))
        work.connection.execute(sa.text(statement))
        work.commit()
    assert verify(database)["first_break"] == broken_at
