"""Reports as files. CPU work: callers run it outside the hub."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(report: dict[str, Any], file_format: str) -> bytes:
    return {"csv": render_csv, "xlsx": render_xlsx}[file_format](report)


def render_csv(report: dict[str, Any]) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read Lao; no cell can start a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in _rows(report):
        writer.writerow([_inert(cell) for cell in row])
    return stream.getvalue().encode("utf-8-sig")


def render_xlsx(report: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Report")
    bold, number = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.###"})
    last = len(report["rows"]) + 1
    for index, row in enumerate(_rows(report)):
        for column, cell in enumerate(row):
            if index and report["columns"][column] == "kilograms":
                sheet.write_number(index, column, float(cell), number)
            else:
                sheet.write(index, column, cell, bold if index in (0, last) else None)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    return stream.getvalue()


def _rows(report: dict[str, Any]) -> Iterator[list[Any]]:
    """Head, rows with their labels, totals."""
    columns, labels = report["columns"], report["labels"]
    yield list(columns)
    for row in report["rows"]:
        yield [labels.get(name, {}).get(row[name], row[name]) or "" if name in labels else row[name] for name in columns]
    yield [report["totals"].get(name, "") for name in columns]


def _inert(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
