"""Every training search can be run, and together they watch what the training records show."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from services.search.domain.compiling import compile_query
from services.search.domain.query import parse
from services.search.domain.units import Units
from services.search.training import SEARCHES

ROOT = Path(__file__).resolve().parents[3]
with (ROOT / "shared/vocabulary/data/training_units.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
UNITS = Units({row["code"]: {"en": row["en"], "lo": row["lo"]} for row in ROWS}, {row["code"]: row["parent"] or None for row in ROWS})


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.name)
def test_it_is_of_a_unit_and_can_be_run(search):
    assert search.unit in UNITS.names
    compile_query(parse(search.query), UNITS)


def test_several_units_watch_and_some_only_keep():
    assert len({search.unit for search in SEARCHES if search.alert}) >= 3
    assert any(not search.alert for search in SEARCHES)
    assert len({search.id for search in SEARCHES}) == len(SEARCHES)
