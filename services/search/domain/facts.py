"""The coded part of a case: whole terms and whole numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.search.domain.labels import with_broader
from services.search.domain.lines import hs_prefixes, line_terms, micrograms
from services.search.domain.normalise import fold
from services.search.domain.scripts import is_word

Json = Mapping[str, Any]

_ASCII_MARKS = re.compile(r"[^0-9a-z]+")
ONE_LINE, MANY_LINES = "one", "many"
_IDENTIFIERS = ("registration", "vin", "imo", "mmsi", "flight_or_voyage", "container_no", "waybill")


@dataclass(frozen=True, slots=True)
class Facts:
    keywords: dict[str, tuple[str, ...]]
    numbers: dict[str, int]


def facts_of(case: Json) -> Facts:
    """Keyword fields without a value are left out, and so are numbers that are not known."""
    goods: Sequence[Json] = case.get("goods") or ()
    conveyances: Sequence[Json] = case.get("conveyances") or ()
    place: Json = case.get("place") or {}
    found = {
        "id": (case["id"],),
        "case": (compact(case["case_no"]),) if case.get("case_no") else (),
        "status": _one(case.get("status")),
        "origin": _one(case.get("origin")),
        "classification": _one(case.get("classification")),
        "office": _one(case.get("office")),
        "unit": _one(case.get("unit")),
        "country": _one(place.get("country")),
        "method": _one(case.get("detection_method")),
        "procedure": _one(case.get("procedure")),
        "offence": tuple(case.get("offence_types") or ()),
        "mode": _each(conveyances, "mode"),
        "concealment": _each(case.get("concealment") or (), "code"),
        "identifier": _identifiers(case, goods, conveyances),
        "container": tuple([compact(code) for code in _each(conveyances, "container_no")]),
        "route": route_terms(tuple([(leg.get("role") or "", leg.get("country") or "") for leg in case.get("route") or ()])),
        **_goods(goods),
        **_days(case.get("occurred_on")),
    }
    return Facts({name: terms for name, terms in found.items() if terms}, _numbers(case))


def _numbers(case: Json) -> dict[str, int]:
    numbers = {}
    if case.get("kilograms"):
        numbers["kg"] = micrograms(case["kilograms"])
    if case.get("occurred_on"):
        numbers["date"] = int(case["occurred_on"].replace("-", ""))
    return numbers


def _goods(goods: Sequence[Json]) -> dict[str, tuple[str, ...]]:
    subtypes = _each(goods, "subtype")
    many = len(goods) > 1
    return {
        "commodity": _each(goods, "commodity"),
        "subtype": subtypes,
        "drug": _distinct([code for subtype in subtypes for code in with_broader("subtypes", subtype)]),
        "hs": _distinct([prefix for code in _each(goods, "hs_code") for prefix in hs_prefixes(code)]),
        "lines": (MANY_LINES if many else ONE_LINE,),
        "line": line_terms(goods) if many else (),
    }


def _days(day: str | None) -> dict[str, tuple[str, ...]]:
    return {"year": (day[:4],), "month": (day[:7],)} if day else {}


def _identifiers(case: Json, goods: Sequence[Json], conveyances: Sequence[Json]) -> tuple[str, ...]:
    """Numbers and plates as letters and digits only, so that punctuation and blanks in them do not matter."""
    found = [case["case_no"]] if case.get("case_no") else []
    for conveyance in conveyances:
        found += [conveyance[name] for name in _IDENTIFIERS if conveyance.get(name)]
        found += conveyance.get("seals") or ()
    for line in goods:
        found += line.get("serials") or ()
    return _distinct([compact(text) for text in found])


@lru_cache(maxsize=4096)
def route_terms(legs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """`LA` anywhere on the route; `CO>` and `>ES` departure and destination; `CO>ES` both; `CO>PA>ES` with a country between."""
    by_role: dict[str, list[str]] = {}
    for role, country in legs:
        if country:
            by_role.setdefault(role, []).append(country)
    starts, ends = by_role.get("departure", []), by_role.get("destination", [])
    between = by_role.get("transit", []) + by_role.get("seizure", [])
    terms = [country for _, country in legs if country]
    terms += [f"{start}>" for start in starts] + [f">{end}" for end in ends]
    terms += [f"{start}>{end}" for start in starts for end in ends]
    terms += [f"{start}>{middle}>{end}" for start in starts for middle in between for end in ends]
    return tuple(dict.fromkeys(terms))


@lru_cache(maxsize=16_384)
def compact(text: str) -> str:
    """An identifier folded, without anything but letters, marks and digits."""
    if text.isascii():
        return _ASCII_MARKS.sub("", text.lower())
    folded = fold(text)
    return "".join(character for character in folded if character != "_" and is_word(character))


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _each(holders: Sequence[Json], member: str) -> tuple[str, ...]:
    if len(holders) == 1:
        return _one(holders[0].get(member))
    return _distinct([holder.get(member) for holder in holders])


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([value for value in values if value]))
