"""The events' contracts: goldens, examples, and changes that would break someone."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from shared.contracts import goldens
from shared.contracts.compatibility import breaks
from shared.contracts.envelope import Event, MalformedBatch, decode_batch, encode_batches
from shared.contracts.registry import EVENT_TYPES, validated
from shared.messaging.topology import EXCHANGES

SCHEMAS = goldens.schemas()
EXAMPLES = Path(__file__).parent / "examples"


def example(name: str) -> dict:
    return json.loads((EXAMPLES / goldens.golden_path(name).name).read_text(encoding="utf-8"))


def golden(name: str) -> dict:
    return json.loads(goldens.golden_path(name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_model_is_its_golden(name):
    assert SCHEMAS[name] == golden(name), "run: python -m shared.contracts.goldens"


def test_no_golden_is_left_over():
    assert {path.name for path in goldens.GOLDENS.glob("*.json")} == {goldens.golden_path(name).name for name in SCHEMAS}


def test_the_asyncapi_document_is_made_from_the_models():
    assert json.loads(goldens.ASYNCAPI.read_text(encoding="utf-8")) == goldens.asyncapi()


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_example_travels_and_keeps_to_the_contract(name):
    exchange, event_type = name.split("/")
    told = Event(event_type, "/example", "subject", example(name), 1, "officer")
    (body,) = encode_batches([told.encode()])
    (heard,) = decode_batch(body)
    jsonschema.Draft202012Validator(golden(name)).validate(heard.data)
    validated(heard, exchange)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_member_of_a_newer_producer_is_passed_over(name):
    exchange, event_type = name.split("/")
    told = Event(event_type, "/example", "subject", example(name) | {"later": {"x": 1}}, 1, "officer")
    validated(told, exchange)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_breaks_the_contract_is_malformed(name):
    exchange, event_type = name.split("/")
    for member in golden(name)["required"]:
        data = {key: value for key, value in example(name).items() if key != member}
        with pytest.raises(MalformedBatch):
            validated(Event(event_type, "/example", "subject", data, 1, "officer"), exchange)


def test_a_type_travels_only_where_it_is_listed():
    with pytest.raises(MalformedBatch):
        validated(Event("unit.changed.v1", "/example", "x", {}, 1, "x"), "cases.events")


def test_every_exchange_is_in_the_topology():
    assert {exchange for channels in EVENT_TYPES.values() for exchange in channels} <= {exchange.name for exchange in EXCHANGES}


# Members that may hold free text, names or identifiers; `details` are held to codes by the gateway.
NOMINAL_TEXTS = {"title", "narrative", "description", "place", "name", "text", "terms", "reason", "query", "original", "comment"}
NOMINAL_PEOPLE = {"persons", "companies", "phone", "lead_officer", "team", "created_by", "submitted_by", "right_holder", "brand"}
NOMINAL_MARKS = {"registration", "vin", "imo", "mmsi", "container_no", "seals", "waybill", "flight_or_voyage", "serials"}
NOMINAL_MEMBERS = NOMINAL_TEXTS | NOMINAL_PEOPLE | NOMINAL_MARKS


def members(schema: dict) -> set[str]:
    found = set(schema.get("properties", {}))
    for nested in (*schema.get("$defs", {}).values(), *schema.get("properties", {}).values()):
        found |= members(nested)
    return found


@pytest.mark.parametrize("name", [name for name in SCHEMAS if ".nominal." not in name])
def test_no_nominal_member_can_be_reached_from_an_open_exchange(name):
    allowed = {"saved_search.changed.v1": {"name"}, "search.matched.v1": {"name"}}.get(name.split("/")[1], set())
    assert members(SCHEMAS[name]) & NOMINAL_MEMBERS <= allowed


def test_the_walk_would_see_a_nominal_member():
    assert "narrative" in members(SCHEMAS["cases.nominal.events/case.submitted.v1"]) & NOMINAL_MEMBERS


CASE = SCHEMAS["cases.events/case.submitted.v1"]


def changed(change) -> dict:
    schema = copy.deepcopy(CASE)
    change(schema)
    return schema


def facts(schema: dict) -> dict:
    return schema["$defs"]["CaseFacts"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: facts(s)["properties"].pop("kilograms"), "data.case.kilograms: removed"),
        (
            lambda s: facts(s)["properties"].__setitem__("version", {"type": "string"}),
            "data.case.version: type ['integer'] became ['string']",
        ),
        (lambda s: facts(s)["required"].append("kilograms"), "data.case.kilograms: newly required"),
        (lambda s: facts(s)["required"].remove("office"), "data.case.office: no longer always there"),
        (lambda s: facts(s)["properties"]["status"]["enum"].remove("legal"), "data.case.status: codes"),
        (lambda s: s["$defs"]["GoodsFacts"]["properties"].pop("unit"), "data.case.goods[].unit: removed"),
        (lambda s: facts(s)["properties"]["kilograms"]["anyOf"].pop(), "data.case.kilograms: 2 choices became 1"),
        (lambda s: s["properties"]["changed"]["items"].update(type="integer"), "data.changed[]: type"),
    ],
)
def test_a_breaking_change_is_seen(change, reason):
    found = breaks(CASE, changed(change))
    assert any(problem.startswith(reason) for problem in found), found


def test_a_new_optional_member_breaks_nobody():
    added = changed(
        lambda s: facts(s)["properties"].__setitem__("later", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None})
    )
    assert breaks(CASE, added) == []
    assert breaks(CASE, CASE) == []
