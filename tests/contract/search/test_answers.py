"""The API's answers of search and completion, made by a real engine: shape, labels, filters, and what is said of a broken request."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.search.handlers.answering import EXCERPT_LENGTH, excerpt, summary
from services.search.handlers.asking import facet_names, readable_by
from services.search.handlers.searching import fields, search
from services.search.handlers.suggesting import suggest
from services.search.ports import EVERYONE, Readable
from shared.errors import Unprocessable
from shared.security.principal import Principal
from shared.security.rules import SHARED_STATUSES, scope_for
from shared.vocabulary import vocabulary
from tests.contract.search.records import UNITS, case
from tests.contract.search.test_engines import Indexed, tantivy

RECORDS = [case(number) for number in range(1, 201)]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    indexed = tantivy(tmp_path_factory.mktemp("answers"))
    indexed.fill(RECORDS)
    return indexed


def ask(indexed: Indexed, q: str = "", language: str = "en", readable: Readable = EVERYONE, **payload: Any) -> dict[str, Any]:
    return search(indexed.engine, UNITS, readable, {"q": q} | payload, language)


def complete(indexed: Indexed, q: str, language: str = "en", readable: Readable = EVERYONE) -> list[dict[str, Any]]:
    return suggest(indexed.engine, UNITS, readable, {"q": q}, language)["items"]


def problems(refused: pytest.ExceptionInfo[Unprocessable]) -> dict[str, str]:
    return {error.field: error.code for error in refused.value.errors}


def test_an_answer_has_the_apis_shape(indexed: Indexed):
    answer = ask(indexed, "ketamine", facets=["country"], limit=3)
    assert {"total", "hits", "facets", "next"} <= answer.keys()
    for hit in answer["hits"]:
        assert {"id", "case_no", "score", "summary", "highlights"} == hit.keys()
        assert hit["score"] > 0
    assert all(value.keys() == {"value", "label", "count"} for value in answer["facets"]["country"])
    assert isinstance(answer["next"], str)


def test_every_facet_has_labels_in_the_callers_language(indexed: Indexed):
    answer = ask(indexed, facets=list(facet_names()), language="lo", limit=1)
    assert answer["facets"].keys() == set(facet_names())
    labels = {value["value"]: value["label"] for value in answer["facets"]["country"]}
    assert labels["TH"] == vocabulary("countries").label("TH", "lo") != "TH"
    assert {value["label"] for value in answer["facets"]["unit"]} >= {"ຫຼວງພະບາງ"}
    assert dict(Counter(record["unit"] for record in RECORDS)) == {value["value"]: value["count"] for value in answer["facets"]["unit"]}
    months = [bar["month"] for bar in answer["months"]]
    assert months == sorted(months)
    assert sum(bar["count"] for bar in answer["months"]) == sum(1 for record in RECORDS if record["occurred_on"])


def test_filters_of_one_facet_widen_and_those_of_two_narrow(indexed: Indexed):
    def total(*filters: str) -> int:
        return ask(indexed, filter=list(filters), limit=1)["total"]

    def count(*countries: str, status: str | None = None) -> int:
        return sum(record["place"]["country"] in countries and status in (None, record["status"]) for record in RECORDS)

    assert total("country:LA") == count("LA")
    assert total("country:LA", "country:TH") == total("country:LA OR country:TH") == count("LA", "TH")
    assert total("country:LA", "country:TH", "status:validated") == count("LA", "TH", status="validated")
    assert total("country:LA", "-country:TH") == count("LA")
    assert total("date:2013..2014", "date:2014..2015") == total("date:2014"), "two ranges of days narrow each other"
    assert total("") == len(RECORDS)


def test_a_month_that_was_chosen_leaves_the_histogram_whole(indexed: Indexed):
    chosen = ask(indexed, filter=["date:2014-03"], facets=["month", "status"], limit=1)
    assert chosen["months"] == ask(indexed, facets=["month"], limit=1)["months"]
    assert sum(value["count"] for value in chosen["facets"]["status"]) == chosen["total"] < len(RECORDS)


@pytest.mark.parametrize("query", ["", "drug:heroin", "kg:>1 -country:LA"])
def test_what_asks_for_no_word_gives_the_newest_first(indexed: Indexed, query: str):
    days = [hit["summary"]["occurred_on"] for hit in ask(indexed, query, limit=20)["hits"]]
    assert days == sorted(days, reverse=True)


def test_highlights_are_escaped_and_cut_from_the_original(indexed: Indexed, tmp_path: Path):
    own = tantivy(tmp_path)
    own.fill([case(1, title="<b>Crème</b> & powder", narrative={"lo": "ນ້ຳມັນເຖື່ອນຢູ່ແມ່ນ້ຳຂອງ"})])
    assert ask(own, "creme")["hits"][0]["highlights"]["title"] == "&lt;b&gt;<mark>Crème</mark>&lt;/b&gt; &amp; powder"
    assert "<mark>ນ້ຳມັນ</mark>" in ask(own, "ນ້ໍາມັນ")["hits"][0]["highlights"]["narrative.lo"]
    assert ask(own)["hits"][0]["highlights"] == {}


def test_a_query_says_how_it_was_read(indexed: Indexed):
    chips = ask(indexed, "drug:heroin kg:>10 -airport")["read_as"]
    assert [chip["text"] for chip in chips] == ["drug:heroin", "kg:>10", "-airport"]
    assert chips[0]["params"]["value"] == "Heroin"


def test_every_problem_is_told_at_once(indexed: Indexed):
    with pytest.raises(Unprocessable) as refused:
        ask(indexed, "(ketamine", filter=["x:y"], facets=["shoes"], sort="best", limit=501, after=5)
    assert problems(refused) == {
        "q": "unclosed_group",
        "filter": "unknown_field",
        "facets": "unknown_code",
        "sort": "unknown_code",
        "limit": "out_of_range",
        "after": "invalid",
    }
    assert next(error.position for error in refused.value.errors if error.field == "q") == 0


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"q": 5}, "q"),
        ({"filter": "country:LA"}, "filter"),
        ({"facets": [1]}, "facets"),
        ({"limit": True}, "limit"),
        ({"limit": "9"}, "limit"),
    ],
)
def test_wrong_types_are_refused_by_field(indexed: Indexed, payload: dict[str, Any], field: str):
    with pytest.raises(Unprocessable) as refused:
        search(indexed.engine, UNITS, EVERYONE, payload, "en")
    assert problems(refused).keys() == {field}


def test_too_many_filters_are_refused(indexed: Indexed):
    with pytest.raises(Unprocessable):
        ask(indexed, filter=["country:LA"] * 51)


def test_completion_of_fields_codes_units_and_words(indexed: Indexed):
    assert complete(indexed, "heroin coun")[0] == {"kind": "field", "text": "heroin country:", "label": "Country", "count": None}
    assert {"country:LA", "country:LB"} <= {item["text"] for item in complete(indexed, "country:L")}
    assert [item["text"] for item in complete(indexed, "-unit:luang")] == ["-unit:LA-LPB"]
    assert complete(indexed, "ປະເທດ:ລາວ", "lo")[0]["text"] == "ປະເທດ:LA"
    words = [item for item in complete(indexed, "keta") if item["kind"] == "word"]
    assert words[0]["text"] == "ketamine"
    assert words[0]["count"] == ask(indexed, '"ketamine"', limit=1)["total"]
    for nothing in ("", " ", "k", "nofield:x", "heroin "):
        assert complete(indexed, nothing) == []


def test_completion_never_tells_a_word_that_one_may_not_read(indexed: Indexed):
    nobody = Readable(frozenset(), frozenset(), "nobody", frozenset())
    assert [item for item in complete(indexed, "keta", readable=nobody) if item["kind"] == "word"] == []
    with pytest.raises(Unprocessable):
        suggest(indexed.engine, UNITS, EVERYONE, {"q": 3}, "en")


def test_the_help_lists_every_field_of_the_language():
    items = fields()["items"]
    assert {"drug", "country", "kg", "date", "route", "unit"} <= {item["name"] for item in items}
    assert all(item["words"]["lo"] for item in items)


def test_rights_become_a_condition_and_the_root_asks_for_none():
    chief = Principal("a", "chief.hq", "LA-HQ", ("intelligence_manager",), clearance="secret")
    officer = Principal("b", "officer.vte", "LA-VTE", ("reporting_officer",))
    assert readable_by(scope_for(chief, "case.search", UNITS.subtree("LA-HQ")), "chief.hq", UNITS).units is None
    readable = readable_by(scope_for(officer, "case.search", UNITS.subtree("LA-VTE")), "officer.vte", UNITS)
    assert readable == Readable(frozenset({"LA-VTE", "LA-VTE-A"}), SHARED_STATUSES, "officer.vte", frozenset({"secret"}))


def test_before_the_units_are_known_nobody_reads_everything():
    chief = Principal("a", "chief.hq", "LA-HQ", ("intelligence_manager",), clearance="secret")
    assert readable_by(scope_for(chief, "case.search", ()), "chief.hq", type(UNITS)()).units == frozenset()


def test_a_summary_of_a_case_with_nothing_in_it():
    assert summary({"id": "x", "case_no": None})["goods"] == []
    assert summary({"id": "x", "place": None, "goods": [{}]})["commodity"] is None


def test_an_excerpt_ends_at_a_whole_grapheme():
    text = "ນ້ຳ" * 200
    cut = excerpt(text)
    assert len(cut) <= EXCERPT_LENGTH + 1
    assert cut.removesuffix("…") == "ນ້ຳ" * (len(cut) // 3)
    assert excerpt("short") == "short"
