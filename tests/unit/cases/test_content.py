from __future__ import annotations

import pytest

from services.cases.domain import content as strict
from services.cases.domain.content import MOST_BYTES, checked, cleaned, content_of, without_read_only
from services.cases.domain.problems import MESSAGES, problems_of
from shared.contracts import cases as wire
from tests.unit.cases.examples import KETAMINE, draft


def problems(body, former=None):
    tree, found = cleaned(body)
    return {error.field: error.code for error in found or checked(tree, former)[1]}


def goods(**line):
    return problems({"goods": [line]})


@pytest.mark.parametrize("name", ["Coordinates", "Place", "Packages", "Cites", "GoodsLine", "Conveyance", "RouteLeg", "Concealment"])
def test_what_may_be_written_is_what_is_told(name):
    assert set(getattr(strict, name).model_fields) == set(getattr(wire, name).model_fields)


def test_content_of_both_sides_is_alike():
    assert set(strict.Content.model_fields) == set(wire.CaseContent.model_fields)


def test_content_is_what_was_written():
    assert checked(KETAMINE) == (KETAMINE, [])
    assert content_of(draft().case) == draft().content
    assert content_of(draft(goods=[]).case) == {name: value for name, value in draft().content.items() if name != "goods"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, {"": "wrong_type"}),
        ([], {"": "wrong_type"}),
        ({"nothing": 1}, {"nothing": "unknown_field"}),
        ({"title": 5}, {"title": "wrong_type"}),
        ({"tags": "a"}, {"tags": "wrong_type"}),
        ({"place": "here"}, {"place": "wrong_type"}),
        ({"narrative": ["a"]}, {"narrative": "wrong_type"}),
        ({"minimal_data": 1}, {"minimal_data": "wrong_type"}),
        ({"place": {"coordinates": {"latitude": "17", "longitude": 102.5}}}, {"place.coordinates.latitude": "wrong_type"}),
        (
            {"place": {"coordinates": {"latitude": 91}}},
            {"place.coordinates.latitude": "out_of_range", "place.coordinates.longitude": "required"},
        ),
        ({"place": {"coordinates": {"latitude": float("nan"), "longitude": 0}}}, {"place.coordinates.latitude": "out_of_range"}),
        ({"place": {"country": "la", "locode": "LA VTE"}}, {"place.country": "unknown_code", "place.locode": "malformed"}),
        ({"title": "x" * 301}, {"title": "too_long"}),
        ({"tags": ["a"] * 31}, {"tags": "too_many"}),
        ({"narrative": {f"a{letter}": "x" for letter in "abcdefghijk"}}, {"narrative": "too_many"}),
        ({"narrative": {"English": "x"}}, {"narrative": "malformed"}),
        ({"narrative": {"en": 5}}, {"narrative.en": "wrong_type"}),
        ({"narrative": {"lo": "x" * 50_001}}, {"narrative.lo": "too_long"}),
        ({"office": "la vte", "lead_officer": "a b"}, {"office": "malformed", "lead_officer": "malformed"}),
        ({"offence_types": ["murder"]}, {"offence_types[0]": "unknown_code"}),
        ({"goods": [{}, 3]}, {"goods[1]": "wrong_type"}),
        ({"goods": [{}] * 201}, {"goods": "too_many"}),
        (
            {"route": [{"date": "March"}, {"date": "2026-13"}, {"date": "2026-03"}]},
            {"route[0].date": "malformed", "route[1].date": "malformed"},
        ),
        ({"title": "a\x00b"}, {"title": "characters"}),
        ({"title": "\ud800"}, {"title": "characters"}),
        ({"ti\x00tle": "a"}, {"": "characters"}),
        ({"narrative": {"en\x07": "a\x07"}}, {"narrative": "characters", "narrative.en?": "characters"}),
        ({"tags": [[[[[[[[["deep"]]]]]]]]]}, {"tags[0][0][0][0][0][0][0]": "too_deep"}),
        ({"narrative": {f"a{letter}": "x" * 49_000 for letter in "abcdefghi"}}, {"": "too_large"}),
    ],
)
def test_each_fault_is_told_at_its_field(body, expected):
    assert problems(body) == expected


@pytest.mark.parametrize("quantity", ["0", "2.400", "0.006999999999999999", "1" * 15, "0." + "1" * 30])
def test_amounts(quantity):
    assert goods(quantity=quantity) == {}


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("-1", "negative"),
        ("- 0.5", "negative"),
        ("1,5", "not_a_number"),
        ("1e-06", "not_a_number"),
        (".5", "not_a_number"),
        ("NaN", "not_a_number"),
        ("1" * 16, "not_a_number"),
        (2.4, "wrong_type"),
        (2, "wrong_type"),
        (True, "wrong_type"),
        (["2"], "wrong_type"),
    ],
)
def test_amounts_that_are_none(quantity, code):
    assert goods(quantity=quantity) == {"goods[0].quantity": code}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"hs_code": "293979"}, {}),
        ({"hs_code": "29397"}, {"goods[0].hs_code": "malformed"}),
        ({"purity": "100.1"}, {"goods[0].purity": "out_of_range"}),
        ({"purity": "85.5"}, {}),
        ({"purity": "x"}, {"goods[0].purity": "not_a_number"}),
        ({"packages": {"count": -1, "type": "hat"}}, {"goods[0].packages.count": "out_of_range", "goods[0].packages.type": "unknown_code"}),
        ({"packages": {"count": "3"}}, {"goods[0].packages.count": "wrong_type"}),
        ({"unit": "kg"}, {"goods[0].unit": "unknown_code"}),
        ({"currency": "FRF"}, {"goods[0].currency": "retired_code"}),
        ({"description": {"lo": None}}, {}),
        ({"quantity_kg": "worked out elsewhere"}, {}),
    ],
)
def test_goods(line, expected):
    assert goods(**line) == expected


@pytest.mark.parametrize(
    ("conveyance", "expected"),
    [
        ({"container_no": "MSKU1234565"}, {}),
        ({"container_no": "msku 123456-5"}, {}),
        ({"container_no": "MSKU1234566"}, {"conveyances[0].container_no": "check_digit"}),
        ({"container_no": "?"}, {"conveyances[0].container_no": "check_digit"}),
        ({"container_no": "M" * 21}, {"conveyances[0].container_no": "too_long"}),
        ({"imo": "9319466"}, {}),
        ({"imo": "9319467"}, {"conveyances[0].imo": "check_digit"}),
        ({"mmsi": "53100012"}, {"conveyances[0].mmsi": "malformed"}),
        ({"vin": "O0O"}, {"conveyances[0].vin": "malformed"}),
        ({"mode": "10", "type": "rocket"}, {"conveyances[0].mode": "unknown_code", "conveyances[0].type": "unknown_code"}),
    ],
)
def test_conveyances(conveyance, expected):
    assert problems({"conveyances": [conveyance]}) == expected


def test_a_retired_code_stays_where_it_stood():
    former = {"goods": [{"value": "10", "currency": "FRF"}], "tags": ["a"]}
    assert problems({"goods": [{"value": "11", "currency": "FRF"}]}, former) == {}
    assert problems({"goods": [{"value": "11", "currency": "ITL"}]}, former) == {"goods[0].currency": "retired_code"}


def test_lao_digits_and_invisible_characters():
    tree, _ = cleaned({"goods": [{"quantity": "໒.໔໐໐", "unit": "KG\u200bM"}], "occurred_at": "໒໐໒໖-໐໓", "title": "ຢາ\u200bບ້າ ໑໐ ເມັດ\ufeff"})
    content, found = checked(tree)
    assert found == []
    assert content == {"goods": [{"quantity": "2.400", "unit": "KGM"}], "occurred_at": "2026-03", "title": "ຢາບ້າ 10 ເມັດ"}


def test_blank_text_is_no_answer():
    assert checked(cleaned({"title": " \n", "narrative": {"en": "", "lo": "ບົດ"}})[0]) == ({"narrative": {"lo": "ບົດ"}}, [])


def test_a_record_has_its_limit_in_bytes():
    body = {"narrative": {f"a{letter}": "ກ" * 39_000 for letter in "abcdefg"}}
    assert sum(len(text.encode()) for text in body["narrative"].values()) > MOST_BYTES
    assert problems(body) == {"": "too_large"}


def test_read_only_members_may_come_back_as_they_were():
    case = draft().case
    assert without_read_only({"version": 1, "title": "x", "returned": None}, case) == ({"title": "x"}, [])
    assert [error.code for error in without_read_only({"version": 2}, case)[1]] == ["read_only"]


def test_a_fault_of_a_kind_that_we_have_no_words_for_is_still_told():
    class Unheard:
        def errors(self, **_):
            return [{"loc": ("goods", 0), "type": "brand_new", "input": 1}]

    (error,) = problems_of(Unheard())
    assert (error.field, error.code, error.message) == ("goods[0]", "invalid", MESSAGES["invalid"])


def test_sentences_name_their_parameters():
    body = {"title": "x" * 301, "goods": [{"unit": "zz" * 50, "purity": "101"}], "tags": ["a"] * 31, "route": [{"date": "x"}]}
    for error in checked(body)[1]:
        assert error.message % error.params
