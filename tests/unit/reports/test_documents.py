from __future__ import annotations

import csv
import io

import openpyxl

from services.reports.adapters.documents import render

REPORT = {
    "columns": ["commodity", "cases", "kilograms"],
    "rows": [{"commodity": "drugs", "cases": 2, "kilograms": "2.5"}, {"commodity": "", "cases": 1, "kilograms": "0"}],
    "totals": {"cases": 3, "kilograms": "2.5"},
    "labels": {"commodity": {"drugs": "ຢາເສບຕິດ"}},
}


def test_csv_has_labels_and_totals():
    text = render(REPORT, "csv").decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["commodity", "cases", "kilograms"],
        ["ຢາເສບຕິດ", "2", "2.5"],
        ["", "1", "0"],
        ["", "3", "2.5"],
    ]


def test_no_cell_of_a_csv_starts_a_formula():
    report = REPORT | {"labels": {"commodity": {"drugs": '=HYPERLINK("x")'}}}
    assert "'=HYPERLINK" in render(report, "csv").decode("utf-8-sig")


def test_xlsx_holds_numbers_as_numbers():
    sheet = openpyxl.load_workbook(io.BytesIO(render(REPORT, "xlsx"))).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["commodity", "cases", "kilograms"],
        ["ຢາເສບຕິດ", 2, 2.5],
        [None, 1, 0],
        [None, 3, 2.5],
    ]
