"""Answers in JSON, with the headers that api.md promises."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

API = "/api/v1"


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def versioned(content: dict[str, Any]) -> Response:
    """One object, with its version as `ETag`."""
    return answer(content, headers={"ETag": etag(content)})


def created(content: dict[str, Any], collection: str) -> Response:
    """201 with the whole object, where it is and its version."""
    return answer(content, 201, {"Location": f"{API}/{collection}/{content['id']}", "ETag": etag(content)})


def etag(content: dict[str, Any]) -> str:
    return f'"{content["version"]}"'
