from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway.api.answers import API, answer
from services.gateway.api.documentation import KEY, documented
from services.gateway.api.uploads import receive_import
from services.gateway.entrance import enter, gateway_of, idempotency_key, read_json
from services.gateway.gateway import Gateway
from services.gateway.handlers import imports
from services.gateway.handlers.identifiers import require_plain_id
from services.gateway.session import Session

router = APIRouter(tags=["imports"])


@router.post(
    "/imports",
    **documented("Import a file", answer="JobReference", status=202, body="Import", body_types=("multipart/form-data",), headers=(KEY,)),
)
async def create_import(request: Request) -> Response:
    session = await enter(request, "import.create")
    gateway = gateway_of(request)
    form = await receive_import(request, gateway.files)
    key = idempotency_key(request)
    result = await imports.create_import(
        gateway,
        session,
        form.upload,
        filename=form.filename,
        mapping=form.mapping,
        dry_run=form.dry_run,
        alert=form.alert,
        idempotency_key=key,
    )
    return answer(result, 202, {"Location": f"{API}/jobs/{result['job']}"})


@router.get("/jobs/{job_id}", **documented("How far a job is", answer="Job"))
async def get_job(request: Request, job_id: str) -> Response:
    session = await enter(request)
    return answer(await imports.get_job(gateway_of(request), session, job_id))


@router.get("/imports/{job_id}/errors", **documented("The rejected rows", answer="string", media_type="text/csv"))
async def import_errors(request: Request, job_id: str) -> Response:
    session = await enter(request, "import.read")
    gateway = gateway_of(request)
    first = await imports.import_errors_page(gateway, session, job_id)
    headers = {"Content-Disposition": f'attachment; filename="{job_id}-errors.csv"'}
    lines = _csv(gateway, session, job_id, first)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/imports/{job_id}/cancel", **documented("Cancel all its cases", answer="Job", body="Reason", headers=(KEY,)))
async def cancel_import(request: Request, job_id: str) -> Response:
    session = await enter(request, "import.cancel")
    require_plain_id(job_id)
    gateway = gateway_of(request)
    body = await read_json(request, probe=lambda: imports.get_job(gateway, session, job_id))
    return answer(await imports.cancel_import(gateway, session, job_id, body, idempotency_key=idempotency_key(request)))


async def _csv(gateway: Gateway, session: Session, job_id: str, first: dict[str, object]) -> AsyncIterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["row", "field", "reason"])
    async for item in imports.import_errors(gateway, session, job_id, first):
        writer.writerow(item)
        if buffer.tell() > 32_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
