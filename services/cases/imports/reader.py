"""Reads a table of text, plain or gzip, told by its content and never by its name; streamed, whatever its size."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from services.cases.imports.limits import LIMITS, Limits
from shared.i18n import N_

SAMPLE_BYTES = 256 * 1024
DELIMITERS = (";", ",", "\t", "|")
_GZIP, _ZIP, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class UnreadableFile(Exception):
    """The file as a whole is refused; `message` is a gettext id that says what to send instead."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is no row; `message` is a gettext id."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` yields each data row's cells, or the fault of a row that could not be read; blank lines are no rows."""

    header: list[str]
    rows: Iterator[list[str] | Fault]
    encoding: str
    delimiter: str


def open_table(raw: BinaryIO, *, encoding: str | None = None, delimiter: str | None = None, limits: Limits = LIMITS) -> Table:
    """`raw` must be seekable. Raises UnreadableFile, also later while `rows` is read (a truncated gzip shows itself at its end)."""
    stream = _unpacked(raw, limits)
    sample = _sample(stream)
    _refuse_other_formats(sample)
    encoding = _mark(sample) or encoding or _guess_encoding(sample)
    if _is_binary(sample) and not encoding.startswith("utf-16"):
        raise UnreadableFile("file_binary", N_("This file is not a table of text. Send a CSV file, plain or packed with gzip."))
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    delimiter = delimiter or _guess_delimiter(sample.decode(encoding, "replace"))
    lines = _bounded_lines(text, limits)
    header = _header(lines, delimiter, limits)
    return Table(header, _rows(lines, delimiter, len(header), limits), encoding, delimiter)


class _Guarded(io.RawIOBase):
    """Counts what comes out of a gzip stream against what went in, and gives its failures one name."""

    def __init__(self, raw: BinaryIO, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._packed = gzip.GzipFile(fileobj=raw, mode="rb")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._packed.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._packed.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableFile("file_truncated", N_("The packed file is damaged or cut off. Send it again.")) from error
        self._refuse_bomb()
        buffer[: len(data)] = data
        return len(data)

    def _refuse_bomb(self) -> None:
        unpacked = self._packed.tell()
        suspicious = unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * max(self._raw.tell(), 1)
        if suspicious or unpacked > self._limits.unpacked:
            raise UnreadableFile("file_too_large", N_("The packed file unpacks to more than an import takes. Send it in parts."))


def _unpacked(raw: BinaryIO, limits: Limits) -> io.BufferedReader:
    raw.seek(0)
    magic = raw.read(2)
    raw.seek(0)
    if magic == _GZIP:
        return io.BufferedReader(_Guarded(raw, limits), buffer_size=SAMPLE_BYTES)
    return io.BufferedReader(raw, buffer_size=SAMPLE_BYTES)  # type: ignore[arg-type]  # any seekable binary file does


def _sample(stream: io.BufferedReader) -> bytes:
    sample = stream.read(SAMPLE_BYTES)
    if not sample.strip(b"\x00 \t\r\n" + codecs.BOM_UTF8):
        raise UnreadableFile("file_empty", N_("The file is empty. Send a table with a header line and rows."))
    return sample


def _refuse_other_formats(sample: bytes) -> None:
    if sample.startswith((_ZIP, _OLE)):
        raise UnreadableFile("file_binary", N_("Workbooks and archives are not read yet. Save the sheet as CSV and send that."))
    if sample.startswith(_GZIP):
        raise UnreadableFile("file_binary", N_("The file is packed twice. Unpack it once and send that."))


def _mark(sample: bytes) -> str | None:
    return next((name for mark, name in _MARKS if sample.startswith(mark)), None)


def _is_binary(sample: bytes) -> bool:
    """A NUL in a header, or many of them; a single one further down spoils its row alone."""
    return b"\x00" in sample.lstrip().split(b"\n", 1)[0] or sample.count(b"\x00") * 10 > len(sample)


def _guess_encoding(sample: bytes) -> str:
    """UTF-8 where the bytes allow it (they hardly ever do by chance; a few spoilt ones are not held against it), else Western Windows."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample, final=False)
    spoilt = text.count("\ufffd")
    if not spoilt:
        return "utf-8"
    good = len(text) - spoilt - sum(map(text.count, map(chr, range(128))))
    return "utf-8" if good > 10 * spoilt else "cp1252"


def _guess_delimiter(sample: str) -> str:
    """The one that parts the header into most columns."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=unquoted.count)


def _bounded_lines(text: io.TextIOWrapper, limits: Limits) -> Iterator[str]:
    readline, limit = text.readline, limits.line
    while line := readline(limit):
        if len(line) >= limit:
            raise UnreadableFile(
                "line_too_long", N_("A line of the file is longer than %(limit)s characters. Is this a table?"), limit=limit
            )
        yield line


def _header(lines: Iterator[str], delimiter: str, limits: Limits) -> list[str]:
    csv.field_size_limit(limits.cell)
    try:
        header = next((cells for cells in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, cells))), [])
    except csv.Error as error:
        raise UnreadableFile("no_header", N_("The header line cannot be read. Send a table with a header line.")) from error
    header = [cell.strip() for cell in header]
    if not header:
        raise UnreadableFile("file_empty", N_("The file is empty. Send a table with a header line and rows."))
    if len(header) > limits.columns:
        raise UnreadableFile("too_many_columns", N_("The table has more than %(limit)s columns."), limit=limits.columns)
    return header


def _rows(lines: Iterator[str], delimiter: str, width: int, limits: Limits) -> Iterator[list[str] | Fault]:
    csv.field_size_limit(limits.cell)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            for cells in reader:
                if len(cells) == width:
                    yield cells
                elif any(cells):
                    yield _fitted(cells, width)
        except csv.Error:
            yield Fault("row", "cell_too_large", N_("A cell of this row is larger than an import takes."))
        else:
            return


def _fitted(cells: list[str], width: int) -> list[str] | Fault:
    """Spreadsheets leave empty cells away at a row's end, or add some."""
    if any(cells[width:]):
        return Fault("row", "too_many_cells", N_("This row has more cells than the header."))
    return cells[:width] + [""] * (width - len(cells))
