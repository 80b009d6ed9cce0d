"""Cases into the index: the live one and, while a rebuild runs, the new one beside it.

One thread at a time (the process takes turns). Every index guards by version, so a case may come twice, late, or from a replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.search.domain.document import analyse_case
from services.search.ports import Entry, IndexStore, IndexWriter, Refused
from shared.errors import DependencyUnavailable

_AUTHORS = ("created_by", "submitted_by", "lead_officer")

Json = Mapping[str, Any]


def entry_of(case: Json) -> Entry:
    authors = tuple(dict.fromkeys(case[name] for name in _AUTHORS if case.get(name)))
    return Entry(analyse_case(case), case.get("case_no") or "", authors, orjson.dumps(case))


class Projection:
    """Opens indexes when first needed, and again after a failure (disk full, directory gone), when what was not committed comes anew."""

    def __init__(self, store: IndexStore) -> None:
        self._store = store
        self._live: IndexWriter | None = None
        self._building: IndexWriter | None = None
        self._building_name: str | None = None
        self._dirty = False

    @property
    def is_open(self) -> bool:
        return self._live is not None or self._building is not None

    @property
    def has_live(self) -> bool:
        return self._live is not None

    @property
    def building(self) -> str | None:
        """The name of the index under construction."""
        return self._building_name

    def is_live(self, name: str) -> bool:
        return self._store.is_live(name)

    def open(self, building: str | None = None) -> None:
        """The live index, where there is one, and the one under construction."""
        if self._live is None:
            self._live = self._store.live_writer()
        if building is not None and self._building is None:
            self._building = self._store.writer(building)
            self._building_name = building if self._building is not None else None

    def build(self) -> str:
        """Begins an index beside the live one."""
        if self._building is not None:
            self._building.close()
        self._building_name, self._building = self._store.new_index()
        return self._building_name

    def apply(self, cases: Iterable[Json]) -> int:
        """Into every open index; nothing is written when one of the cases cannot be read."""
        entries = [entry_of(case) for case in cases]
        return self._write(entries, [writer for writer in (self._live, self._building) if writer is not None])

    def replay(self, cases: Iterable[Json]) -> int:
        """Into the new index alone, and committed, so that the caller may write its checkpoint."""
        assert self._building is not None
        taken = self._write([entry_of(case) for case in cases], [self._building])
        self.commit()
        return taken

    def commit(self) -> None:
        if self._dirty:
            for writer in (self._live, self._building):
                if writer is not None:
                    self._guarded(writer.commit)
            self._dirty = False

    def switch(self) -> None:
        """The new index becomes the live one."""
        assert self._building is not None
        assert self._building_name is not None
        self._dirty = True
        self.commit()
        self._store.switch(self._building_name)
        old, self._live = self._live, self._building
        self._building = self._building_name = None
        if old is not None:
            old.close()

    def close(self) -> None:
        for writer in (self._live, self._building):
            if writer is not None:
                writer.close()
        self._live = self._building = self._building_name = None
        self._dirty = False

    def clean(self) -> None:
        self._store.clean([] if self._building_name is None else [self._building_name])

    def _write(self, entries: list[Entry], writers: list[IndexWriter]) -> int:
        self._dirty = True
        return max((self._guarded(lambda writer=writer: writer.add(entries)) for writer in writers), default=0)

    def _guarded(self, act: Any) -> Any:
        """An index that refuses is away: waiting helps, setting events aside does not. It is opened anew the next time."""
        try:
            return act()
        except Refused:
            raise
        except Exception as error:
            self.close()
            raise DependencyUnavailable(f"the index refused: {type(error).__name__}") from error
