"""A search that finds nothing says which word is to blame, and what was probably meant; on every engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.handlers.searching import search
from services.search.ports import EVERYONE, Readable
from tests.contract.search.records import UNITS, case
from tests.contract.search.test_engines import ENGINES, Indexed


@pytest.fixture(params=ENGINES)
def indexed(request: pytest.FixtureRequest, tmp_path: Path) -> Indexed:
    made = ENGINES[request.param](tmp_path / "index")
    common = {"narrative": {}, "status": "submitted", "classification": "restricted"}
    made.fill(
        [
            case(1, title="ketamine at the airport", unit="LA-VTE", **common),
            case(2, title="ketamine in a parcel", unit="LA-VTE", **common),
            case(3, title="ketamin parcel", unit="LA-LPB", **common),
        ]
    )
    return made


def _help(indexed: Indexed, query: str, readable: Readable = EVERYONE) -> tuple[list[str] | None, str | None]:
    answer = search(indexed.engine, UNITS, readable, {"q": query}, "en")
    return answer.get("finds_nothing"), answer.get("did_you_mean")


@pytest.mark.parametrize(
    ("query", "lost", "meant"),
    [
        ("ketamime airprot", ["ketamime", "airprot"], "ketamine airport"),
        ("airport (parcel OR xyzzy) -ketamine", ["xyzzy"], None),
        ("ketamine kg:>99999", [], None),
        ("title:ketamime", [], None),
        ("parcl country:LA kg:>99999", ["parcl"], "parcel country:LA kg:>99999"),
    ],
)
def test_words_that_find_nothing(indexed: Indexed, query: str, lost: list[str], meant: str | None):
    assert _help(indexed, query) == (lost, meant)


def test_a_search_that_finds_something_needs_no_help(indexed: Indexed):
    assert _help(indexed, "ketamine") == (None, None)


def test_words_of_cases_that_may_not_be_read_are_not_proposed(indexed: Indexed):
    readable = Readable(units=frozenset({"LA-LPB"}))
    assert _help(indexed, "airprot", readable) == (["airprot"], None)
    assert _help(indexed, "parcl", readable) == (["parcl"], "parcel")
