"""Why a case matched, and what makes two matches the same."""

import pytest

from services.search.domain.reasons import Reason, fingerprint, leaves, reasons
from tests.unit.search.builders import document, line, plan

CASE = document()


def _reason(query, made=CASE):
    (reason,) = reasons(plan(query), made)
    return reason


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("ketamine", Reason("", "Ketamine in a suitcase", ("Ketamine",), ("title", "narrative.lo", "goods.subtype"))),
        ("title:suitcase", Reason("title", "Ketamine in a suitcase", ("suitcase",), ("title",))),
        ('"false bottom"', Reason("", "Two suitcases with a false bottom.", ("false bottom",), ("narrative.en",))),
        ("laos", Reason("", "Laos", ("Laos",), ("place.country",))),
        ("mode:air", Reason("mode", "Air transport", ("4",), ("conveyances.mode",))),
        ("unit:LA-HQ", Reason("unit", "LA-VTE", ("LA-VTE",), ("unit",))),
        ("kg:>1", Reason("kg", "2.4 kg", ("2.4 kg",), ("kilograms", "goods"))),
        ("date:2026", Reason("date", "2026-03-02", ("2026-03-02",), ("occurred_on", "occurred_at"))),
        ("route:TH>LA", Reason("route", "TH>LA", ("TH>LA",), ("route",))),
        ("xx-123", Reason("", "xx123", ("xx123",), ("case_no", "conveyances", "goods.serials"))),
        ("drug:ketamine kg:>1", Reason("drug", "Ketamine, 2.4 kg", ("ketamine", "2.4 kg"), ("goods", "goods.subtype", "kilograms"))),
    ],
)
def test_reasons(query, reason):
    assert _reason(query) == reason


def test_an_imported_value():
    made = document(original={"DRUG": "Marijuana"}, **{"import": {"job": "cases-1", "file": "a.csv", "row": 3}})
    assert _reason("import:marijuana", made) == Reason("import", "Marijuana", ("Marijuana",), ("original.DRUG",))
    assert _reason("import:a.csv", made).paths == ("import.file",)


def test_a_line_among_several():
    made = document(goods=[line("heroin", "1"), line("cannabis_herb", "50")])
    reason = _reason("drug:cannabis kg:>10", made)
    assert (reason.terms, reason.paths) == (("cannabis",), ("goods", "goods.subtype"))


def test_only_what_holds_and_is_wanted():
    found = reasons(plan("(ketamine OR boat) -plane country:LA ketamine"), CASE)
    assert [reason.terms for reason in found] == [("Ketamine",), ("LA",)]
    assert reasons(plan("boat"), CASE) == []
    assert reasons(plan(""), CASE) == []


def test_a_short_excerpt_of_a_long_text():
    made = document(title=None, narrative={"en": "word " * 100 + "ketamine " + "word " * 100})
    reason = _reason("narrative:ketamine", made)
    assert reason.text.startswith("…")
    assert len(reason.text) < 170


def test_fingerprints_are_of_the_conditions_that_hold():
    asked = plan("ketamine OR boat")
    once = leaves(asked, CASE)
    assert once == {"ketamine"}
    assert leaves(asked, document(title="Ketamine, Ketamine!")) == once
    both = leaves(asked, document(title="Ketamine on a boat"))
    assert both == {"ketamine", "boat"}
    assert fingerprint(once) != fingerprint(both)
    assert fingerprint(both) == fingerprint(frozenset(["boat", "ketamine"]))
    assert leaves(plan("ketamine -boat"), CASE) == {"ketamine"}
