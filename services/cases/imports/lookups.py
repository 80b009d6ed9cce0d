"""The codes for the names that people write: the vocabularies' labels and synonyms first, then tables of names of our own."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from babel import Locale

from services.cases.imports.values import key
from shared.vocabulary import vocabulary

DATA = Path(__file__).parent / "data"


@cache
def country_names(languages: tuple[str, ...]) -> dict[str, str]:
    """Folded name to ISO 3166-1 alpha-2: CLDR's names in these languages, variants of lists and ministries, and the codes themselves."""
    known = vocabulary("countries").all_codes
    table = {code.casefold(): code for code in known}
    for language in reversed(languages):
        table.update((key(name), code) for code, name in Locale.parse(language).territories.items() if code in known)
    table.update((key(name), code) for name, code in _pairs("country_names.csv"))
    return table


@cache
def drug_names() -> dict[str, str]:
    """Folded name to subtype: names that no vocabulary should carry, such as trade names and misspellings."""
    return {key(name): code for name, code in _pairs("drug_names.csv")}


def find_country(text: str, languages: tuple[str, ...]) -> str | None:
    return country_names(languages).get(key(text)) or vocabulary("countries").find(text)


def find_subtype(text: str) -> str | None:
    return vocabulary("subtypes").find(text) or drug_names().get(key(text))


def commodity_of(subtype: str) -> str:
    return vocabulary("subtypes").entry(subtype).properties["commodity"]


def _pairs(name: str) -> list[tuple[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [(row[0], row[1]) for row in rows]
