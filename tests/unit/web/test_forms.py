"""From the form to the API's body and back."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from services.gateway.web.forms import anchor, body_of, field_of, read_day, tree_of, tree_of_case

ZONE = ZoneInfo("Asia/Vientiane")
CASE = {
    "title": "Training: ketamine in a suitcase",
    "occurred_at": "2026-03-02T21:40:00+07:00",
    "place": {"name": "Wattay International Airport", "country": "LA", "locode": "LAVTE"},
    "procedure": "passenger",
    "detection_method": "risk_profile",
    "offence_types": ["concealment"],
    "offence_other": None,
    "classification": "restricted",
    "handling": "C",
    "goods": [
        {
            "commodity": "drugs",
            "subtype": "ketamine",
            "description": {"en": "white powder"},
            "quantity": "2.400",
            "unit": "KGM",
            "quantity_kg": "2.4",
            "brand": "Example",
            "packages": {"count": 3, "type": "bag"},
        }
    ],
    "route": [{"role": "departure", "country": "TH", "date": "2026-03-02", "known": "actual"}, {"role": "destination", "country": "LA"}],
    "conveyances": [{"mode": "4", "flight_or_voyage": "XX123", "vin": "ZZ0000000000000", "seals": ["S1"]}],
    "concealment": [{"code": "hold_baggage", "text": "under the lining"}, {"code": "in_packaging"}],
    "narrative": {"lo": "ພົບເຄຕາມີນ"},
}


def fields_of(tree, prefix=""):
    """As a browser sends the form."""
    for name, value in tree.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            yield from fields_of(value, path)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from fields_of(item, f"{path}[{index}]") if isinstance(item, dict) else [(path, item)]
        elif value is not None:
            yield path, str(value)


def test_a_case_that_nobody_touched_comes_back_as_it_was():
    body, errors = body_of(tree_of(fields_of(tree_of_case(CASE, ZONE))), ZONE)
    assert errors == []
    kept = {name: value for name, value in CASE.items() if name != "goods"}
    assert {name: body[name] for name in kept if name != "narrative"} == {
        name: value for name, value in kept.items() if name != "narrative"
    }
    assert body["narrative"] == {"lo": "ພົບເຄຕາມີນ", "en": None}
    assert body["goods"] == [{name: value for name, value in CASE["goods"][0].items() if name != "quantity_kg"}]


def test_an_emptied_field_is_null_and_an_emptied_line_is_gone():
    tree = tree_of_case(CASE, ZONE) | {"title": "", "goods": [{"unit": "KGM", "currency": "LAK"}]}
    body, _ = body_of(tree_of(fields_of(tree)), ZONE)
    assert body["title"] is None
    assert body["goods"] == []


def test_lines_keep_the_order_of_their_numbers():
    tree = tree_of([("goods[10].kind", "tobacco"), ("goods[2].kind", "drugs/heroin")])
    assert [line["kind"] for line in tree["goods"]] == ["drugs/heroin", "tobacco"]


def test_an_amount_with_two_meanings_is_asked_back_at_its_field():
    _, errors = body_of(tree_of([("goods[0].kind", "drugs"), ("goods[0].quantity", "1.234")]), ZONE)
    assert [(error.field, error.code) for error in errors] == [("goods[0].quantity", "two_meanings")]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-24", "2026-11-24"),
        ("24/11/2026", "2026-11-24"),
        ("4.3.2026", "2026-03-04"),
        ("໒໔/໑໑/໒໐໒໖", "2026-11-24"),
        ("soon", "soon"),
    ],
)
def test_days_in_either_writing(typed, day):
    assert read_day(typed) == day


def test_a_day_with_a_time_is_in_the_administrations_zone():
    body, _ = body_of(tree_of([("occurred_day", "24/11/2026"), ("occurred_time", "08:05")]), ZONE)
    assert body["occurred_at"] == "2026-11-24T08:05:00+07:00"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("goods[1].subtype", "goods[1].kind"),
        ("goods[1].commodity", "goods[1].kind"),
        ("goods[0].quantity", "goods[0].quantity"),
        ("concealment[0].code", "concealment"),
        ("place", "place.name"),
        ("narrative", "narrative.lo"),
        ("title", "title"),
    ],
)
def test_every_refusal_finds_its_field(path, field):
    assert field_of(path) == field


def test_ids_can_be_linked_to():
    assert anchor("goods[0].quantity") == "goods-0-quantity"
