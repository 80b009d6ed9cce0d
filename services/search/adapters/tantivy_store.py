"""The tantivy indexes of an installation, for the projector."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from services.search.adapters.index_files import IndexFiles
from services.search.adapters.tantivy_writer import TantivyWriter, create_index, is_current


class TantivyStore:
    def __init__(self, root: Path) -> None:
        self._files = IndexFiles(root)

    def live_writer(self) -> TantivyWriter | None:
        live = self._files.live()
        return TantivyWriter(live) if live is not None and is_current(live) else None

    def new_index(self) -> tuple[str, TantivyWriter]:
        directory = self._files.create()
        create_index(directory)
        return directory.name, TantivyWriter(directory)

    def writer(self, name: str) -> TantivyWriter | None:
        directory = self._files.at(name)
        return TantivyWriter(directory) if is_current(directory) else None

    def is_live(self, name: str) -> bool:
        return self._files.live() == self._files.at(name)

    def switch(self, name: str) -> None:
        self._files.promote(self._files.at(name))

    def clean(self, keep: Iterable[str] = ()) -> None:
        self._files.clean(frozenset(keep))
