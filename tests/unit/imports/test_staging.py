"""What a row is known by: the same on every run, whatever its cells hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cases.imports.limits import LIMITS, Limits
from services.cases.imports.reader import Fault
from services.cases.imports.staging import SEPARATOR, _line, _storable


def hash_of(cells):
    return _line("job", 1, cells, LIMITS).split("\t")[2]


TEXT = st.text(st.characters(exclude_characters="\x00\x1f", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(TEXT, min_size=1, max_size=5), st.lists(TEXT, min_size=1, max_size=5))
def test_rows_share_a_hash_exactly_when_their_cells_are_equal(one, other):
    assert (hash_of(one) == hash_of(other)) == (one == other)


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_a_line_of_copy_holds_no_stray_separator(cells):
    line = _line("job", 7, cells, LIMITS)
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert line.count("\t") == 3


@pytest.mark.parametrize("cells", [["a\x00b"], ["a" + SEPARATOR, "b"]])
def test_control_characters_that_the_store_cannot_hold_are_a_fault(cells):
    fault = _storable(cells, LIMITS)
    assert isinstance(fault, Fault)
    assert fault.code == "control_character"


def test_a_row_larger_than_a_case_is_a_fault():
    fault = _storable(["x" * 60, "y" * 60], Limits(row=100))
    assert isinstance(fault, Fault)
    assert fault.code == "row_too_large"
