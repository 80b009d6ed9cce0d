"""`multipart/form-data` as a stream: fields are read, the file goes to the store as it comes, never whole in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from services.gateway.entrance import require_content_type
from services.gateway.file_store import FileStore, StoredUpload
from services.gateway.refusals import Malformed, RequestTimeout, TooLarge
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # the library defines it for type checkers only

MULTIPART = frozenset({"multipart/form-data"})
MOST_FILE_BYTES = 1_000_000_000
MOST_FIELD_BYTES = 200_000
MOST_PARTS = 20
CHUNK_SECONDS = 30.0
FIELDS = frozenset({"mapping", "dry_run", "alert"})
MOST_FILENAME = 200


@dataclass(frozen=True, slots=True)
class ImportForm:
    upload: StoredUpload
    filename: str
    mapping: str | dict[str, Any]
    dry_run: bool
    alert: bool


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str | None = None
    headers: dict[bytes, bytes] = field(default_factory=dict)


async def receive_import(request: Request, files: FileStore) -> ImportForm:
    """Raises UnsupportedMediaType, TooLarge, Malformed, and Unprocessable with every field that does not fit."""
    require_content_type(request, MULTIPART, charset_matters=False)
    if int(request.headers.get("content-length") or 0) > MOST_FILE_BYTES + MOST_FIELD_BYTES:
        raise TooLarge(N_("The file is larger than %(most)s MB."), params={"most": MOST_FILE_BYTES // 1_000_000})
    reader = MultipartReader(request)
    fields: dict[str, bytes] = {}
    errors: list[FieldError] = []
    upload, filename = None, ""
    async for part in reader.parts():
        if part.name == "file" and part.filename is not None and upload is None:
            upload, filename = await files.receive(reader.content(), MOST_FILE_BYTES), part.filename
        elif part.name in FIELDS:
            fields[part.name] = await _small(reader)
        else:
            errors.append(_unexpected(part))
    if upload is None and not any(error.field == "file" for error in errors):
        errors.append(FieldError("file", "required", N_("Choose a file.")))
    return _form(upload, filename, fields, errors)


class MultipartReader:
    """Parts one after the other; each part's content must be taken (or is passed over) before the next."""

    def __init__(self, request: Request) -> None:
        self._chunks = request.stream()
        self._events: deque[tuple[str, Any]] = deque()
        self._part = _Part()
        self._header = (b"", b"")
        self._count = 0
        self._finished = False
        self._parser = MultipartParser(_boundary(request), self._callbacks())

    async def parts(self) -> AsyncIterator[_Part]:
        while (event := await self._next()) is not None:
            kind, value = event
            if kind == "part":
                self._count += 1
                if self._count > MOST_PARTS:
                    raise Malformed(N_("The form has more than %(most)s parts."), params={"most": MOST_PARTS})
                yield value
        if not self._finished:
            raise Malformed(N_("The message ended before its end."))

    async def content(self) -> AsyncIterator[bytes]:
        while (event := await self._next()) is not None:
            kind, value = event
            if kind == "end":
                return
            if kind == "data":
                yield value
        raise Malformed(N_("The message ended before its end."))

    async def _next(self) -> tuple[str, Any] | None:
        while not self._events:
            chunk = await self._read()
            if chunk is None:
                return None
            try:
                self._parser.write(chunk)
            except MultipartParseError as error:
                raise Malformed(N_("The form cannot be read.")) from error
        return self._events.popleft()

    async def _read(self) -> bytes | None:
        try:
            async with asyncio.timeout(CHUNK_SECONDS):
                return await anext(self._chunks, None)
        except TimeoutError as error:
            raise RequestTimeout(N_("The message took too long to arrive. Send it again.")) from error
        except ClientDisconnect as error:
            raise Malformed(N_("The message ended before its end.")) from error

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._on_begin,
            "on_header_field": lambda data, start, end: self._on_header(data[start:end], b""),
            "on_header_value": lambda data, start, end: self._on_header(b"", data[start:end]),
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
            "on_part_end": lambda: self._events.append(("end", None)),
            "on_end": self._on_end,
        }

    def _on_begin(self) -> None:
        self._part = _Part()

    def _on_header(self, name: bytes, value: bytes) -> None:
        self._header = (self._header[0] + name, self._header[1] + value)

    def _on_header_end(self) -> None:
        self._part.headers[self._header[0].lower()] = self._header[1]
        self._header = (b"", b"")

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        self._part.filename = None if filename is None else _plain_name(filename.decode("utf-8", "replace"))
        self._events.append(("part", self._part))

    def _on_end(self) -> None:
        self._finished = True


def _boundary(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise Malformed(N_("The form has no boundary in its content type."))
    return boundary


def _plain_name(filename: str) -> str:
    """The last part of whatever the sender's machine calls it, without what no name should hold."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:MOST_FILENAME]


async def _small(reader: MultipartReader) -> bytes:
    content = b""
    async for chunk in reader.content():
        content += chunk
        if len(content) > MOST_FIELD_BYTES:
            raise TooLarge(N_("The body is larger than %(most)s bytes."), params={"most": MOST_FIELD_BYTES})
    return content


def _unexpected(part: _Part) -> FieldError:
    if part.name == "file":
        return FieldError("file", "wrong_type", N_("Send one file, with its name."))
    return FieldError(part.name[:100], "unknown_field", N_("This field is not known here."))


def _form(upload: StoredUpload | None, filename: str, fields: dict[str, bytes], errors: list[FieldError]) -> ImportForm:
    flags = {name: _flag(name, fields.get(name, b"false"), errors) for name in ("dry_run", "alert")}
    mapping = _mapping(fields.get("mapping", b"auto"), errors)
    if errors or upload is None:
        raise Unprocessable(errors=errors)
    return ImportForm(upload, filename, mapping, **flags)


def _flag(name: str, content: bytes, errors: list[FieldError]) -> bool:
    if content not in {b"true", b"false"}:
        errors.append(FieldError(name, "wrong_type", N_("Send true or false.")))
    return content == b"true"


def _mapping(content: bytes, errors: list[FieldError]) -> str | dict[str, Any]:
    """A saved name, `auto`, or a mapping as JSON."""
    try:
        text = content.decode().strip()
        value: str | dict[str, Any] = orjson.loads(text) if text.startswith("{") else text
    except (UnicodeDecodeError, orjson.JSONDecodeError):
        text, value = "", ""
    if not text or "\0" in text:
        errors.append(FieldError("mapping", "format", N_("Send the name of a mapping, a mapping as JSON, or auto.")))
    return value
