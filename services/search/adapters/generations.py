"""Views of the index: the newest one, and those that a page by relevance still points into.

Another process writes. So before a search the reader looks, at most every 50 ms, whether the live link or the index's own record of its
segments has changed; that costs two `stat` calls. A view that handed out a page token is kept two minutes.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tantivy

from services.search.adapters.index_files import IndexFiles
from services.search.adapters.tantivy_query import PlanCompiler
from services.search.adapters.tantivy_writer import is_current, open_index
from shared.errors import Gone, Unavailable
from shared.i18n import N_

log = logging.getLogger(__name__)

RELOAD_SECONDS = 0.05
KEEP_SECONDS = 120.0
# Many pages while many cases come: views are made less often, so that two minutes of them can be kept.
BUSY = 64
BUSY_RELOAD_SECONDS = 0.25
MOST_KEPT = 512


@dataclass(frozen=True, slots=True)
class Generation:
    """`name` is unique over restarts, so that an old token never meets another view."""

    name: str
    searcher: tantivy.Searcher
    compiler: PlanCompiler
    committed_at: float


class Generations:
    def __init__(self, files: IndexFiles, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._directory: Path | None = None
        self._index: tantivy.Index | None = None
        self._stamp: tuple[str, int, int] | None = None
        self._newest: Generation | None = None
        self._kept: dict[str, tuple[float, Generation]] = {}

    def newest(self) -> Generation:
        """Raises Unavailable while there is no index."""
        with self._lock:
            now = self._clock()
            pause = RELOAD_SECONDS if len(self._kept) < BUSY else BUSY_RELOAD_SECONDS
            if self._newest is None or now - self._looked_at >= pause:
                self._look()
                self._looked_at = now
            if self._newest is None:
                raise Unavailable(N_("The search is being prepared. Try again in a moment."), details={"retry_after": 1})
            return self._newest

    def keep(self, generation: Generation) -> None:
        with self._lock:
            now = self._clock()
            self._kept.pop(generation.name, None)
            self._kept[generation.name] = (now, generation)
            self._forget(now)

    def recall(self, name: str) -> Generation:
        """Raises Gone when that view is no longer kept."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            if name not in self._kept:
                raise Gone(N_("This list of results is too old. Search again."), code="page_expired")
            _, generation = self._kept.pop(name)
            self._kept[name] = (now, generation)
            return generation

    def _forget(self, now: float) -> None:
        """Those not used for two minutes, and the oldest of too many; a dict keeps the order of their last use."""
        for name, (used, _) in list(self._kept.items()):
            if now - used <= KEEP_SECONDS and len(self._kept) <= MOST_KEPT:
                return
            del self._kept[name]

    def _look(self) -> None:
        """Where the index cannot be opened just now (a switch, a clean-up), the view in hand still answers."""
        directory = self._files.live()
        if directory is None or not is_current(directory):
            return
        try:
            self._open(directory)
        except (OSError, ValueError) as error:
            log.warning("The index could not be opened: %s", type(error).__name__)

    def _open(self, directory: Path) -> None:
        record = (directory / "meta.json").stat()
        stamp = (str(directory), record.st_ino, record.st_mtime_ns)
        if stamp == self._stamp:
            return
        if self._index is None or directory != self._directory:
            self._index = open_index(directory)
            self._index.config_reader("manual")
            self._directory = directory
        self._index.reload()
        self._newest = Generation(secrets.token_urlsafe(6), self._index.searcher(), PlanCompiler(self._index), record.st_mtime)
        self._stamp = stamp
