"""The work of an import job: copy the file's rows, then make cases of them, batch by batch, each with its checkpoint.

Every batch is one transaction: identities, cases, their events, rejections, counts and the checkpoint. A kill at any point loses that
batch alone, and the next worker does it again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from services.cases.imports import jobs, staging
from services.cases.imports.columns import Surroundings
from services.cases.imports.files import ImportFiles
from services.cases.imports.identities import claim_identities, known_identities
from services.cases.imports.mapping import Mapping, load_mapping, require_columns
from services.cases.imports.preview import Preview
from services.cases.imports.reader import Fault, Table, UnreadableFile, open_table
from services.cases.imports.rights import offices_of, recheck
from services.cases.imports.rows import MappedRow, RowMapper
from services.cases.imports.staging import StagedRow
from services.cases.imports.writing import ImportWriter
from shared.errors import ServiceError
from shared.i18n import N_
from shared.persistence import Database, UnitOfWork
from shared.settings import Settings

BATCH = 500

log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody asked for the end of the job."""


class Stopped(Exception):
    """This process is to end; the job stays running for the next worker."""


class StopSign(Protocol):
    def is_set(self) -> bool: ...


class ImportRun:
    """One run of one import job, from wherever the last one stopped."""

    def __init__(self, database: Database, settings: Settings, identifier: str, stop: StopSign) -> None:
        self._stop = stop
        self._database = database
        self._settings = settings
        self._files = ImportFiles(settings)
        self._id = identifier

    def run(self) -> None:
        """Ends the job in one way or another; a lost database alone is raised, and the job stays running for the next worker."""
        row = self._start()
        if row is None:
            return
        try:
            self._process(row)
        except Cancelled:
            self._end("cancelled")
        except UnreadableFile as error:
            self._fail(error.code, error.message, error.params)
        except ServiceError as error:
            first = error.errors[0] if error.errors else error
            self._fail(first.code, first.message, first.params)

    def _start(self) -> sa.Row[Any] | None:
        with self._database.unit_of_work() as work:
            row = jobs.find_job(work.connection, self._id, lock=True)
            if row is None or row.state not in jobs.OPEN_STATES:
                return None
            jobs.change_job(work.connection, self._id, state="running", started_at=row.started_at or sa.func.now())
            work.commit()
            return row

    def _process(self, row: sa.Row[Any]) -> None:
        mapping = load_mapping(row.request["mapping"])
        with self._database.unit_of_work() as work:
            principal = recheck(work.connection, row.principal, row.unit)
            offices = offices_of(work.connection, principal)
        header = self._staged(row, mapping)
        mapper = RowMapper(mapping, header, Surroundings(datetime.now(self._settings.zone).date(), offices))
        writer = ImportWriter(row, self._settings)
        preview = Preview(mapping, row.request["dry_run"])
        with self._database.engine.connect() as connection:
            for batch in staging.staged_batches(connection, self._id, row.checkpoint, BATCH):
                if self._stop.is_set():
                    raise Stopped
                self._apply(batch, mapper, writer, preview)
        self._end("done", result=preview.result(mapper.confidence()))

    def _staged(self, row: sa.Row[Any], mapping: Mapping) -> list[str]:
        """The file's header, once its rows are staged; a server that lost the unlogged copy gets it again."""
        digest = row.request["sha256"]
        with self._files.open(digest) as raw:
            table = open_table(raw, encoding=mapping.encoding, delimiter=mapping.delimiter)
            require_columns(mapping, table.header)
            if row.staged is None or not self._is_complete(row.staged):
                self._files.verify(digest)
                self._stage(table)
            return table.header

    def _is_complete(self, rows: int) -> bool:
        with self._database.engine.connect() as connection:
            return staging.staged_count(connection, self._id) == rows

    def _stage(self, table: Table) -> None:
        with self._database.unit_of_work() as work:
            count = staging.stage(work.connection, self._id, table.rows)
            if not count:
                raise UnreadableFile("file_empty", N_("The file has a header but no rows."))
            jobs.change_job(work.connection, self._id, staged=count)
            work.commit()

    def _apply(self, batch: Sequence[StagedRow], mapper: RowMapper, writer: ImportWriter, preview: Preview) -> None:
        mapped = [(row, row.cells if isinstance(row.cells, Fault) else mapper.map(row.cells)) for row in batch]
        good = [(row, result) for row, result in mapped if isinstance(result, MappedRow)]
        faults = [(row.number, result.field, result.message) for row, result in mapped if isinstance(result, Fault)]
        with self._database.unit_of_work() as work:
            state = self._checkpoint(work, batch)
            fresh = self._fresh(work, good, writer, preview)
            work.copy("import_rejection", ("job", "row", "field", "reason"), jobs.rejection_rows(self._id, faults))
            jobs.change_job(
                work.connection,
                self._id,
                checkpoint=batch[-1].number,
                rows=state.rows + len(batch),
                created=state.created + fresh,
                rejected=state.rejected + len(faults),
                duplicates=state.duplicates + len(good) - fresh,
            )
            work.commit()

    def _checkpoint(self, work: UnitOfWork, batch: Sequence[StagedRow]) -> sa.Row[Any]:
        """The job's row, locked: a transaction of a killed worker that was still committing is waited for here."""
        state = jobs.find_job(work.connection, self._id, lock=True)
        if state is None or state.state != "running" or state.cancel_reason is not None:
            raise Cancelled
        if state.checkpoint >= batch[0].number:
            raise RuntimeError("Another worker has this job")
        recheck(work.connection, state.principal, state.unit)
        return state

    def _fresh(self, work: UnitOfWork, good: list[tuple[StagedRow, MappedRow]], writer: ImportWriter, preview: Preview) -> int:
        """Writes the rows that no import has taken before; how many."""
        rows = [row for row, _ in good]
        if preview.dry:
            taken = known_identities(work.connection, rows)
            fresh = [pair for pair in good if (pair[0].hash, pair[0].occurrence) not in taken]
            preview.add(writer.shown(fresh[: preview.room]))
            return len(fresh)
        claimed = claim_identities(work.connection, self._id, rows)
        fresh = [pair for pair in good if (pair[0].hash, pair[0].occurrence) in claimed]
        writer.write(work, fresh)
        return len(fresh)

    def _fail(self, code: str, message: str, params: dict[str, Any]) -> None:
        log.warning("import failed", extra={"job": self._id, "code": code})
        self._end("failed", result={"error": {"code": code, "message": message, "params": params}})

    def _end(self, state: str, **values: Any) -> None:
        with self._database.unit_of_work() as work:
            staging.forget(work.connection, self._id)
            jobs.end_job(work.connection, self._id, state, **values)
            work.commit()
