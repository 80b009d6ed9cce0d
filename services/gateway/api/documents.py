"""The OpenAPI 3.1 document, and a page that shows it without anything from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.reference import reference_page
from services.gateway.api.schemas import component_schemas
from services.gateway.entrance import language_of

router = APIRouter()


@router.get("/api/openapi.json")
async def openapi_document(request: Request) -> Response:
    return answer(document_of(request.app))


@router.get("/api/docs")
async def documentation(request: Request) -> Response:
    return Response(reference_page(document_of(request.app), language_of(request)), media_type="text/html; charset=utf-8")


def document_of(application: FastAPI) -> dict[str, Any]:
    """Built once. Framework answers that never happen here (its own 422) are left out."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
            separate_input_output_schemas=False,
        )
        for path in document["paths"].values():
            for operation in path.values():
                _without_framework_answers(operation)
        document["components"] = {
            "schemas": component_schemas(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        }
        document["security"] = [{"bearer": []}]
        application.openapi_schema = document
    return application.openapi_schema


def _without_framework_answers(operation: dict[str, Any]) -> None:
    validation = operation["responses"].get("422", {})
    if "HTTPValidationError" in str(validation):
        del operation["responses"]["422"]
