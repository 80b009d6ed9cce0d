"""What the screens make of the services' answers."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.gateway.web import charts, labels
from services.gateway.web.case_view import acts_of, steps_of
from services.gateway.web.formatting import Formats, span
from services.gateway.web.found_words import language_of, pieces_of
from services.gateway.web.search_view import Asked, _cut, _marked_html, facets_of
from shared.security.principal import Principal

ZONE = ZoneInfo("Asia/Vientiane")
EN, LO = Formats("en", ZONE), Formats("lo", ZONE)


def test_numbers_and_days_follow_the_language():
    assert (EN.number(1231), LO.number(1231)) == ("1,231", "1.231")
    assert (EN.kilograms("12.4"), LO.kilograms("12.4")) == ("12.40", "12,40")
    assert EN.kilograms("0.0023") == "0.0023"
    assert EN.day("2026-11-24T20:00:00+00:00") == "25/11/2026"
    assert EN.day("2026-11") == "2026-11"
    assert EN.long_day(date(2026, 11, 24)) == "24 Nov 2026"
    assert LO.long_day(date(2026, 11, 24)) == "24 ພະຈິກ 2026"
    assert EN.clock(datetime(2026, 11, 24, 1, 5, tzinfo=ZoneInfo("UTC"))) == "08:05"


@pytest.mark.parametrize(("seconds", "said"), [(5, ("minutes", 1)), (600, ("minutes", 10)), (7200, ("hours", 2)), (3 * 86400, ("days", 3))])
def test_lengths_of_time(seconds, said):
    assert span(seconds) == said


def test_found_words_are_whole_letters_and_never_markup():
    assert [(piece.text, piece.found) for piece in pieces_of("ພົບກົ້ນປອມແລ້ວ", ["ກົ້ນປອມ"])] == [("ພົບ", False), ("ກົ້ນປອມ", True), ("ແລ້ວ", False)]
    pieces = _marked_html("&lt;b&gt; <mark>a &amp; b</mark>").pieces
    assert [(piece.text, piece.found) for piece in pieces] == [("<b> ", False), ("a & b", True)]
    assert (language_of("ຢາບ້າ 8 ຫໍ່"), language_of("yaba ຢາ")) == ("lo", "")


def test_a_long_text_is_cut_around_what_was_found():
    cut = _cut(_marked_html(f"{'before ' * 40}<mark>found</mark>{' after' * 60}"))
    words = "".join(piece.text for piece in cut.pieces)
    assert words.startswith("… ")
    assert words.endswith(" …")
    assert "found" in words
    assert len(words) < 260


def test_values_of_one_facet_are_alternatives_and_stay_when_they_count_nothing():
    asked = Asked(q="x", chosen=("status:validated", "status:closed", "commodity:drugs"), first="2026-01", last="2026-03")
    assert asked.filters() == ["status:validated OR status:closed", "commodity:drugs", "date:2026-01..2026-03"]
    assert asked.whole_query() == "x (status:validated OR status:closed) commodity:drugs date:2026-01..2026-03"
    (facet,) = facets_of(
        {"status": [{"value": "validated", "label": "Validated", "count": 3}]}, Asked(chosen=("status:validated", "status:closed")), "en"
    )
    assert [(value.filter, value.count, value.chosen) for value in facet.shown] == [
        ("status:validated", 3, True),
        ("status:closed", 0, True),
    ]


def test_the_trend_stands_on_a_round_scale():
    chart = charts.trend(["2026-01", "2026-02"], [81, 20], [64, 10])
    assert [tick.value for tick in chart.ticks] == [0, 30, 60, 90]
    assert chart.highest is not None
    assert (chart.highest.month, chart.highest.value) == ("2026-01", 81)
    assert chart.points[0].y < chart.points[1].y
    assert charts.last_months(date(2026, 2, 5), 3) == ["2025-12", "2026-01", "2026-02"]
    assert charts.months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_goods_are_chosen_as_one():
    codes = [choice.code for choice in labels.goods_choices("en")]
    assert "drugs" in codes
    assert "drugs/heroin" in codes
    assert len(codes) == len(set(codes))
    assert labels.goods_label("drugs/heroin", "lo") == "ເຮໂຣອິນ"
    assert labels.amount("137,600", "U2", "en") == "137,600 tablets"
    assert labels.amount("12.4", "KGM", "en") == "12.4 kg"


def officer(username, *roles):
    return Principal(account=username, username=username, unit="LA-VTE", roles=roles)


def case(status, by="officer.vte"):
    return {"status": status, "created_by": by, "created_at": "2026-11-24T08:20:00+07:00"}


def test_the_buttons_are_the_next_steps_of_the_role():
    validator = officer("validator.vte", "validator", "reporting_officer")
    assert [act.to for act in acts_of(case("submitted"), validator, "en")] == ["validated", "returned", "cancelled"]
    assert [act.to for act in acts_of(case("submitted", by="validator.vte"), validator, "en")] == ["returned", "cancelled"]
    assert [act.to for act in acts_of(case("submitted"), officer("officer2.vte", "reporting_officer"), "en")] == []
    assert acts_of(case("closed"), validator, "en") == []


def test_the_way_shows_what_is_behind():
    steps = steps_of(case("validated"))
    assert [(step.status, step.done, step.now) for step in steps[:4]] == [
        ("draft", True, False),
        ("submitted", True, False),
        ("validated", False, True),
        ("published", False, False),
    ]
    assert not any(step.done or step.now for step in steps_of(case("cancelled")))
