"""What a dry run shows: the mapping, how much of each column was understood, the first cases as they would be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.cases.imports.mapping import Mapping

MOST_CASES = 100


class Preview:
    """Collects while rows pass; for a real import only the mapping is told."""

    def __init__(self, mapping: Mapping, dry: bool) -> None:
        self.dry = dry
        self._mapping = mapping
        self._cases: list[dict[str, Any]] = []

    @property
    def room(self) -> int:
        return MOST_CASES - len(self._cases)

    def add(self, cases: Iterable[dict[str, Any]]) -> None:
        self._cases.extend(cases)

    def result(self, confidence: dict[str, float]) -> dict[str, Any]:
        mapping = self._mapping.model_dump(mode="json", exclude_defaults=True)
        shown: dict[str, Any] = {"dry_run": self.dry, "mapping": mapping, "confidence": confidence}
        return shown | {"cases": self._cases} if self.dry else shown
