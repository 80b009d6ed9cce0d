"""The index made anew from the cases store, and the projector killed while it works: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Self

import orjson
import pytest
import sqlalchemy as sa

from services.search.handlers.rebuilding import PAGE
from shared.errors import Conflict
from shared.persistence import Database
from shared.persistence.tables import outbox
from shared.settings import Settings
from tests.component.cases.desk import OFFICER, Desk
from tests.component.search.conftest import CHIEF, Search, fresh, told, units
from tests.processes import publish, running
from tests.waiting import eventually

pytestmark = pytest.mark.servers

STORED = PAGE + 30


@pytest.fixture(scope="module")
def stored(settings: Settings) -> Iterator[Desk]:
    """More than a page of submitted cases that no event ever told of: their relay does not run."""
    database = Database(settings, "cases")
    publish(settings, "gateway.events", *units())
    desk = Desk(database)
    with running(settings, "cases"):
        eventually(lambda: desk.create({}, OFFICER)["office"] == "LA-VTE", message="the units did not arrive")
    for number in range(STORED):
        desk.submitted(title=f"stored number{number}")
    yield desk
    database.dispose()


@pytest.fixture(scope="module")
def processes(settings: Settings, stored: Desk) -> Iterator[ExitStack]:
    """The projector is each test's own, to kill."""
    with ExitStack() as stack:
        for name in ("cases", "search"):
            stack.enter_context(running(settings, name))
        with running(settings, "search-projector"):
            probe = Search(settings)
            eventually(probe.answers, timeout=60)
            probe.close()
        yield stack


def wait_for_rebuild(search: Search) -> None:
    eventually(lambda: search.operate("rebuild_status")["state"] == "done", timeout=60, message="the rebuild did not end")


def matched(database: Database) -> int:
    with database.unit_of_work() as work:
        return work.connection.execute(sa.select(sa.func.count()).where(outbox.c.routing_key == "search.matched.v1")).scalar_one()


def test_a_first_index_holds_what_the_store_has(search: Search, stored: Desk):
    assert search.total("stored") == STORED
    status = search.operate("rebuild_status")
    assert (status["state"], status["done"], status["total"]) == ("done", STORED, STORED)


class Reader(threading.Thread):
    """Asks again and again, as officers do; `totals` is what it was told."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._search = Search(settings)
        self._done = threading.Event()
        self.totals: list[int] = []

    def run(self) -> None:
        while not self._done.wait(0.01):
            self.totals.append(self._search.total("stored"))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self.join()
        self._search.close()


def test_reads_never_stop_writes_go_on_and_nothing_alerts(settings: Settings, search: Search, stored: Desk, database: Database):
    stored.submitted(title="stored extra")
    with running(settings, "search-projector"), running(settings, "search-matcher"):
        search.ask("create_saved_search", CHIEF, body={"name": "All", "query": "stored", "alert": True})
        with Reader(settings) as reader:
            search.operate("start_rebuild")
            with pytest.raises(Conflict):
                search.operate("start_rebuild")
            # The store does not know these cases, so they must come after the new index was begun: no event is older than its case.
            eventually(lambda: search.operate("rebuild_status")["state"] != "requested", interval=0.005)
            search.tell(*(told(fresh(title="while rebuilding")) for _ in range(50)))
            wait_for_rebuild(search)
            eventually(lambda: search.total("rebuilding") == 50, timeout=60)
            eventually(lambda: search.total("stored") == STORED + 1, timeout=60)
    assert len(reader.totals) > 3
    assert all(before <= after for before, after in pairwise(reader.totals)), "a switch never shows less"
    assert set(reader.totals) <= {STORED, STORED + 1}
    assert matched(database) == 0


def test_a_killed_rebuild_goes_on(settings: Settings, search: Search):
    with running(settings, "search-projector") as projector:
        before = search.total("stored")
        search.operate("start_rebuild")
        eventually(lambda: search.operate("rebuild_status")["done"] >= PAGE, interval=0.005)
        projector.kill()
        projector.wait()
    assert search.operate("rebuild_status")["state"] == "running"
    assert search.total("stored") == before
    with running(settings, "search-projector"):
        wait_for_rebuild(search)
        eventually(lambda: search.total("stored") == before)
        assert search.operate("rebuild_status")["done"] >= before


def test_a_killed_rebuild_whose_half_made_index_is_gone_begins_anew(settings: Settings, search: Search, database: Database):
    with running(settings, "search-projector") as projector:
        before = search.total("stored")
        search.operate("start_rebuild")
        eventually(lambda: search.operate("rebuild_status")["done"] >= PAGE, interval=0.005)
        projector.kill()
        projector.wait()
    with database.unit_of_work() as work:
        directory = work.connection.execute(sa.text("SELECT directory FROM index_rebuild WHERE state = 'running'")).scalar_one()
    shutil.rmtree(settings.index_path / directory)
    with running(settings, "search-projector"):
        wait_for_rebuild(search)
        eventually(lambda: search.total("stored") == before)


def test_a_rebuild_killed_right_after_its_switch_is_done(settings: Settings, search: Search, database: Database):
    live = (settings.index_path / "live").readlink().name
    with database.unit_of_work() as work:
        work.connection.execute(
            sa.text("UPDATE index_rebuild SET state = 'running', ended_at = NULL WHERE directory = :live"), {"live": live}
        )
        work.commit()
    assert search.operate("rebuild_status")["state"] == "running"
    with running(settings, "search-projector"):
        wait_for_rebuild(search)
        search.tell(told(fresh(title="afterwards switched")))
        eventually(lambda: search.total("switched") == 1, timeout=30)
    assert (settings.index_path / "live").readlink().name == live


def test_a_lost_index_is_made_again_by_itself(settings: Settings, search: Search):
    before = search.total("stored")
    shutil.rmtree(settings.index_path)
    with running(settings, "search-projector"):
        wait_for_rebuild(search)
        eventually(lambda: search.answers() and search.total("stored") == before, timeout=30)


def test_a_projector_killed_at_any_moment_loses_and_doubles_nothing(settings: Settings, search: Search):
    told_titles: dict[str, str] = {}
    stop = threading.Event()

    def tell() -> None:
        teller = Search(settings)
        number = 0
        while not stop.is_set():
            number += 1
            record = fresh(title=f"survivor word{number}")
            teller.tell(told(record))
            teller.tell(told(record | {"version": 2, "title": f"survivor second word{number}"}))
            told_titles[record["id"]] = f"survivor second word{number}"
        teller.close()

    thread = threading.Thread(target=tell)
    thread.start()
    for pause in (0.3, 0.7, 1.1):
        with running(settings, "search-projector") as projector:
            time.sleep(pause)  # the moment of the kill is the point, not something waited for
            projector.kill()
            projector.wait()
    stop.set()
    thread.join()
    with running(settings, "search-projector"):
        eventually(lambda: search.total("survivor second") == len(told_titles), timeout=60)
        assert search.total("survivor") == len(told_titles) > 100
        found: dict[str, str] = {}
        after = None
        while True:
            page = search.find("survivor", sort="case_no", limit=500, after=after)
            found |= {hit["id"]: hit["summary"]["title"] for hit in page["hits"]}
            after = page["next"]
            if after is None:
                break
    assert orjson.dumps(found, option=orjson.OPT_SORT_KEYS) == orjson.dumps(told_titles, option=orjson.OPT_SORT_KEYS)
