"""What an import takes at most; above it the row or the file is refused by name, never read into memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in characters (cells, lines) and bytes (files)."""

    columns: int = 500
    cell: int = 64 * 1024
    row: int = 150_000
    line: int = 1024 * 1024
    unpacked: int = 8 * 1024**3
    # A real table of text packs 5 to 30 times; a bomb does 1,000. Judged only once the file is big enough to matter.
    ratio: int = 250
    ratio_from: int = 32 * 1024**2


LIMITS = Limits()
