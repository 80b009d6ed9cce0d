"""One transaction: rolled back unless committed, rows by COPY, events last, callbacks around the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
import sqlalchemy as sa

from shared.contracts.envelope import Event, MalformedBatch, decode_batch
from shared.persistence import Database, UnitOfWork, is_conflict, is_connection_lost
from shared.persistence.migrations import migrate, schema_is_current
from shared.settings import Settings
from tests.component.messaging.houses import create_tables
from tests.servers import PostgresForTests
from tests.waiting import eventually

pytestmark = pytest.mark.servers


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    built = settings_for("reports")
    create_tables(built, "reports")
    return built


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    built = Database(settings, "reports")
    yield built
    built.dispose()


def an_event(number: int = 1, event_type: str = "case.submitted.v1", **data: object) -> Event:
    return Event(event_type, "/cases", f"case-{number}", {"number": number} | data, 1, "officer")


def effects(database: Database) -> list[str]:
    with database.unit_of_work() as work:
        return list(work.connection.scalars(sa.text("SELECT event FROM effects ORDER BY number")))


def outbox(database: Database) -> list[sa.Row]:
    with database.unit_of_work() as work:
        return list(work.connection.execute(sa.text("SELECT * FROM outbox ORDER BY sequence")))


def record(work, name: str) -> None:
    work.connection.execute(sa.text("INSERT INTO effects (event) VALUES (:name)"), {"name": name})


def _fail_within(database: Database) -> None:
    with database.unit_of_work() as work:
        record(work, "failed")
        record(work, str(1 / 0))


def _fail_in_savepoint(work: UnitOfWork, called: list[str]) -> None:
    with work.savepoint():
        record(work, "inside")
        work.emit("cases.events", [an_event(2)])
        work.before_commit(lambda: called.append("before"))
        work.after_commit(lambda: called.append("after"))
        raise ValueError("poison")


def test_what_is_not_committed_never_was(database):
    with database.unit_of_work() as work:
        record(work, "forgotten")
        work.emit("cases.events", [an_event()])
    with pytest.raises(ZeroDivisionError):
        _fail_within(database)
    assert effects(database) == []
    assert outbox(database) == []


def test_rows_and_events_are_true_together(database):
    with database.unit_of_work() as work:
        work.emit("cases.events", [an_event(1), an_event(2)], trace="00-trace")
        record(work, "kept")
        work.commit()
    assert effects(database) == ["kept"]
    (row,) = outbox(database)
    assert (row.exchange, row.routing_key, row.traceparent, row.published_at) == ("cases.events", "case.submitted.v1", "00-trace", None)
    assert [(event.data, event.traceparent) for event in decode_batch(row.body)] == [
        ({"number": 1}, "00-trace"),
        ({"number": 2}, "00-trace"),
    ]


def test_runs_of_a_type_travel_in_batches_within_both_limits(database):
    events = [an_event(number) for number in range(501)] + [an_event(0, "case.changed.v1")] + [an_event(0, text="x" * 400_000)] * 3
    with database.unit_of_work() as work:
        work.emit("cases.events", events)
        work.commit()
    assert [(row.routing_key, len(decode_batch(row.body))) for row in outbox(database)] == [
        ("case.submitted.v1", 500),
        ("case.submitted.v1", 1),
        ("case.changed.v1", 1),
        ("case.submitted.v1", 2),
        ("case.submitted.v1", 1),
    ]


def test_an_event_that_no_message_can_hold_fails_the_transaction(database):
    with database.unit_of_work() as work:
        record(work, "x")
        work.emit("cases.events", [an_event(1, text="x" * 1_100_000)])
        with pytest.raises(MalformedBatch):
            work.commit()
    assert effects(database) == []


def test_rows_go_in_by_copy(database):
    with database.unit_of_work() as work:
        work.connection.execute(sa.text("CREATE TABLE things (number bigint, body jsonb, raw bytea, words text[])"))
        rows = ((number, {"ຄຳ": f"a\tb\n{number}"}, b"\x00\xff\\", ["x", None]) for number in range(3000))
        work.copy("things", ("number", "body", "raw", "words"), rows)
        work.commit()
    with database.unit_of_work() as work:
        row = work.connection.execute(sa.text("SELECT count(*), sum(number), min(body ->> 'ຄຳ'), min(raw), min(words) FROM things")).one()
    assert tuple(row) == (3000, 4498500, "a\tb\n0", b"\x00\xff\\", ["x", None])


def test_a_savepoint_that_fails_leaves_no_trace(database):
    called: list[str] = []
    with database.unit_of_work() as work:
        record(work, "before")
        work.emit("cases.events", [an_event(1)])
        with pytest.raises(ValueError, match="poison"):
            _fail_in_savepoint(work, called)
        with work.savepoint():
            record(work, "second")
            work.before_commit(lambda: called.append("second"))
        assert called == ["second"], "what must happen before the commit happens inside the savepoint"
        work.commit()
    assert effects(database) == ["before", "second"]
    assert [event.data["number"] for row in outbox(database) for event in decode_batch(row.body)] == [1]
    assert called == ["second"]


def test_callbacks_stand_around_the_commit(database, caplog):
    seen: list[list[str]] = []
    with database.unit_of_work() as work:
        record(work, "kept")
        work.before_commit(lambda: seen.append(effects(database)))
        work.after_commit(lambda: seen.append(effects(database)))
        work.after_commit(lambda: 1 / 0)
        work.after_commit(lambda: seen.append(["and on"]))
        work.commit()
    assert seen == [[], ["kept"], ["and on"]]
    assert "ZeroDivisionError" in caplog.text


def test_a_callback_that_refuses_rolls_all_back(database):
    with database.unit_of_work() as work:
        record(work, "x")
        work.before_commit(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work.commit()
    assert effects(database) == []


def test_a_unit_of_work_ends_with_its_block(database):
    with database.unit_of_work() as work:
        pass
    with pytest.raises(RuntimeError):
        _ = work.connection


def test_five_connections_and_no_more(database):
    units = [database.unit_of_work() for _ in range(5)]
    for unit in units:
        unit.__enter__()
    try:
        database.engine.pool._timeout = 0.2
        with pytest.raises(sa.exc.TimeoutError) as full:
            database.unit_of_work().__enter__()
        assert is_connection_lost(full.value), "for a consumer that is: wait"
    finally:
        for unit in units:
            unit.__exit__(None, None, None)


def test_what_is_away_and_what_is_wrong_are_told_apart(database, settings, postgres: PostgresForTests):
    with database.unit_of_work() as work:
        with pytest.raises(sa.exc.ProgrammingError) as wrong:
            work.connection.execute(sa.text("SELECT nonsense"))
        assert not is_connection_lost(wrong.value)
    with database.unit_of_work() as work, postgres.connect("postgres") as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (settings.database_name("reports"),))
        with pytest.raises(sa.exc.OperationalError) as away:
            work.connection.execute(sa.text("SELECT 1"))
        assert is_connection_lost(away.value)
    assert effects(database) == [], "the pool replaces what was lost"
    assert not is_connection_lost(ValueError())


def test_a_deadlock_asks_for_the_same_once_more(database):
    with database.unit_of_work() as work:
        work.connection.execute(sa.text("INSERT INTO switches VALUES ('a'), ('b')"))
        work.commit()
    errors: list[BaseException] = []
    barrier = threading.Barrier(2)

    def lock(first: str, second: str) -> None:
        with database.unit_of_work() as work:
            work.connection.execute(sa.text("SELECT 1 FROM switches WHERE name = :name FOR UPDATE"), {"name": first})
            barrier.wait()
            try:
                work.connection.execute(sa.text("SELECT 1 FROM switches WHERE name = :name FOR UPDATE"), {"name": second})
            except sa.exc.DBAPIError as error:
                errors.append(error)

    threads = [threading.Thread(target=lock, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [is_conflict(error) for error in errors] == [True]


def test_a_role_reads_no_other_database(settings_for):
    settings = settings_for("cases", "search")
    own = settings.database_conninfo("cases")
    other = f"{own.rpartition('/')[0]}/{settings.database_name('search')}"
    with psycopg.connect(own):
        pass
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(other).close()


def test_migrating_twice_and_at_once_is_safe(settings_for):
    settings = settings_for("notifications")
    assert not schema_is_current(settings, "notifications")
    threads = [threading.Thread(target=migrate, args=(settings, "notifications")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: schema_is_current(settings, "notifications"))
    migrate(settings, "notifications")
    with psycopg.connect(settings.database_conninfo("notifications"), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'notifications_0001'")
    assert not schema_is_current(settings, "notifications"), "a schema that is behind"
