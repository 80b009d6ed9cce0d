"""The one table from a refusal to an HTTP status, and the problem document (RFC 9457) that says it in the caller's language."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from services.gateway.translation import translate
from shared.errors import FieldError, ServiceError
from shared.i18n import N_

STATUS_OF_KIND = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "gone": 410,
    "precondition_failed": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "unprocessable": 422,
    "precondition_required": 428,
    "too_many_requests": 429,
    "internal": 500,
    "unavailable": 503,
    "renew": 503,
}

TITLES = {
    400: N_("The message cannot be read"),
    401: N_("Not signed in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("This address does not take this method"),
    408: N_("The message took too long to arrive"),
    409: N_("The present state does not allow this"),
    410: N_("No longer there"),
    412: N_("Somebody has changed it meanwhile"),
    413: N_("Too large"),
    415: N_("This kind of content is not taken"),
    422: N_("Some fields need correction"),
    428: N_("The version is missing"),
    429: N_("Too many calls"),
    500: N_("Something failed at the centre"),
    503: N_("A service is away"),
}

DEFAULT_RETRY_SECONDS = 2
PROBLEM_TYPE = "application/problem+json"


def status_of(error: ServiceError) -> int:
    return STATUS_OF_KIND.get(error.kind, 500)


def problem_document(error: ServiceError, language: str) -> dict[str, Any]:
    """The document's members; `version` of a 412 and the like stand at its top level."""
    status = status_of(error)
    title = translate(language, TITLES.get(status, HTTPStatus(status).phrase))
    detail = translate(language, error.message, error.params) if status != 500 else ""
    return error.details | {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": error.code,
        "errors": [_field_problem(item, language) for item in error.errors],
    }


def problem_response(error: ServiceError, language: str) -> Response:
    document = problem_document(error, language)
    headers = {"Content-Language": language}
    retry_after = error.details.get("retry_after")
    if document["status"] in {429, 503} or retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after or DEFAULT_RETRY_SECONDS)))
    if document["status"] == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="opencen"'
    if "allow" in error.details:
        headers["Allow"] = ", ".join(error.details["allow"])
    if document["status"] == 412 and "version" in error.details:
        headers["ETag"] = f'"{error.details["version"]}"'
    return Response(orjson.dumps(document), document["status"], headers, media_type=PROBLEM_TYPE)


def _field_problem(error: FieldError, language: str) -> dict[str, Any]:
    wire: dict[str, Any] = {"field": error.field, "code": error.code, "message": translate(language, error.message, error.params)}
    if error.position is not None:
        wire["position"] = error.position
    return wire
