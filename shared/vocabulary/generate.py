"""Builds the code lists of `data/lists/` from `source/` and CLDR: `python -m shared.vocabulary.generate`.

A test runs it and compares, so the lists are never edited by hand. Labels come from the glossary; `additions.csv` brings codes and
synonyms that the glossary lacks (its Lao has the standing of `draft` there); a label given there wins.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from babel import Locale
from babel.core import get_global

HERE = Path(__file__).parent
SOURCE = HERE / "source"
TARGET = HERE / "data" / "lists"

# The glossary names a kind in the singular; lists are named as the API names them.
IRREGULAR = {
    "commodity": "commodities",
    "concealment": "concealment",
    "itr_area": "areas",
    "grading_handling": "handling",
    "grading_information": "grading_information",
    "grading_source": "grading_sources",
    "user_role": "roles",
    "alert_severity": "severities",
    "status": "statuses",
    "cites_appendix": "cites_appendices",
    "route_known": "route_known",
}
PLACES = {"province": "provinces", "post": "border_posts", "airport": "airports"}
# CLDR's own, historical or exceptionally reserved codes; XK is in use, and ZZ is the code that belongs to nobody (training).
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB"}
NOT_CURRENCIES = {"XXX", "XTS"}
ZERO_WIDTH_SPACE = "\u200b"

List = dict[str, dict[str, Any]]


def rows(name: str) -> Iterator[dict[str, str]]:
    with (SOURCE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def glossary() -> Iterator[tuple[str, str, dict[str, str]]]:
    """(list, code, row) of each glossary term that is a code."""
    for row in rows("glossary_en_lo.csv"):
        group, _, rest = row["key"].partition(".")
        kind, _, code = rest.partition(".")
        if group == "vocabulary":
            yield IRREGULAR.get(kind, f"{kind}s"), code, row
        elif group == "place" and kind in PLACES:
            yield PLACES[kind], code.upper().replace("_", "-") if kind == "province" else code, row


def put(lists: dict[str, List], name: str, code: str, row: dict[str, str]) -> None:
    entry = lists.setdefault(name, {}).setdefault(code, {})
    entry.update({language: row[language].strip() for language in ("en", "lo") if row[language].strip()})
    synonyms = [word for word in (row.get("synonyms") or "").split("|") if word]
    if synonyms:
        entry["synonyms"] = synonyms


def countries() -> List:
    english, lao = Locale("en").territories, Locale("lo").territories
    codes = [code for code in map(str, english) if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES]
    return {code: {"en": english[code], "lo": lao[code].replace(ZERO_WIDTH_SPACE, "")} for code in sorted(codes)}


def currencies() -> List:
    """Codes that are nowhere tender today are retired: kept for old records."""
    english, lao = Locale("en").currencies, Locale("lo").currencies
    tender = {entry[0] for entries in get_global("territory_currencies").values() for entry in entries if entry[2] is None and entry[3]}
    result: List = {}
    for code in sorted(set(english) - NOT_CURRENCIES):
        label = lao.get(code, english[code]).replace(ZERO_WIDTH_SPACE, "")
        result[code] = {"en": english[code], "lo": label} | ({} if code in tender else {"retired": True})
    return result


def build() -> dict[str, List]:
    lists: dict[str, List] = {}
    for name, code, row in glossary():
        put(lists, name, code, row)
    for row in rows("additions.csv"):
        put(lists, IRREGULAR.get(row["list"], f"{row['list']}s"), row["code"], row)
    for row in rows("subtypes.csv"):
        put(lists, "subtypes", row["code"], row)
        entry = lists["subtypes"][row["code"]]
        entry["commodity"] = row["commodity"]
        if row["broader"]:
            entry["broader"] = row["broader"]
    for row in rows("commodity_areas.csv"):
        lists["commodities"][row["code"]]["area"] = row["area"]
    for row in rows("kilograms.csv"):
        lists["units"][row["code"]]["kilograms"] = row["kilograms"]
    return lists | {"countries": countries(), "currencies": currencies()}


def write(target: Path = TARGET) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, codes in build().items():
        (target / f"{name}.json").write_bytes(orjson.dumps(codes, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    started = datetime.now(UTC)
    write()
    print(f"{len(list(TARGET.iterdir()))} lists in {datetime.now(UTC) - started}")  # noqa: T201  a script tells its result
