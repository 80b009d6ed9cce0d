"""What the reports do: fold events into facts, count, and hold themselves against the cases store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.reports.domain.definitions import DEFINITIONS, DIMENSIONS, MEASURES, ReportQuery, report_query
from services.reports.domain.facts import Fact, facts_of
from services.reports.ports import FactStore, Readable
from shared.contracts.envelope import Event
from shared.vocabulary import vocabulary

Compare = Callable[[int | str | None], dict[str, Any]]


def fold(stores: Iterable[FactStore], events: Sequence[Event]) -> None:
    facts = facts_of_cases(event.data["case"] for event in events)
    as_of = max(datetime.fromisoformat(event.time) for event in events)
    for store in stores:
        store.fold(facts, as_of)


def facts_of_cases(cases: Iterable[dict[str, Any]]) -> list[Fact]:
    """The facts of the newest version of each case, which may be told several times in any order."""
    newest: dict[str, dict[str, Any]] = {}
    for case in cases:
        if case["id"] not in newest or newest[case["id"]]["version"] < case["version"]:
            newest[case["id"]] = case
    return [row for case in newest.values() for row in facts_of(case)]


def list_reports() -> dict[str, Any]:
    return {"items": [{"key": definition.key, "title": definition.title} for definition in DEFINITIONS.values()]}


def run_report(store: FactStore, readable: Readable, payload: dict[str, Any], language: str) -> dict[str, Any]:
    """The API's answer, with `labels` per dimension for screens. Raises NotFound, Unprocessable."""
    query = report_query(payload["key"], payload.get("from"), payload.get("to"), payload.get("group"), payload.get("filters") or {})
    rows, totals = store.count(query, readable)
    as_of = store.as_of() or datetime.now(UTC)
    return {
        "key": query.definition.key,
        "title": query.definition.title,
        "columns": [*query.dimensions, *MEASURES],
        "rows": [_row(row) for row in rows],
        "totals": _row(totals),
        "labels": _labels(store, query, rows, language),
        "data_as_of": as_of.isoformat(),
    }


def compare_page(store: FactStore, compare: Compare, after: int | str | None) -> dict[str, Any]:
    """Hold one page of the cases store against the facts, case by case: `{compared, differences, next, facts}`.

    A difference names the case and both sides as `[version, status, kilograms]`; None where one side lacks it.
    """
    page = compare(after)
    mine = store.summaries([item["id"] for item in page["items"]])
    differences = []
    for item in page["items"]:
        theirs = (item["version"], item["status"], _decimal(item["kilograms"]))
        ours = mine.get(item["id"])
        if ours is None or (ours[0], ours[1], ours[2] or Decimal(0)) != (theirs[0], theirs[1], theirs[2] or Decimal(0)):
            differences.append({"id": item["id"], "cases": _side(theirs), "reports": ours and _side(ours)})
    return {"compared": len(page["items"]), "differences": differences, "next": page["next"], "facts": store.size()}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"kilograms": format_decimal(row["kilograms"])}


def format_decimal(value: Decimal) -> str:
    """Plain digits without trailing zeros; never an exponent."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _labels(store: FactStore, query: ReportQuery, rows: list[dict[str, Any]], language: str) -> dict[str, dict[str, str]]:
    return {name: _labels_of(store, name, {row[name] for row in rows if row[name]}, language) for name in query.dimensions}


def _labels_of(store: FactStore, dimension: str, values: set[str], language: str) -> dict[str, str]:
    source = DIMENSIONS[dimension]
    if source is None:
        return {value: value for value in values}
    if source == "units":
        names = store.unit_names(values)
        return {value: names.get(value, {}).get(language) or names.get(value, {}).get("en") or value for value in values}
    labels = vocabulary(source)
    return {value: labels.label(value, language) for value in values}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _side(side: tuple[int, str, Decimal | None]) -> list[Any]:
    return [side[0], side[1], None if side[2] is None else format_decimal(side[2])]
