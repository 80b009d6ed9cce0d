"""Imports: a file, a mapping, and how far the job is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from services.gateway.api.uploads import MOST_FILE_BYTES
from services.gateway.handlers import imports
from services.gateway.session import Session
from services.gateway.translation import translate
from services.gateway.web.door import MOST_FIELDS, Web, page_router, require_form_token, see
from services.gateway.web.record_view import ShownError
from services.gateway.web.visitors import Visitor
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

CHUNK_BYTES = 262_144
MAPPINGS = (("unodc-ids", N_("UNODC Individual Drug Seizures")), ("auto", N_("Guess it, and show what was guessed")))


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/imports")
    async def page(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "import.create")
        return _page(web, request, visitor, [])

    @router.post("/imports")
    async def start(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "import.create")
        form = await request.form(max_fields=MOST_FIELDS)
        require_form_token(form, session.csrf_token)
        file = form.get("file")
        try:
            job = await _start(web, session, file, {name: str(form.get(name) or "") for name in ("mapping", "dry_run", "alert")})
        except Unprocessable as error:
            return _page(web, request, visitor, error.errors)
        return see(f"/imports/{job}")

    @router.get("/imports/{job_id}")
    async def job(request: Request, job_id: str) -> Response:
        visitor, session = await web.officer(request)
        return _job_page(web, request, visitor, await imports.get_job(web.gateway, session, job_id))

    @router.post("/imports/{job_id}/cancel")
    async def cancel(request: Request, job_id: str) -> Response:
        _, session, form = await web.form(request)
        await imports.cancel_import(web.gateway, session, job_id, {"reason": str(form.get("reason") or "").strip()})
        return see(f"/imports/{job_id}", done="import-cancelled")

    return router


async def _start(web: Web, session: Session, file: Any, words: dict[str, str]) -> str:
    if not isinstance(file, UploadFile) or not file.filename:
        raise Unprocessable(errors=[FieldError("file", "required", N_("Choose a file."))])
    upload = await web.gateway.files.receive(_chunks(file), MOST_FILE_BYTES)
    answer = await imports.create_import(
        web.gateway,
        session,
        upload,
        filename=file.filename,
        mapping=words["mapping"] or "auto",
        dry_run=words["dry_run"] != "false",
        alert=words["alert"] == "true",
    )
    return str(answer["job"])


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk


def _page(web: Web, request: Request, visitor: Visitor, errors: list[FieldError]) -> Response:
    told = {error.field: translate(visitor.language, error.message, error.params) for error in errors}
    return web.pages.render(
        request,
        visitor,
        "imports.html",
        422 if errors else 200,
        errors=told,
        error_list=[ShownError(name if name in {"file", "mapping"} else "file", text) for name, text in told.items()],
        mappings=[(code, translate(visitor.language, title)) for code, title in MAPPINGS],
    )


def _job_page(web: Web, request: Request, visitor: Visitor, job: dict[str, Any]) -> Response:
    counts = job.get("counts") or {}
    progress = job.get("progress")
    share = progress.get("share") if isinstance(progress, dict) else progress
    percent = round(100 * float(share)) if isinstance(share, int | float) else (100 if job["state"] == "done" else 0)
    return web.pages.render(
        request,
        visitor,
        "job.html",
        job=job | {"counts": counts},
        percent=min(100, percent),
        may_cancel=visitor.may("import.cancel") and bool(counts.get("created")) and job["state"] == "done",
    )
