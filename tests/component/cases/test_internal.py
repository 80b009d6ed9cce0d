"""What other services read: replay, compare, totals."""

from __future__ import annotations

import pytest

from services.cases.adapters.store import PostgresCases
from services.cases.handlers import queries
from shared.contracts.cases import NominalCase
from tests.component.cases.desk import VALIDATOR

pytestmark = pytest.mark.servers


def ask(desk, query, **payload):
    with desk.database.unit_of_work() as work:
        return query(PostgresCases(work), payload)


def test_replay_gives_every_submitted_case_as_it_is_now(desk):
    desk.create()
    first, second = desk.submitted(), desk.submitted()
    desk.change(first, {"title": "Mended"}, VALIDATOR)
    desk.move(second, "cancelled", VALIDATOR, comment="An exercise")
    page = ask(desk, queries.replay, limit=1)
    rest = ask(desk, queries.replay, limit=5, after=page["next"])
    items = page["items"] + rest["items"]
    assert [(item["id"], item["version"], item["status"]) for item in items] == [
        (first["id"], 3, "submitted"),
        (second["id"], 3, "cancelled"),
    ]
    assert rest["next"] is None
    assert items[0]["title"] == "Mended"
    assert items[0]["sequence"] < items[1]["sequence"]
    for item in items:
        NominalCase.model_validate(item)


def test_replayed_cases_are_those_of_the_last_events(desk):
    case = desk.change(desk.submitted(), {"title": "Mended"}, VALIDATOR)
    (item,) = ask(desk, queries.replay)["items"]
    assert item == desk.events("cases.nominal.events")[-1].data["case"]
    assert {name: value for name, value in item.items() if name != "sequence"} == case


def test_figures_and_totals_are_of_what_was_submitted(desk):
    first, second = desk.submitted(), desk.submitted()
    desk.submitted(goods=[{"commodity": "drugs", "subtype": "ecstasy", "quantity": "200", "unit": "U2"}])
    desk.create()
    desk.move(second, "cancelled", VALIDATOR, comment="An exercise")
    answer = ask(desk, queries.compare, after=None, limit=2)
    assert answer["items"] == [
        {"id": first["id"], "version": 2, "status": "submitted", "kilograms": "2.400"},
        {"id": second["id"], "version": 3, "status": "cancelled", "kilograms": "2.400"},
    ]
    rest = ask(desk, queries.compare, after=answer["next"])
    assert [item["kilograms"] for item in rest["items"]] == [None]
    with desk.database.unit_of_work() as work:
        assert PostgresCases(work).totals() == {"cases": 2, "kilograms": "2.400"}


def test_an_empty_store_has_totals_too(desk):
    assert ask(desk, queries.replay) == {"items": [], "next": None}
    with desk.database.unit_of_work() as work:
        assert PostgresCases(work).totals() == {"cases": 0, "kilograms": "0"}
