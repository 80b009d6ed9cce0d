from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cases.domain.facts import facts_of
from services.cases.domain.merge_patch import merge_patch
from services.cases.domain.record import change, move, numbered, ready
from services.cases.domain.requirements import COMMODITY_FORMS
from services.cases.domain.step_request import step_request
from shared.contracts.cases import CaseFacts, NominalCase
from shared.contracts.envelope import MAX_BYTES, Event
from shared.errors import Conflict, Unprocessable
from shared.vocabulary import vocabulary
from tests.unit.cases.examples import KETAMINE, NOW, OFFICER, VALIDATOR, draft, made, stepped, submitted


def missing(**changes) -> dict[str, str]:
    return {error.field: error.code for error in ready(draft(**changes).content, NOW)}


def line(**members) -> dict[str, str]:
    return missing(goods=[members])


def test_a_new_case_is_a_draft_of_its_author():
    change = made()
    assert (change.event, change.name, change.previous_status) == (None, "created", None)
    assert change.record.authors == {"account-officer"}
    NominalCase.model_validate(change.record.case)


def test_a_patch_removes_merges_and_replaces():
    changed = change(draft(), {"title": None, "place": {"region": "Vientiane"}, "goods": []}, VALIDATOR, NOW)
    case = changed.record.case
    assert (case["title"], case["place"]["country"], case["place"]["region"], case["goods"]) == (None, "LA", "Vientiane", [])
    assert (case["version"], case["changed_by"], case["kilograms"]) == (2, "validator.vte", None)
    assert set(changed.changed) == {"title", "place.region", "goods[0]", "kilograms"}
    assert changed.record.authors == {"account-officer", "account-validator"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.none() | st.sampled_from(["a", "b"]),
            "narrative": st.none() | st.dictionaries(st.sampled_from(["en", "lo"]), st.none() | st.sampled_from(["x", "y"])),
            "tags": st.none() | st.lists(st.sampled_from(["t", "u"]), max_size=2),
            "place": st.none() | st.fixed_dictionaries({}, optional={"name": st.none() | st.just("here"), "country": st.just("TH")}),
        },
    )
)
def test_a_change_is_a_merge_patch_of_what_was_written(patch):
    record = draft()
    changed = change(record, patch, OFFICER, NOW)
    content = record.content if changed is None else changed.record.content
    expected = {name: value for name, value in merge_patch(record.content, patch).items() if value not in ([], {})}
    assert {name: value for name, value in content.items() if value != {}} == expected


def test_read_only_and_malformed_members_are_told_at_once():
    with pytest.raises(Unprocessable) as caught:
        change(draft(), {"status": "closed", "title": 5, "reason": 7}, OFFICER, NOW)
    assert {error.field: error.code for error in caught.value.errors} == {
        "status": "read_only",
        "title": "wrong_type",
        "reason": "wrong_type",
    }


def test_a_patch_is_an_object_of_bounded_depth():
    deep: dict = {}
    for _ in range(100):
        deep = {"place": deep}
    for patch, code in ((deep, "too_deep"), ("text", "wrong_type")):
        with pytest.raises(Unprocessable) as caught:
            change(draft(), patch, OFFICER, NOW)
        assert [error.code for error in caught.value.errors] == [code]
    with pytest.raises(Unprocessable):
        made("text")


def test_a_complete_case_lacks_nothing():
    assert missing() == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": None}, {"title": "required"}),
        ({"offence_types": []}, {"offence_types": "required"}),
        ({"offence_types": ["other"]}, {"offence_other": "required"}),
        ({"offence_types": ["other"], "offence_other": "toll evasion"}, {}),
        ({"place": None}, {"place.name": "required"}),
        ({"place": {"locode": "LAVTE"}}, {}),
        ({"goods": []}, {"goods": "required"}),
        ({"office": None}, {"office": "required"}),
        ({"occurred_at": None}, {"occurred_at": "required"}),
        ({"occurred_at": "2026-12"}, {"occurred_at": "in_future"}),
        ({"occurred_at": "2026-11-24T11:00:00+07:00"}, {"occurred_at": "in_future"}),
        ({"occurred_at": "2569-03-02"}, {"occurred_at": "buddhist_year"}),
        ({"concealment": [{"text": "somewhere"}]}, {"concealment[0].code": "required"}),
        ({"conveyances": [{"seals": []}]}, {"conveyances[0].mode": "required"}),
        ({"route": [{"country": "LA"}]}, {"route[0].role": "required"}),
    ],
)
def test_what_every_case_needs(changes, expected):
    assert missing(**changes) == expected


def test_each_commodity_has_its_form():
    assert set(COMMODITY_FORMS) == set(vocabulary("commodities").codes)


@pytest.mark.parametrize("commodity", sorted(COMMODITY_FORMS))
def test_a_form_is_filled_by_a_description_and_an_amount(commodity):
    assert line(commodity=commodity, description={"en": "Exercise"}, quantity="1", unit="H87") == {}
    assert line(commodity=commodity) != {}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"commodity": "drugs", "subtype": "ivory", "quantity": "1", "unit": "KGM"}, {"goods[0].subtype": "other_commodity"}),
        ({"commodity": "currency_gold_stones", "subtype": "cash", "value": "48500"}, {"goods[0].currency": "required"}),
        ({"commodity": "currency_gold_stones", "subtype": "gold", "quantity": "5"}, {"goods[0].unit": "required"}),
        ({"quantity": "1", "unit": "KGM"}, {"goods[0].commodity": "required"}),
        ({"commodity": "wildlife_timber", "cites": {"taxon": "Manis javanica"}, "quantity": "4", "unit": "HEA"}, {}),
    ],
)
def test_lines(members, expected):
    assert line(**members) == expected


def test_a_statistical_case_needs_little_and_holds_nothing_nominal():
    bare = dict.fromkeys(("title", "narrative", "offence_types", "concealment", "route")) | {
        "conveyances": [{"mode": "3", "type": "truck"}]
    }
    assert missing(minimal_data=True, goods=[{"commodity": "drugs", "quantity": "1", "unit": "KGM"}], **bare) == {}
    assert missing(
        minimal_data=True,
        tags=["x"],
        goods=[{"quantity": "1", "brand": "X"}],
        **(bare | {"title": "A name", "conveyances": [{"mode": "3", "seals": ["X"]}]}),
    ) == {
        "goods[0].commodity": "required",
        "goods[0].unit": "required",
        "goods[0].brand": "not_in_minimal_data",
        "title": "not_in_minimal_data",
        "tags": "not_in_minimal_data",
        "conveyances[0].seals": "not_in_minimal_data",
    }


def test_validation_clears_what_was_asked_for():
    returned = move(submitted(), step_request("returned", "Weight?"), VALIDATOR, NOW).record
    assert returned.case["returned"]["by"] == "validator.vte"
    again = move(returned, step_request("submitted"), OFFICER, NOW).record
    assert again.case["returned"]["comment"] == "Weight?"
    assert stepped(again, "validated").case["returned"] is None


@pytest.mark.parametrize("path", [("validated", "closed"), ("validated", "published", "legal", "disposal", "closed"), ("cancelled",)])
def test_what_has_ended_does_not_change(path):
    record = stepped(submitted(), *path)
    with pytest.raises(Conflict):
        change(record, {"tags": ["late"]}, VALIDATOR, NOW)
    with pytest.raises(Conflict):
        move(record, step_request("cancelled", "Late"), VALIDATOR, NOW)


def test_facts_are_codes_numbers_and_dates():
    case = submitted().case
    facts = facts_of(case)
    CaseFacts.model_validate(facts)
    assert set(facts) == set(CaseFacts.model_fields)
    assert (facts["country"], facts["modes"], facts["conveyance_types"], facts["concealment"]) == (
        "LA",
        ["4"],
        ["aircraft"],
        ["hold_baggage"],
    )
    text = repr(facts)
    for nominal in ("Wattay", "suitcase", "ບົດຝຶກຫັດ", "EXERCISE", "false bottom", "officer.vte"):
        assert nominal not in text
    assert facts_of(submitted(place={"name": "Nowhere"}).case)["country"] is None


def test_facts_of_a_case_without_a_country():
    assert facts_of(draft(place=None).case)["country"] is None
    assert KETAMINE["place"]["country"] == "LA"


def test_a_change_of_very_many_parts_names_whole_fields():
    """An event names what changed and stays below the limit of a message."""
    lines = [{"serials": [f"{number}" for number in range(100)]} for _ in range(3)]
    mended = [{"serials": [f"{number}x" for number in range(100)]} for _ in range(3)]
    few = change(draft(goods=lines), {"goods": [mended[0], *lines[1:]]}, OFFICER, NOW)
    many = change(draft(goods=lines), {"goods": mended, "title": "x"}, OFFICER, NOW)
    assert len(few.changed) == 100
    assert many.changed == ["title", "goods"]


def test_the_largest_record_fits_into_one_event():
    """Texts to their limits, every line filled, every remark written: what is refused is refused at the door."""
    body = {"narrative": {f"a{letter}": "ກ" * 38_000 for letter in "abcdef"}}
    record = draft(**body)
    remarks = [{"field": "x" * 200, "comment": "ກ" * 500} for _ in range(50)]
    returned = move(
        numbered(move(record, step_request("submitted"), OFFICER, NOW), "LA-VTE-2026-000001").record,
        step_request("returned", "ກ" * 2_000, remarks),
        VALIDATOR,
        NOW,
    )
    event = Event("case.returned.v1", "cases", "id", {"case": returned.record.case, "changed": ["x" * 30] * 200}, 3, "account")
    assert len(event.encode()) < MAX_BYTES - 100_000


def test_a_record_that_lacks_something_is_mended_part_by_part():
    """An imported record never passed an officer's form: an edit may not take more away, and need not complete it."""
    imported = stepped(submitted(), "validated")
    poor = replace(imported, content={name: value for name, value in imported.content.items() if name not in ("title", "offence_types")})
    assert change(poor, {"title": "Mended", "reason": "Read again"}, VALIDATOR, NOW) is not None
    with pytest.raises(Unprocessable) as caught:
        change(poor, {"goods": None, "reason": "Read again"}, VALIDATOR, NOW)
    assert [error.field for error in caught.value.errors] == ["goods"]
