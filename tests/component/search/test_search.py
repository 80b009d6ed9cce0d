"""Events in, answers out: index, query, rights, pages, on a real broker and database."""

from __future__ import annotations

import pytest

from shared.errors import Forbidden, Unprocessable
from shared.identifiers import new_id
from shared.vocabulary import vocabulary
from tests.component.search.conftest import ADMIN, CHIEF, OFFICER, VALIDATOR, Search, fresh, told
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def test_a_told_case_is_found_once_with_its_row_highlights_and_facets(search: Search):
    record = fresh(
        title="Ketamine in a rucksack",
        narrative={"lo": "ພົບກະຕຸ່ນເຊື່ອງໄວ້ໃນລົດ"},
        status="validated",
        classification="restricted",
        occurred_on="2015-04-07",
    )
    message = new_id()
    search.tell(told(record), message_id=message)
    search.tell(told(record), message_id=message)
    search.tell(told(record))
    eventually(lambda: search.total("ກະຕຸ່ນ") == 1)
    answer = search.find("rucksack", facets=["country", "status", "month"], language="lo")
    assert answer["total"] == 1
    (hit,) = answer["hits"]
    assert hit["id"] == record["id"]
    assert hit["case_no"] == record["case_no"]
    assert hit["summary"]["title"] == "Ketamine in a rucksack"
    assert hit["highlights"] == {"title": "Ketamine in a <mark>rucksack</mark>"}
    assert answer["facets"]["status"] == [{"value": "validated", "label": vocabulary("statuses").label("validated", "lo"), "count": 1}]
    assert answer["months"] == [{"month": "2015-04", "count": 1}]
    assert answer["next"] is None
    assert answer["took_ms"] >= 0


def test_an_older_version_never_replaces_a_newer_one(search: Search):
    record = fresh(version=4, title="newest words")
    search.tell(told(record))
    eventually(lambda: search.total("newest") == 1)
    search.tell(told(record | {"version": 3, "title": "stale words"}))
    search.tell(told(fresh(title="afterwards")))
    eventually(lambda: search.total("afterwards") == 1)
    assert search.total("stale") == 0
    assert search.total("newest") == 1


def test_rights_are_part_of_the_query(search: Search):
    common = {"status": "submitted", "classification": "restricted", "title": "shared words"}
    search.tell(
        told(fresh(unit="LA-VTE", **common)),
        told(fresh(unit="LA-VTE-A", **common)),
        told(fresh(unit="LA-LPB", **common)),
        told(fresh(unit="LA-LPB", **common | {"status": "published"})),
        told(fresh(unit="LA-VTE", **common | {"classification": "secret"})),
        told(fresh(unit="LA-LPB", **common | {"submitted_by": VALIDATOR.username})),
    )
    eventually(lambda: search.total("shared", CHIEF) == 6)
    assert search.total("shared", VALIDATOR) == 4
    assert search.find("shared", VALIDATOR, facets=["unit"])["facets"]["unit"] == [
        {"value": "LA-LPB", "label": "Luang Prabang", "count": 2},
        {"value": "LA-VTE", "label": "Wattay airport", "count": 1},
        {"value": "LA-VTE-A", "label": "Arrivals", "count": 1},
    ]
    assert search.total("shared", OFFICER) == 3
    with pytest.raises(Forbidden):
        search.find("shared", ADMIN)
    assert all(item["count"] == 4 for item in search.ask("suggest", VALIDATOR, q="share")["items"] if item["kind"] == "word")


def test_a_broken_search_is_told_all_at_once_and_points_at_the_character(search: Search):
    with pytest.raises(Unprocessable) as refused:
        search.find('ketamine "false', filter=["country:LA", "nosuchfield:x"], facets=["colour"], sort="size", limit=0)
    errors = {error.field: error for error in refused.value.errors}
    assert set(errors) == {"q", "filter", "facets", "sort", "limit"}
    assert errors["q"].position == 9
    assert errors["q"].code == "unclosed_quote"


def test_pages_go_on_to_the_last_hit_while_cases_come(search: Search):
    records = [fresh(title="paged") for _ in range(30)]
    search.tell(*map(told, records))
    eventually(lambda: search.total("paged") == 30)
    for sort in ("relevance", "date", "-kg", "case_no"):
        seen: list[str] = []
        after = None
        while True:
            page = search.find("paged", sort=sort, limit=7, after=after)
            seen += [hit["id"] for hit in page["hits"]]
            after = page["next"]
            if after is None:
                break
            search.tell(told(records[2] | {"version": len(seen) + 5}))
        assert len(seen) == len(set(seen)) == 30
    with pytest.raises(Unprocessable):
        search.find("paged", sort="date", after="nonsense!")


def test_a_case_that_cannot_be_read_is_set_aside_alone(search: Search):
    broken = told({"id": new_id(), "version": 1, "sequence": 9_000_001, "goods": "none of a case"})
    search.tell(told(fresh(title="beside poison one")), broken, told(fresh(title="beside poison two")))
    eventually(lambda: search.total("poison") == 2, timeout=30)
    eventually(lambda: search.waiting("search.projector.dead") == 1, timeout=30)
