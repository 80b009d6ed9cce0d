"""The raw rows of a file, copied to the database before anything is made of them: what a killed job goes on from.

A row that could not be read stands there too, without a hash: its cells are then the fault's field and message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

import psycopg
import sqlalchemy as sa

from services.cases.imports.limits import LIMITS, Limits
from services.cases.imports.reader import Fault
from services.cases.imports.tables import staging
from shared.i18n import N_

# The unit separator of ASCII: made for this, and in no cell that people type.
SEPARATOR = "\x1f"
HASH_BYTES = 16
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_LINES_A_WRITE = 2000

_COPY = "COPY import_staging (job, row, hash, cells) FROM STDIN"
# Which of the equal rows a row is: the same on every run, since rows keep their order.
_ROWS = """
    SELECT row, hash, occurrence, cells FROM (
        SELECT row, hash, cells, row_number() OVER (PARTITION BY hash ORDER BY row) AS occurrence
        FROM import_staging WHERE job = %(job)s
    ) AS numbered WHERE row > %(after)s ORDER BY row
"""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """`number` 1 is the first row after the header; `cells` is a fault for a row that could not be read."""

    number: int
    hash: bytes
    occurrence: int
    cells: list[str] | Fault


def stage(connection: sa.Connection, job: str, rows: Iterable[list[str] | Fault], limits: Limits = LIMITS) -> int:
    """Replaces what is staged of the job; the number of rows. Raises UnreadableFile when the file ends badly."""
    connection.execute(sa.delete(staging).where(staging.c.job == job))
    total = 0
    numbered = enumerate(rows, start=1)
    with _driver(connection).cursor() as cursor, cursor.copy(_COPY) as copy:
        while lines := [_line(job, number, row, limits) for number, row in islice(numbered, _LINES_A_WRITE)]:
            copy.write("".join(lines).encode())
            total += len(lines)
    return total


def staged_count(connection: sa.Connection, job: str) -> int:
    return connection.execute(sa.select(sa.func.count()).where(staging.c.job == job)).scalar_one()


def forget(connection: sa.Connection, job: str) -> None:
    connection.execute(sa.delete(staging).where(staging.c.job == job))


def staged_batches(connection: sa.Connection, job: str, after: int, size: int) -> Iterator[list[StagedRow]]:
    """In order of rows, streamed by a cursor of the server; the connection is busy until the end."""
    with _driver(connection).cursor(name="import_rows") as cursor:
        cursor.itersize = size
        cursor.execute(_ROWS, {"job": job, "after": after})
        while rows := cursor.fetchmany(size):
            yield [_staged(*row) for row in rows]


def _staged(number: int, digest: bytes | None, occurrence: int, text: str) -> StagedRow:
    cells = text.split(SEPARATOR)
    return StagedRow(number, digest or b"", occurrence, cells if digest else Fault(cells[0], "unreadable", cells[1]))


def _line(job: str, number: int, row: list[str] | Fault, limits: Limits) -> str:
    """One line of COPY's text format."""
    checked = _storable(row, limits)
    if isinstance(checked, Fault):
        return f"{job}\t{number}\t\\N\t{checked.field}{SEPARATOR}{checked.message}\n"
    digest = blake2b(checked.encode(), digest_size=HASH_BYTES).hexdigest()
    return f"{job}\t{number}\t\\\\x{digest}\t{checked.translate(_ESCAPES)}\n"


def _storable(row: list[str] | Fault, limits: Limits) -> str | Fault:
    if isinstance(row, Fault):
        return row
    text = SEPARATOR.join(row)
    if len(text) > limits.row:
        return Fault("row", "row_too_large", N_("This row holds more text than a case can."))
    if "\x00" in text or text.count(SEPARATOR) != len(row) - 1:
        return Fault("row", "control_character", N_("This row holds control characters that no text has."))
    return text


def _driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
