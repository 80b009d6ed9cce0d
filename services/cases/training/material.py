"""What training cases are made of: offices, scenarios, stories and phrases, all data beside this module."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import shared.vocabulary
from shared.vocabulary import vocabulary

DATA = Path(__file__).parent / "data"
UNITS = Path(shared.vocabulary.__file__).parent / "data" / "training_units.csv"


@dataclass(frozen=True, slots=True)
class Office:
    code: str
    names: dict[str, str]
    ways: frozenset[str]
    region: str
    locode: str
    latitude: float
    longitude: float
    weight: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of seizure; `least` to `most` of `unit`, each worth `dollars`; `ways` are how it travels."""

    commodity: str
    subtype: str | None
    unit: str
    least: float
    most: float
    dollars: float
    weight: int
    ways: tuple[str, ...]
    concealments: tuple[str, ...]
    departures: tuple[str, ...]
    destinations: tuple[str, ...]
    description: dict[str, str] | None

    def label(self, language: str) -> str:
        if self.description:
            return self.description[language]
        return vocabulary("subtypes").label(self.subtype or "", language)


@dataclass(frozen=True, slots=True)
class Story:
    """A whole record that somebody wrote, in both languages; `facts` are its codes as columns of `stories.csv`."""

    texts: dict[str, str]
    facts: dict[str, str]


@cache
def phrases() -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads((DATA / "phrases.json").read_bytes())
    return loaded


@cache
def offices() -> tuple[Office, ...]:
    names = {row["code"]: {"en": row["en"], "lo": row["lo"]} for row in _rows(UNITS)}
    return tuple(
        Office(
            code=row["code"],
            names=names[row["code"]],
            ways=frozenset(row["ways"].split("|")),
            region=row["region"],
            locode=row["locode"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            weight=int(row["weight"]),
        )
        for row in _rows(DATA / "offices.csv")
    )


@cache
def scenarios() -> tuple[Scenario, ...]:
    return tuple(_scenario(row) for row in _rows(DATA / "scenarios.csv"))


@cache
def stories() -> tuple[Story, ...]:
    texts = {row["id"]: {"en": row["en"], "lo": row["lo"]} for row in _rows(DATA / "lao_texts.csv")}
    return tuple(Story(texts[row["id"]], row) for row in _rows(DATA / "stories.csv"))


def _scenario(row: dict[str, str]) -> Scenario:
    described = row["description_en"]
    return Scenario(
        commodity=row["commodity"],
        subtype=row["subtype"] or None,
        unit=row["unit"],
        least=float(row["least"]),
        most=float(row["most"]),
        dollars=float(row["dollars"]),
        weight=int(row["weight"]),
        ways=tuple(row["ways"].split("|")),
        concealments=tuple(row["concealments"].split("|")),
        departures=tuple(row["departures"].split("|")),
        destinations=tuple(row["destinations"].split("|")),
        description={"en": described, "lo": row["description_lo"]} if described else None,
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
