"""Rows become the content of cases: equal to what the model of officers' cases gives, with every original kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cases.domain.amounts import kilograms_of
from services.cases.domain.content import checked, cleaned
from services.cases.imports.mapping import load_mapping
from services.cases.imports.reader import Fault
from services.cases.imports.rows import MappedRow, RowMapper
from tests.unit.imports.samples import AROUND, FULL, HEADER

GOOD = {
    "Day": "02/03/2014",
    "Drug": "cocaine hcl",
    "Amount": "1e-06",
    "Unit": "KILOGRAM",
    "Country": "Bolivia, Plurinational State of",
    "Place": " Santa Cruz ",
    "From": "Lao Peoples Democratic Republic",
    "To": "Unknown",
    "Hidden": "Swallowed",
    "Mode": "By air",
    "Remark": "como se dijo",
}


def mapped(**changes: str):
    return RowMapper(load_mapping(FULL), HEADER, AROUND).map([(GOOD | changes)[name] for name in HEADER])


def test_a_whole_row():
    row = mapped()
    assert isinstance(row, MappedRow)
    assert row.content == {
        "occurred_at": "2014-03-02",
        "goods": [{"commodity": "drugs", "subtype": "cocaine_hydrochloride", "quantity": "0.000001", "unit": "KGM"}],
        "route": [{"role": "departure", "country": "LA"}],
        "place": {"name": "Santa Cruz", "country": "BO"},
        "conveyances": [{"mode": "4"}],
        "concealment": [{"code": "in_body"}],
    }
    assert row.original == {
        "occurred_at": "02/03/2014",
        "goods[0].subtype": "cocaine hcl",
        "goods[0].quantity": "1e-06",
        "goods[0].unit": "KILOGRAM",
        "place.country": "Bolivia, Plurinational State of",
        "place.name": " Santa Cruz ",
        "route[0].country": "Lao Peoples Democratic Republic",
        "concealment[0].code": "Swallowed",
        "conveyances[0].mode": "By air",
        "Remark": "como se dijo",
    }
    assert row.kilograms == Decimal("0.000001")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"Day": ""}, "Day", "required"),
        ({"Day": "yesterday"}, "Day", "unreadable_date"),
        ({"Day": "02/03/2557"}, "Day", "unreadable_date"),
        ({"Day": "25/11/2026"}, "Day", "date_in_future"),
        ({"Drug": ""}, "Drug", "required"),
        ({"Drug": " \u200b"}, "Drug", "required"),
        ({"Place": "caf\ufffd"}, "Place", "unreadable_text"),
        ({"Amount": "1\x002"}, "Amount", "control_character"),
    ],
)
def test_a_bad_row_is_refused_at_its_column(changes, field, code):
    fault = mapped(**changes)
    assert isinstance(fault, Fault)
    assert (fault.field, fault.code) == (field, code)


def test_a_row_needs_only_a_date_and_a_commodity():
    row = mapped(**dict.fromkeys(set(HEADER) - {"Day", "Drug"}, ""))
    assert row.content == {
        "minimal_data": True,
        "occurred_at": "2014-03-02",
        "goods": [{"commodity": "drugs", "subtype": "cocaine_hydrochloride"}],
    }
    assert row.kilograms is None


@pytest.mark.parametrize(
    ("changes", "line", "kept"),
    [
        ({"Amount": "", "Unit": ""}, {}, {}),
        ({"Amount": "some"}, {"unit": "KGM"}, {"goods[0].quantity": "some"}),
        ({"Amount": "-5"}, {"unit": "KGM"}, {"goods[0].quantity": "-5"}),
        ({"Amount": "9" * 16}, {"unit": "KGM"}, {"goods[0].quantity": "9" * 16}),
        ({"Amount": "5", "Unit": "bushels of it"}, {"quantity": "5"}, {"goods[0].unit": "bushels of it"}),
    ],
)
def test_an_amount_or_unit_that_says_nothing_is_taken_with_its_original(changes, line, kept):
    row = mapped(**changes)
    assert row.content["goods"] == [{"commodity": "drugs", "subtype": "cocaine_hydrochloride"} | line]
    assert kept.items() <= row.original.items()
    assert row.kilograms is None


def test_an_unknown_drug_keeps_its_name_beside_the_fitting_other_code():
    row = mapped(Drug="Кокаин (новый)")
    assert row.content["goods"][0]["subtype"] == "other_drugs"
    assert row.original["goods[0].subtype"] == "Кокаин (новый)"


def test_a_country_that_nobody_knows_makes_no_leg_and_stays_by_its_role():
    row = mapped(From="Atlantis", To="France")
    assert row.content["route"] == [{"role": "destination", "country": "FR"}]
    assert row.original["route.departure"] == "Atlantis"
    assert row.original["route[0].country"] == "France"


def test_the_other_place_of_concealment_says_which():
    assert mapped(Hidden="In a piano").content["concealment"] == [{"code": "other", "text": "In a piano"}]


USUAL = ["", "Kilogram", "gram", "Litre", "Cocaine", "ຢາບ້າ", "02/03/2014", "1e-06", "490.0", "0", "By air", "France"]
CELLS = st.one_of(st.sampled_from(USUAL), st.text(max_size=40))
UNITS = ["Kilogram", "Gram", "Milligram", "Ton", "Pound", "Litre", "Piece"]


@given(st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)), st.sampled_from(["02/03/2014", "31/12/2013"]))
def test_what_is_mapped_is_what_the_model_of_cases_would_store(cells, day):
    cells[0] = day
    row = RowMapper(load_mapping(FULL), HEADER, AROUND).map(cells)
    if isinstance(row, Fault):
        return
    tree, problems = cleaned(row.content)
    assert problems == []
    stored, problems = checked(tree)
    assert problems == []
    assert stored == row.content


@given(
    st.decimals(min_value=0, max_value=10**9, places=9),
    st.sampled_from(UNITS),
)
def test_kilograms_are_those_of_the_case(amount, unit):
    row = mapped(Amount=format(amount, "f"), Unit=unit)
    line = row.content["goods"][0]
    expected = kilograms_of(line["quantity"], line["unit"])
    assert (None if row.kilograms is None else format(row.kilograms, "f")) == expected


def test_mapping_a_row_again_gives_the_same():
    mapper = RowMapper(load_mapping(FULL), HEADER, AROUND)
    cells = [GOOD[name] for name in HEADER]
    assert mapper.map(cells) == mapper.map(list(cells))


def test_confidence_tells_the_share_of_distinct_cells_that_were_understood():
    mapper = RowMapper(load_mapping(FULL), HEADER, AROUND)
    for unit in ("Kilogram", "Gram", "nonsense", "Kilogram"):
        mapper.map([(GOOD | {"Unit": unit})[name] for name in HEADER])
    assert mapper.confidence()["goods.unit"] == pytest.approx(0.667)
    assert mapper.confidence()["occurred_at"] == 1.0


def test_an_office_counts_only_where_the_importer_may_file_cases():
    mapping = load_mapping(FULL | {"columns": [*FULL["columns"], {"column": "Remark", "field": "office"}]})
    mapper = RowMapper(mapping, HEADER, AROUND)
    own, other = (mapper.map([(GOOD | {"Remark": office})[name] for name in HEADER]) for office in ("la-vte", "LA-SVK"))
    assert own.content["office"] == "LA-VTE"
    assert "office" not in other.content
    assert other.original["office"] == "LA-SVK"
