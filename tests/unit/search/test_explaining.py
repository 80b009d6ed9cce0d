"""How a query was read, and words that were probably meant."""

import pytest

from services.search.domain.better_words import did_you_mean, free_words, nearest
from services.search.domain.errors import QueryError
from services.search.domain.explaining import explain
from services.search.domain.query import parse
from tests.unit.search.builders import UNITS


def _chips(text, language="en"):
    return [(chip.text, chip.label % chip.params, chip.value % chip.params) for chip in explain(text, parse(text), UNITS, language)]


@pytest.mark.parametrize(
    ("text", "chips"),
    [
        ("", []),
        ("ketamine kg:>1", [("ketamine", "word", "ketamine"), ("kg:>1", "Weight", "over 1 kg")]),
        ('"false bottom"', [('"false bottom"', "these words together", "false bottom")]),
        ("ket*", [("ket*", "words that begin with", "ket")]),
        ("watay~", [("watay~", "words like", "watay")]),
        ("title:box", [("title:box", "Title", "box")]),
        ("drug:heroin", [("drug:heroin", "Goods", "Heroin")]),
        ("unit:la-hq", [("unit:la-hq", "Unit", "Customs Department")]),
        ("container:MSKU1", [("container:MSKU1", "Container", "MSKU1")]),
        ("kg:<1", [("kg:<1", "Weight", "under 1 kg")]),
        ("kg:>=1", [("kg:>=1", "Weight", "at least 1 kg")]),
        ("kg:<=1.50", [("kg:<=1.50", "Weight", "at most 1.5 kg")]),
        ("kg:1..2", [("kg:1..2", "Weight", "from 1 to 2 kg")]),
        ("kg:1", [("kg:1", "Weight", "exactly 1 kg")]),
        ("date:2026", [("date:2026", "Date", "in 2026")]),
        ("date:2026-02", [("date:2026-02", "Date", "in 2026-02")]),
        ("date:2026-02-03", [("date:2026-02-03", "Date", "on 2026-02-03")]),
        ("date:>2025", [("date:>2025", "Date", "from 2026-01-01")]),
        ("date:<2025", [("date:<2025", "Date", "until 2024-12-31")]),
        ("date:2025..2026", [("date:2025..2026", "Date", "from 2025-01-01 to 2026-12-31")]),
        ("route:TH>AU", [("route:TH>AU", "Route", "Thailand to Australia")]),
        ("route:TH>LA>AU", [("route:TH>LA>AU", "Route", "Thailand to Australia through Laos")]),
        ("route:TH>", [("route:TH>", "Route", "from Thailand")]),
        ("route:>AU", [("route:>AU", "Route", "to Australia")]),
        ("route:TH", [("route:TH", "Route", "by way of Thailand")]),
        ("title:(a OR b) c", [("title:(a OR b)", "any of these", "title:(a OR b)"), ("c", "word", "c")]),
        ("-boat", [("-boat", "without", "boat")]),
        ("NOT kg:>1", [("NOT kg:>1", "without", "over 1 kg")]),
        ("a OR b", [("a OR b", "any of these", "a OR b")]),
        ("a (b OR (c d))", [("a", "word", "a"), ("(b OR (c d))", "any of these", "(b OR (c d))")]),
        ("NOT (a b)", [("NOT (a b)", "without", "(a b)")]),
    ],
)
def test_read_as(text, chips):
    assert _chips(text) == chips


def test_in_lao():
    assert _chips("country:LA route:TH>LA", "lo") == [("country:LA", "Country", "ລາວ"), ("route:TH>LA", "Route", "ໄທ to ລາວ")]


def test_an_unknown_code_is_refused():
    with pytest.raises(QueryError):
        _chips("drug:nosuchthing")


KNOWN = [("ketamine", 40), ("ketamin", 2), ("keramine", 50), ("airport", 7)]


@pytest.mark.parametrize(("word", "expected"), [("ketamne", "ketamine"), ("Ketamine", "keramine"), ("airprot", "airport"), ("xyz", None)])
def test_nearest_word(word, expected):
    assert nearest(word, KNOWN) == expected


def test_did_you_mean_replaces_words_where_they_stand():
    text = "ketamne  (airprot OR title:airprot) -bottel xyz"
    better = {"ketamne": "ketamine", "airprot": "airport"}.get
    assert did_you_mean(text, parse(text), better) == "ketamine  (airport OR title:airprot) -bottel xyz"
    assert [word.text for word in free_words(parse(text))] == ["ketamne", "airprot", "xyz"]
    assert did_you_mean("xyz", parse("xyz"), better) is None
