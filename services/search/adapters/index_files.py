"""Where indexes lie: each in a directory of its own, and one symbolic link that names the live one.

Replacing the link is the atomic switch. Readers in other processes follow it before a search; a directory that nobody names any more is
removed only after a while, because a reader may still hold pages of it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from shared.identifiers import new_id

LIVE = "live"
_PREFIX = "index-"
# Longer than a generation is kept for paging.
KEEP_SECONDS = 180


class IndexFiles:
    def __init__(self, root: Path) -> None:
        self.root = root

    def live(self) -> Path | None:
        try:
            return self.root / os.readlink(self.root / LIVE)  # noqa: PTH115  Path.readlink is slower, and this is asked before each search
        except FileNotFoundError:
            return None

    def create(self) -> Path:
        """A new, empty directory; nobody reads it before `promote`."""
        directory = self.root / f"{_PREFIX}{new_id()}"
        directory.mkdir(parents=True)
        return directory

    def at(self, name: str) -> Path:
        return self.root / name

    def promote(self, directory: Path) -> None:
        """Makes it the live one. Atomic: a reader sees the old one or the new one."""
        fresh = self.root / f".{LIVE}-{new_id()}"
        fresh.symlink_to(directory.name, target_is_directory=True)
        fresh.replace(self.root / LIVE)
        _sync(self.root)
        old = [path for path in self._directories() if path != directory]
        for path in old:
            os.utime(path)

    def clean(self, keep: Collection[str], *, now: float | None = None) -> list[Path]:
        """Removes indexes that are neither live nor in `keep` and were left alone for a while."""
        before = (now or time.time()) - KEEP_SECONDS
        live = self.live()
        gone = [path for path in self._directories() if path != live and path.name not in keep and path.stat().st_mtime < before]
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)
        return gone

    def _directories(self) -> list[Path]:
        return [path for path in self.root.glob(f"{_PREFIX}*") if path.is_dir()] if self.root.is_dir() else []


def _sync(directory: Path) -> None:
    """The link itself must survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
