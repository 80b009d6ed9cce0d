"""The unit tree as the watch of sessions reads it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.session_watch import subtrees


def test_a_unit_has_itself_and_all_below_it():
    units = [{"code": code, "parent": parent} for code, parent in (("HQ", None), ("VT", "HQ"), ("VTE", "VT"), ("SV", "HQ"))]
    below = subtrees(units)
    assert below["HQ"] == {"HQ", "VT", "VTE", "SV"}
    assert below["VT"] == {"VT", "VTE"}
    assert below["SV"] == {"SV"}


@given(st.dictionaries(st.integers(0, 12).map(str), st.none() | st.integers(0, 12).map(str)))
def test_it_ends_for_any_table_and_each_unit_is_below_itself(parents):
    below = subtrees([{"code": code, "parent": parent} for code, parent in parents.items()])
    assert all(code in below[code] for code in parents)
    for code, parent in parents.items():
        if parent in parents:
            assert code in below[parent]
