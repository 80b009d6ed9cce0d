from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.reports.domain.facts import facts_of

CASE = {
    "id": "0190",
    "version": 2,
    "status": "validated",
    "classification": "restricted",
    "occurred_on": "2026-03-02",
    "place": {"name": "Wattay", "country": "LA"},
    "office": "LA-VTE",
    "unit": "LA-VTE",
    "origin": "recorded",
    "detection_method": "risk_profile",
    "route": [{"role": "departure", "country": "TH"}, {"role": "destination", "country": "LA"}],
    "goods": [
        {"commodity": "drugs", "quantity_kg": "2.400"},
        {"commodity": "tobacco"},
        {"commodity": "drugs", "quantity_kg": "0.1"},
        {"commodity": "tobacco", "quantity_kg": None},
    ],
}


def test_one_row_per_commodity_and_one_leading_row_per_case():
    drugs, tobacco = facts_of(CASE)
    assert (drugs.commodity, drugs.counts_case, drugs.kilograms) == ("drugs", True, Decimal("2.500"))
    assert (tobacco.commodity, tobacco.counts_case, tobacco.kilograms) == ("tobacco", False, None)
    assert (drugs.occurred_on, drugs.country, drugs.departure, drugs.destination) == (date(2026, 3, 2), "LA", "TH", "LA")
    assert drugs.validated


def test_a_sparse_case_still_counts_once():
    (only,) = facts_of({"id": "0191", "version": 1, "status": "submitted"})
    assert only.counts_case
    assert not only.validated
    assert (only.commodity, only.kilograms, only.occurred_on, only.country, only.departure) == ("", None, None, "", "")


def test_a_leg_without_a_country_is_unknown():
    (row,) = facts_of({"id": "0192", "version": 1, "status": "submitted", "route": [{"role": "departure"}]})
    assert row.departure == ""


def test_facts_name_the_country_at_the_top():
    (row,) = facts_of({"id": "0193", "version": 1, "status": "submitted", "country": "TH"})
    assert row.country == "TH"
