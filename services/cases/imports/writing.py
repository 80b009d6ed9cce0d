"""Mapped rows become cases: validated, of origin imported, belonging to the importer's unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.cases.adapters.batch import insert_cases
from services.cases.domain.ready_made import ReadyMade, ready_made
from services.cases.domain.record import Actor
from services.cases.handlers.telling import Trace
from services.cases.imports.rows import MappedRow
from services.cases.imports.staging import StagedRow
from shared.persistence import UnitOfWork
from shared.settings import Settings

Pair = tuple[StagedRow, MappedRow]


class ImportWriter:
    """What the cases of one job have in common: their author, unit, time of arrival and source."""

    def __init__(self, job: sa.Row[Any], settings: Settings) -> None:
        self._zone = settings.zone
        self._author = Actor(job.principal["account"], job.principal["username"], job.unit)
        self._created_at = datetime.now(settings.zone)
        self._alert = bool(job.request["alert"])
        self._source = {"job": job.id, "file": job.request["filename"]}
        self._trace = Trace(correlation_id=job.id)

    def write(self, work: UnitOfWork, pairs: Sequence[Pair]) -> None:
        """To be called last in the transaction: the counters of case numbers stay locked until its end."""
        insert_cases(work, [self._ready_made(*pair) for pair in pairs], self._zone, alert=self._alert, trace=self._trace)

    def shown(self, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
        """The cases as they would be, without number and identifier."""
        shown = []
        for pair in pairs:
            case = ready_made(self._ready_made(*pair), self._zone, case_id="", sequence=0, case_no=None).record.case
            shown.append({name: value for name, value in case.items() if name not in ("id", "case_no", "sequence", "version")})
        return shown

    def _ready_made(self, row: StagedRow, mapped: MappedRow) -> ReadyMade:
        return ReadyMade(
            mapped.content,
            self._author,
            self._created_at,
            source={**self._source, "row": row.number},
            original=mapped.original,
        )
