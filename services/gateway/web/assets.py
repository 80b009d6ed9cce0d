"""Files of the pages, read once at start: style sheets in one, each compressed, all under one hash so that browsers keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from shared.errors import NotFound

STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
COMPRESSED_ALREADY = {".woff2"}
logger = logging.getLogger(__name__)

FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    media_type: str
    plain: bytes
    compressed: bytes | None


class Assets:
    """`url("opencen.css")` changes when any file does; the scripts import each other by relative paths under the same hash."""

    def __init__(self, root: Path = STATIC) -> None:
        contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.suffix in MEDIA_TYPES}
        sheets = [name for name in contents if name.startswith("css/")]
        contents["opencen.css"] = b"\n".join(contents.pop(name) for name in sheets)
        self.files = {name: _asset(name, content) for name, content in contents.items()}
        digest = hashlib.sha256()
        for name, asset in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + asset.plain)
        self.version = digest.hexdigest()[:12]

        if not any(name.startswith("vendor/") for name in self.files):
            logger.warning("The pages have no fonts and no htmx: run `npm ci` and `npm run assets`")

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"

    def answer(self, name: str, accepted: str) -> Response:
        asset = self.files.get(name)
        if asset is None:
            raise NotFound
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if asset.compressed is not None and "gzip" in accepted:
            return Response(asset.compressed, media_type=asset.media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(asset.plain, media_type=asset.media_type, headers=headers)


def create_router(assets: Assets) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{version}/{name:path}")
    async def static(request: Request, version: str, name: str) -> Response:  # noqa: ARG001  any version answers: an open page may still ask for the last one
        return assets.answer(name, request.headers.get("accept-encoding", ""))

    return router


def _asset(name: str, content: bytes) -> Asset:
    suffix = Path(name).suffix
    compressed = None if suffix in COMPRESSED_ALREADY else gzip.compress(content, 9, mtime=0)
    return Asset(MEDIA_TYPES[suffix], content, compressed)
