"""Reports as the dashboard shows them: figures with what they are held against, tables with bars, flows as a heat table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.translation import translate
from services.gateway.web import charts
from services.gateway.web.formatting import Formats
from shared.i18n import N_

MOST_ROWS = 10
MOST_COUNTRIES = 6
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    value: str
    remark: str


@dataclass(frozen=True, slots=True)
class BarRow:
    label: str
    cases: int
    kilograms: str
    share: float
    search: str


@dataclass(frozen=True, slots=True)
class Cell:
    value: int
    step: int


@dataclass(frozen=True, slots=True)
class FlowSide:
    short: str
    label: str
    cells: tuple[Cell, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Flows:
    columns: list[FlowSide]
    rows: list[FlowSide]
    largest: str


def view_of(found: dict[str, Report], months: Sequence[str], formats: Formats, language: str) -> dict[str, Any]:
    now, before = _monthly(found["month"], months), _monthly(found["month_before"], [_shift(month) for month in months])
    chart = charts.trend(months, now, before)
    other = translate(language, N_("not known"))
    return {
        "figures": _figures(found, formats, language),
        "any_case": found["month"]["totals"]["cases"] > 0,
        "nearest": "24" if len(months) < 24 else "",
        "trend": chart,
        "trend_words": _trend_words(chart, formats, language),
        "commodities": _bar_rows(found["commodity"], "commodity", other),
        "by_office": _bar_rows(found["office"], "office", other),
        "countries": _bar_rows(found["country"], "country", other),
        "flows": _flows(found["flow"], language),
        "as_of": found["month"]["data_as_of"],
    }


def _figures(found: dict[str, Report], formats: Formats, language: str) -> list[Figure]:
    totals, before = found["month"]["totals"], found["month_before"]["totals"]
    drugs = next((row for row in found["commodity"]["rows"] if row["commodity"] == "drugs"), {"cases": 0, "kilograms": "0"})
    validated = round(100 * totals["validated"] / totals["cases"]) if totals["cases"] else 0
    offices = sum(1 for row in found["office"]["rows"] if row["office"])

    def figure(title: str, value: str, remark: str, **params: Any) -> Figure:
        return Figure(translate(language, title), value, translate(language, remark, params))

    return [
        figure(
            N_("Seizures"),
            formats.number(totals["cases"]),
            _against(totals["cases"], before["cases"]),
            count=formats.number(abs(totals["cases"] - before["cases"])),
        ),
        figure(N_("Kilograms"), formats.kilograms(totals["kilograms"]), N_("where the weight is known")),
        figure(N_("Drugs"), f"{formats.kilograms(drugs['kilograms'])} kg", N_("%(count)s seizures"), count=formats.number(drugs["cases"])),
        figure(N_("Validated"), f"{validated} %", N_("%(count)s not yet validated"), count=formats.number(totals["unvalidated"])),
        figure(N_("Offices with seizures"), formats.number(offices), N_("in this period")),
    ]


def _against(now: int, before: int) -> str:
    if now == before:
        return N_("as many as the year before")
    return N_("%(count)s more than the year before") if now > before else N_("%(count)s fewer than the year before")


def _trend_words(chart: charts.Trend, formats: Formats, language: str) -> str:
    first, last = chart.points[0], chart.points[-1]
    message = N_(
        "Line chart: seizures a month, %(first)s in %(from)s, %(last)s in %(to)s; a year before %(first_before)s and %(last_before)s"
    )
    params = {
        "first": formats.number(first.value),
        "from": formats.month(first.month, short=False),
        "last": formats.number(last.value),
        "to": formats.month(last.month, short=False),
        "first_before": formats.number(chart.before[0].value),
        "last_before": formats.number(chart.before[-1].value),
    }
    return translate(language, message, params)


def _monthly(report: Report, months: Sequence[str]) -> list[int]:
    counted = {row["month"]: row["cases"] for row in report["rows"]}
    return [counted.get(month, 0) for month in months]


def _bar_rows(report: Report, dimension: str, unknown: str) -> list[BarRow]:
    """The largest first; a value that nobody wrote keeps its row, so that the sum is the whole."""
    rows = sorted(report["rows"], key=lambda row: (-row["cases"], str(row[dimension])))[:MOST_ROWS]
    most = max((row["cases"] for row in rows), default=1) or 1
    names = report["labels"].get(dimension, {})
    return [
        BarRow(
            label=names.get(row[dimension]) or row[dimension] or unknown,
            cases=row["cases"],
            kilograms=row["kilograms"],
            share=round(100 * row["cases"] / most, 1),
            search=f"{dimension}:{row[dimension]}" if row[dimension] else "",
        )
        for row in rows
    ]


def _flows(report: Report, language: str) -> Flows:
    """The countries with most on each side; the rest together, so that a row's cells add up to its total."""
    counts = Counter(
        {(row["departure"], row["destination"]): row["cases"] for row in report["rows"] if row["departure"] and row["destination"]}
    )
    if not counts:
        return Flows([], [], "")
    names = report["labels"].get("departure", {}) | report["labels"].get("destination", {})
    rows, columns = _largest(counts, 0), _largest(counts, 1)
    other = translate(language, N_("other"))
    folded: Counter[tuple[str, str]] = Counter()
    for (departure, destination), count in counts.items():
        folded[departure if departure in rows else "", destination if destination in columns else ""] += count
    most = max(folded.values())
    shown_rows = [*rows, ""] if any(not departure for departure, _ in folded) else rows
    shown_columns = [*columns, ""] if any(not destination for _, destination in folded) else columns
    sides = [
        FlowSide(
            row or other,
            names.get(row, "") if row else "",
            tuple(Cell(folded[row, column], charts.step_of(folded[row, column], most)) for column in shown_columns),
            sum(folded[row, column] for column in shown_columns),
        )
        for row in shown_rows
    ]
    largest = ", ".join(f"{names.get(one, one)} → {names.get(two, two)} {count}" for (one, two), count in counts.most_common(3))
    return Flows([FlowSide(column or other, names.get(column, "")) for column in shown_columns], sides, largest)


def _largest(counts: Counter[tuple[str, str]], side: int) -> list[str]:
    totals: Counter[str] = Counter()
    for pair, count in counts.items():
        totals[pair[side]] += count
    return [country for country, _ in totals.most_common(MOST_COUNTRIES)]


def _shift(month: str) -> str:
    return f"{int(month[:4]) - 1:04d}{month[4:]}"
