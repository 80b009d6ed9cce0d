"""The calls of imports and jobs, as a part of the cases service."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.cases.imports import jobs
from services.cases.imports.files import ImportFiles
from services.cases.imports.mapping import AUTO, Mapping, fitting_mapping, load_mapping, require_columns
from services.cases.imports.reader import UnreadableFile, open_table
from services.cases.imports.rights import offices_of
from shared.errors import Conflict, FieldError, NotFound, Unprocessable
from shared.i18n import N_
from shared.messaging.call import Call
from shared.messaging.idempotency import answer_once
from shared.messaging.rpc import rpc_method
from shared.persistence import Database, UnitOfWork
from shared.security.directory import current_subtree
from shared.security.rules import require
from shared.settings import Settings

MOST_LINES = 10_000
MOST_NAME = 255


class ImportRpc:
    """Mixed into the nameko class, which brings `database` and `settings`."""

    database: Database
    settings: Settings

    @rpc_method
    def create_import(self, call: Call) -> dict[str, Any]:
        """Checks the file's head at once: a file that is no table, or of another kind than the mapping, makes no job."""
        with self.database.unit_of_work() as work:
            current_subtree(work.connection, call.principal)
            require(call.principal, "import.create")
            answer = answer_once(work, call, lambda: self._create(work, call))
            work.commit()
        return answer

    @rpc_method
    def get_job(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return jobs.shown_job(_readable(work, call))

    @rpc_method
    def import_errors(self, call: Call) -> dict[str, Any]:
        after, limit = int(call.payload.get("after") or 0), min(int(call.payload.get("limit") or MOST_LINES), MOST_LINES)
        with self.database.unit_of_work() as work:
            row = _readable(work, call)
            items = jobs.rejections(work.connection, row.id, after, limit)
        return {"items": [list(item) for item in items], "next": items[-1][0] if len(items) == limit else None}

    @rpc_method
    def cancel_job(self, call: Call) -> dict[str, Any]:
        """Ends a job that has not ended: at once where it still waits, else at its next checkpoint. Cases already made stay."""
        reason = _reason(call)
        with self.database.unit_of_work() as work:
            row = _readable(work, call, act="import.cancel", lock=True)
            if row.state not in jobs.OPEN_STATES:
                raise Conflict(N_("This job has ended."), code="job_ended", details={"state": row.state})
            if row.state == "queued":
                jobs.end_job(work.connection, row.id, "cancelled", cancel_reason=reason)
            else:
                jobs.change_job(work.connection, row.id, cancel_reason=reason)
            work.commit()
        return self._shown(row.id)

    @rpc_method
    def cancel_import(self, call: Call) -> dict[str, Any]:
        """Cancels all cases of an import in one act: a job of its own, which is the answer."""
        reason = _reason(call)
        with self.database.unit_of_work() as work:
            answer = answer_once(work, call, lambda: _cancellation(work, call, reason))
            work.commit()
        return answer

    def _create(self, work: UnitOfWork, call: Call) -> dict[str, Any]:
        payload = call.payload
        given = payload.get("mapping") or ""
        mapping = None if given == AUTO else load_mapping(given)
        digest = str(payload["sha256"])
        try:
            files = ImportFiles(self.settings)
            files.adopt(str(payload["path"]), digest)
            mapping = _fitting_head(files, digest, mapping)
        except UnreadableFile as error:
            raise Unprocessable(error.message, params=error.params, errors=[_file_problem(error)]) from error
        _require_office(mapping, offices_of(work.connection, call.principal))
        request = {
            "sha256": digest,
            "size": int(payload["size"]),
            "filename": str(payload.get("filename") or "")[:MOST_NAME],
            "mapping": mapping.model_dump(mode="json"),
            "dry_run": bool(payload.get("dry_run")),
            "alert": bool(payload.get("alert")),
        }
        return {"job": jobs.create_job(work.connection, "import", call.principal, request)}

    def _shown(self, identifier: str) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            row = jobs.find_job(work.connection, identifier)
            assert row is not None
            return jobs.shown_job(row)


def _fitting_head(files: ImportFiles, digest: str, mapping: Mapping | None) -> Mapping:
    """The mapping, or the saved one that fits, once the file's head can be read with it. Raises UnreadableFile, Unprocessable."""
    with files.open(digest) as raw:
        table = open_table(raw) if mapping is None else open_table(raw, encoding=mapping.encoding, delimiter=mapping.delimiter)
        mapping = mapping or fitting_mapping(table.header)
        require_columns(mapping, table.header)
        if next(table.rows, None) is None:
            raise UnreadableFile("file_empty", N_("The file has a header but no rows."))
        return mapping


def _require_office(mapping: Mapping, offices: frozenset[str]) -> None:
    office = mapping.constants.office
    if office is not None and office not in offices:
        message = N_("You cannot file cases under this office. Choose one of your unit or below it.")
        raise Unprocessable(message, errors=[FieldError("mapping.constants.office", "unknown_code", message)])


def _file_problem(error: UnreadableFile) -> FieldError:
    return FieldError("file", error.code, error.message, error.params)


def _readable(work: UnitOfWork, call: Call, *, act: str = "import.read", lock: bool = False) -> sa.Row[Any]:
    """The job, where it is in the caller's reach; else it does not exist for them. Raises NotFound, Forbidden."""
    units = current_subtree(work.connection, call.principal)
    require(call.principal, act)
    row = jobs.find_job(work.connection, str(call.payload["id"]), lock=lock)
    if row is None or row.unit not in units | {call.principal.unit}:
        raise NotFound(N_("There is no such job."))
    return row


def _reason(call: Call) -> str:
    reason = call.payload.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Unprocessable(errors=[FieldError("reason", "required", N_("Say why."))])
    if len(reason) > jobs.MOST_REASON:
        problem = FieldError("reason", "too_long", N_("Shorten this to %(most)s characters."), {"most": jobs.MOST_REASON})
        raise Unprocessable(errors=[problem])
    return reason.strip()


def _cancellation(work: UnitOfWork, call: Call, reason: str) -> dict[str, Any]:
    row = _readable(work, call, act="import.cancel", lock=True)
    if row.kind != "import" or row.request["dry_run"]:
        raise Conflict(N_("This job made no cases."), code="no_import")
    if row.state in jobs.OPEN_STATES:
        raise Conflict(N_("The import is still running. Cancel the job first, then its cases."), code="still_running")
    request = {"import": row.id, "reason": reason}
    identifier = jobs.create_job(work.connection, "import_cancellation", call.principal, request)
    created = jobs.find_job(work.connection, identifier)
    assert created is not None
    return jobs.shown_job(created)
