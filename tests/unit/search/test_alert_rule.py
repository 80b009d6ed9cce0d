from __future__ import annotations

import pytest

from services.search.domain.alert_rule import IMPORTED, SUBMITTED, Occasion, is_news, touches

CHANGED = "case.changed.v1"


def occasion(kind: str, *changed: str, readable_before: bool = True, submitted_at: str | None = "2026-03-01T08:00:00+07:00") -> Occasion:
    return Occasion(kind, "2026-03-02T09:00:00+00:00", changed, readable_before, submitted_at)


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (occasion(SUBMITTED), True),
        (occasion(IMPORTED), True),
        (occasion(CHANGED, "title"), False),
        (occasion(CHANGED, "title", readable_before=False), False),
        (occasion("case.published.v1", "status"), False),
        (occasion("case.published.v1", "status", readable_before=False), True),
        (occasion(CHANGED, "classification", readable_before=False), True),
        (occasion(CHANGED, "unit", readable_before=False), True),
    ],
)
def test_news_is_what_reaches_a_unit_for_the_first_time(it, expected):
    assert is_news(it) is expected


def test_what_reaches_a_unit_later_is_as_old_as_its_submission():
    assert occasion(SUBMITTED).told_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert occasion("case.published.v1", "status").told_at.isoformat() == "2026-03-01T08:00:00+07:00"
    assert occasion("case.published.v1", "status", submitted_at=None).told_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("changed", "reasons", "expected"),
    [
        (["title"], {"title"}, True),
        (["goods"], {"goods[0].subtype"}, True),
        (["goods[1].subtype"], {"goods.subtype"}, True),
        (["goods[0].subtype"], {"goods"}, True),
        (["narrative.lo"], {"narrative.en"}, False),
        (["narrative"], {"narrative.en"}, True),
        (["goods_note"], {"goods"}, False),
        (["place.name"], {"title"}, False),
        ([], {"title"}, False),
        (["title"], set(), False),
    ],
)
def test_a_change_touches_a_reason_at_above_or_below_its_path(changed, reasons, expected):
    assert touches(changed, reasons) is expected
