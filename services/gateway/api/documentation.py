"""OpenAPI fragments of a call, from the same models that read it."""

from __future__ import annotations

from typing import Any

from services.gateway.api.queries import Query

PROBLEM = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
JSON_MEDIA = "application/json"
MATCH, KEY = "If-Match", "Idempotency-Key"
HEADERS = {
    MATCH: "the version, quoted, or `*`",
    KEY: "the same key and body gives the first answer again",
    "Last-Event-ID": "the id of the last alert that came",
}


def documented(
    summary: str,
    *,
    answer: str = "object",
    status: int = 200,
    query: type[Query] | None = None,
    body: str | None = None,
    body_types: tuple[str, ...] = (JSON_MEDIA,),
    media_type: str = JSON_MEDIA,
    headers: tuple[str, ...] = (),
    signed_in: bool = True,
) -> dict[str, Any]:
    """Keyword arguments for a route. `answer` and `body` name schemas of `schemas.py`, or `object` for any."""
    parameters = [] if query is None else _query_parameters(query)
    parameters += [_header(name) for name in headers]
    extra: dict[str, Any] = {
        "parameters": parameters,
        "responses": {str(status): _response(answer, media_type), "default": PROBLEM},
    }
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {media: {"schema": _schema(body)} for media in body_types}}
    if not signed_in:
        extra["security"] = []
    return {"summary": summary, "status_code": status, "openapi_extra": extra, "response_model": None}


def _query_parameters(query: type[Query]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(by_alias=True)
    return [
        {"name": name, "in": "query", "required": False, "schema": {key: value for key, value in field.items() if key != "title"}}
        for name, field in schema["properties"].items()
    ]


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": name == MATCH, "description": HEADERS[name], "schema": {"type": "string"}}


def _response(answer: str, media_type: str) -> dict[str, Any]:
    if answer == "nothing":
        return {"description": "Done"}
    return {"description": "The answer", "content": {media_type: {"schema": _schema(answer)}}}


def _schema(name: str) -> dict[str, Any]:
    if name == "object":
        return {"type": "object"}
    if name in {"string", "binary"}:
        return {"type": "string"} | ({"format": "binary"} if name == "binary" else {})
    return {"$ref": f"#/components/schemas/{name}"}
