"""How long views of the index are kept, on a clock of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.adapters import generations
from services.search.adapters.generations import Generations
from services.search.adapters.index_files import KEEP_SECONDS as KEEP_FILES
from services.search.adapters.index_files import IndexFiles
from services.search.adapters.tantivy_store import TantivyStore
from shared.errors import Gone
from tests.contract.search.records import case, entry


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> TantivyStore:
    store = TantivyStore(tmp_path)
    name, writer = store.new_index()
    writer.close()
    store.switch(name)
    return store


@pytest.fixture
def views(tmp_path: Path, clock: Clock, store: TantivyStore) -> Generations:
    return Generations(IndexFiles(tmp_path), clock)


def commit(store: TantivyStore, number: int) -> None:
    writer = store.live_writer()
    assert writer is not None
    with writer:
        writer.add([entry(case(number))])
        writer.commit()


def test_a_view_stays_the_same_while_nothing_is_committed(views: Generations, clock: Clock, store: TantivyStore):
    first = views.newest()
    clock.now += 10
    assert views.newest() is first
    commit(store, 1)
    assert views.newest() is first, "looked a moment ago"
    clock.now += generations.RELOAD_SECONDS * 2
    assert views.newest().searcher.num_docs == 1


def test_a_kept_view_lives_two_minutes_from_its_last_use(views: Generations, clock: Clock, store: TantivyStore):
    first = views.newest()
    views.keep(first)
    commit(store, 1)
    for _ in range(5):
        clock.now += generations.KEEP_SECONDS - 1
        assert views.recall(first.name) is first
    clock.now += generations.KEEP_SECONDS + 1
    with pytest.raises(Gone):
        views.recall(first.name)


def test_of_too_many_the_one_longest_unused_goes(views: Generations, clock: Clock, store: TantivyStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generations, "MOST_KEPT", 3)
    made = []
    for number in range(1, 6):
        commit(store, number)
        clock.now += 1
        made.append(views.newest())
        views.keep(made[-1])
        views.recall(made[0].name)
    assert views.recall(made[0].name) is made[0]
    assert views.recall(made[4].name) is made[4]
    with pytest.raises(Gone):
        views.recall(made[1].name)


def test_many_kept_views_are_all_kept(views: Generations, clock: Clock, store: TantivyStore):
    made = []
    for number in range(1, 90):
        commit(store, number)
        clock.now += generations.BUSY_RELOAD_SECONDS
        made.append(views.newest())
        views.keep(made[-1])
    assert len({view.name for view in made}) == len(made)
    assert all(views.recall(view.name) is view for view in made)


def test_old_indexes_are_removed_only_when_nobody_can_hold_them(tmp_path: Path, store: TantivyStore):
    files = IndexFiles(tmp_path)
    live, building = files.live(), files.create()
    old = files.create()
    now = old.stat().st_mtime
    assert files.clean([building.name], now=now + KEEP_FILES - 5) == []
    assert files.clean([building.name], now=now + KEEP_FILES + 5) == [old]
    assert building.exists()
    assert files.live() == live
