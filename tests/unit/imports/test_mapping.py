"""A mapping is data: what can be saved or sent along, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from services.cases.imports.columns import ColumnReader, Measure
from services.cases.imports.limits import LIMITS
from services.cases.imports.mapping import (
    Column,
    Constants,
    Mapping,
    Scaled,
    TargetField,
    fitting_mapping,
    load_mapping,
    require_columns,
    saved_names,
)
from services.cases.imports.values import plain
from shared.errors import Unprocessable
from shared.vocabulary import vocabulary
from tests.unit.imports.samples import AROUND, MINIMAL


def refused(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(Unprocessable) as error:
        load_mapping(given)
    return [(problem.field, problem.code) for problem in error.value.errors]


def test_every_saved_mapping_loads_under_its_name_and_points_at_known_codes():
    assert "unodc-ids" in saved_names()
    lists = {"goods.unit": "units", "concealment.code": "concealment", "conveyances.mode": "transport_modes", "procedure": "procedures"}
    for name in saved_names():
        mapping = load_mapping(name)
        assert mapping.name == name
        for column in mapping.columns:
            if column.field in lists:
                codes = {value.code if isinstance(value, Scaled) else value for value in column.values.values()}
                codes |= {column.otherwise} - {None}
                assert codes <= vocabulary(lists[column.field]).all_codes, (name, column.column)


def test_a_mapping_may_be_sent_as_an_object_or_as_text():
    assert load_mapping(MINIMAL) == load_mapping(orjson.dumps(MINIMAL).decode())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("no-such-name", ("mapping", "unknown_code")),
        ("", ("mapping", "malformed")),
        ("{not json", ("mapping", "malformed")),
        ("[]", ("mapping", "malformed")),
        ({"columns": []}, ("mapping.columns", "malformed")),
        ({"columns": [{"column": "Day", "field": "occurred_at"}]}, ("mapping", "malformed")),
        ({"columns": [{"column": "Drug", "field": "goods.subtype"}]}, ("mapping", "malformed")),
        (
            {"columns": [{"column": "Day", "field": "no.such"}, {"column": "Drug", "field": "goods.subtype"}]},
            ("mapping.columns.0.field", "malformed"),
        ),
        ({"columns": MINIMAL["columns"] + [{"column": "Other", "field": "occurred_at"}]}, ("mapping", "malformed")),
        ({"dates": ["%H:%M"]}, ("mapping.dates", "malformed")),
        ({"encoding": "no-such"}, ("mapping.encoding", "malformed")),
        ({"delimiter": ";;"}, ("mapping.delimiter", "malformed")),
        ({"surprise": 1}, ("mapping.surprise", "malformed")),
    ],
)
def test_a_wrong_mapping_is_refused_at_its_part(change, problem):
    assert problem in refused(change if isinstance(change, str) else MINIMAL | change)


def test_auto_finds_the_saved_mapping_whose_columns_are_all_there():
    for name in saved_names():
        header = [column.column for column in load_mapping(name).columns]
        assert fitting_mapping([*header, "One more"]).name == name


def test_auto_refuses_columns_that_no_saved_mapping_reads():
    with pytest.raises(Unprocessable) as error:
        fitting_mapping(["Day", "Drug"])
    assert [(problem.field, problem.code) for problem in error.value.errors] == [("mapping", "no_mapping_fits")]


def test_a_file_without_the_mapped_columns_is_refused_by_their_names():
    with pytest.raises(Unprocessable) as error:
        require_columns(load_mapping(MINIMAL), ["Day", "Place"])
    assert [(problem.field, problem.code, problem.params) for problem in error.value.errors] == [
        ("mapping", "wrong_mapping", {"columns": "Drug, Amount, Unit"})
    ]


@pytest.mark.parametrize(
    ("cell", "code", "times", "kilograms"),
    [
        ("Kilogram", "KGM", None, "1"),
        ("KILOGRAM ", "KGM", None, "1"),
        ("gram", "GRM", None, "0.001"),
        ("Milligram", "MGM", None, "0.000001"),
        ("Microgram", "MC", None, "0.000000001"),
        ("Ton", "TNE", None, "1000"),
        ("100 gram", "GRM", "100", "0.001"),
        ("Viss", "viss", None, "1.632932532"),
        ("Thousand of tablets", "U2", "1000", None),
        ("Gallons (US, liquid)", "GLL", None, None),
        ("Acres", "ACR", None, None),
    ],
)
def test_units_of_the_saved_mapping(cell, code, times, kilograms):
    mapping = load_mapping("unodc-ids")
    column = next(column for column in mapping.columns if column.field == "goods.unit")
    reading = ColumnReader(column, mapping, AROUND).read(cell)
    assert isinstance(reading.value, Measure)
    shown = (reading.value.code, *(None if number is None else plain(number) for number in (reading.value.times, reading.value.kilograms)))
    assert shown == (code, times, kilograms)
    assert reading.keep == cell


@pytest.mark.parametrize("cell", ["other", "Block (350gr)", "Mark", "Barette"])
def test_a_unit_that_nobody_knows_is_kept_and_never_guessed(cell):
    mapping = load_mapping("unodc-ids")
    column = next(column for column in mapping.columns if column.field == "goods.unit")
    reading = ColumnReader(column, mapping, AROUND).read(cell)
    assert (reading.value, reading.keep) == (None, cell)


def test_every_part_of_a_mapping_and_every_limit_is_documented():
    text = (Path(__file__).resolve().parents[3] / "docs" / "imports.md").read_text(encoding="utf-8")
    parts = [*Mapping.model_fields, *Constants.model_fields, *Column.model_fields, *Scaled.model_fields, *get_args(TargetField)]
    assert [part for part in parts if f"`{part}`" not in text and f'"{part}"' not in text] == []
    assert [number for number in (LIMITS.cell, LIMITS.row, LIMITS.line, LIMITS.columns, LIMITS.ratio) if f"{number:,}" not in text] == []
