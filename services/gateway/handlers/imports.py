"""Imports and other long work: jobs, known by their owner's name in front of their id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from services.gateway.file_store import StoredUpload
from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import not_found, require_plain_id
from services.gateway.session import Session
from services.gateway.translation import translate
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

ERRORS_PAGE = 500


async def create_import(
    gateway: Gateway,
    session: Session,
    upload: StoredUpload,
    *,
    filename: str,
    mapping: str | dict[str, Any],
    dry_run: bool = False,
    alert: bool = False,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """`{job}`: its id. The file lies in the store already."""
    require(session.principal, "import.create")
    payload = {
        "sha256": upload.sha256,
        "size": upload.size,
        "path": upload.path,
        "filename": filename,
        "mapping": mapping,
        "dry_run": dry_run,
        "alert": alert,
    }
    return await gateway.call(session, "cases", "create_import", payload, idempotency_key=idempotency_key)


async def get_job(gateway: Gateway, session: Session, job_id: str) -> dict[str, Any]:
    """`result` holds why a job failed, in the caller's language."""
    job = await gateway.call(session, _owner(job_id), "get_job", {"id": job_id})
    error = (job.get("result") or {}).get("error")
    if error is None:
        return job
    message = translate(session.language, error["message"], error.get("params"))
    return job | {"result": job["result"] | {"error": {"code": error["code"], "message": message}}}


async def cancel_import(
    gateway: Gateway, session: Session, job_id: str, body: dict[str, Any], *, idempotency_key: str | None = None
) -> dict[str, Any]:
    """Cancels all cases of an import in one act; `body` is `{reason}`."""
    require(session.principal, "import.cancel")
    await get_job(gateway, session, job_id)
    unknown = sorted(body.keys() - {"reason"})
    if unknown:
        raise Unprocessable(errors=[FieldError(name, "unknown_field", N_("There is no field of this name here.")) for name in unknown])
    return await gateway.call(session, _owner(job_id), "cancel_import", body | {"id": job_id}, idempotency_key=idempotency_key)


async def import_errors_page(gateway: Gateway, session: Session, job_id: str, after: Any = None) -> dict[str, Any]:
    """`{items: [[row, field, reason]], next}`, the reasons in the caller's language."""
    require(session.principal, "import.read")
    page = await gateway.call(session, _owner(job_id), "import_errors", {"id": job_id, "after": after, "limit": ERRORS_PAGE})
    items = [[row, field, translate(session.language, reason)] for row, field, reason in page["items"]]
    return page | {"items": items}


async def import_errors(gateway: Gateway, session: Session, job_id: str, first: dict[str, Any]) -> AsyncIterator[list[Any]]:
    """Every line of the error file; `first` is its first page, fetched before the answer began."""
    page = first
    while True:
        for item in page["items"]:
            yield item
        if page["next"] is None:
            return
        page = await import_errors_page(gateway, session, job_id, page["next"])


def _owner(job_id: str) -> str:
    """Raises NotFound for an id that names no owner of jobs."""
    owner = require_plain_id(job_id).partition("-")[0]
    if owner not in {"cases", "search", "reports"}:
        raise not_found()
    return owner
