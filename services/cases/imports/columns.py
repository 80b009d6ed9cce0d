"""One column's cells become values; each distinct cell is read once, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.cases.domain.amounts import AMOUNT
from services.cases.domain.content import checked, cleaned
from services.cases.imports.lookups import commodity_of, find_country, find_subtype
from services.cases.imports.mapping import Column, Mapping, Scaled
from services.cases.imports.reader import Fault
from services.cases.imports.values import clean, key, plain, read_day, read_decimal
from shared.i18n import N_
from shared.vocabulary import kilogram_factor, vocabulary

# Held to the model's own pattern where they are read: there are too many different ones to ask the model each time.
_AMOUNTS = ("goods.quantity", "goods.value")
MAX_CACHED = 50_000
UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is None where the cell says nothing that a code or number stands for; `keep` holds it as the file had it."""

    value: Any
    keep: str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity as text for the record and as number for the conversion."""

    text: str
    number: Decimal


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit; `times` scales the quantity into it, `kilograms` is one of it in kilograms where that is known."""

    code: str
    times: Decimal | None
    kilograms: Decimal | None


@dataclass(frozen=True, slots=True)
class Drug:
    subtype: str | None
    commodity: str


Read = Callable[[str], Reading | Fault]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading depends on beside the cell: the administration's day, and the offices that the importer may file cases under."""

    today: date
    offices: frozenset[str] = frozenset()


def reader_for(column: Column, mapping: Mapping, around: Surroundings) -> Read:
    """The function that reads the column's cells. Cells are not empty and not among the column's `missing`."""
    field = column.field
    if field == "occurred_at":
        return _day_reader(column, mapping, around.today)
    if field in ("place.name", "place.region", "title"):
        return _read_text
    if field in ("goods.quantity", "goods.value", "goods.purity"):
        return lambda cell: _amount(cell, mapping)
    if field == "goods.unit":
        return lambda cell: _coded(cell, column, vocabulary("units").find, _measure)
    if field in ("goods.subtype", "goods.commodity"):
        names = find_subtype if field == "goods.subtype" else vocabulary("commodities").find
        return lambda cell: _coded(cell, column, names, _drug if field == "goods.subtype" else _commodity)
    return _code_reader(column, mapping, around.offices)


def _code_reader(column: Column, mapping: Mapping, offices: frozenset[str]) -> Read:
    lists = {
        "conveyances.mode": "transport_modes",
        "concealment.code": "concealment",
        "procedure": "procedures",
        "detection_method": "detection_methods",
        "goods.currency": "currencies",
    }
    if column.field in lists:
        find = vocabulary(lists[column.field]).find
        return lambda cell: _coded(cell, column, find, _as_is)
    if column.field == "office":
        return lambda cell: _coded(cell, column, lambda text: text.upper() if text.upper() in offices else None, _as_is)
    if column.field == "place.locode":
        return lambda cell: _coded(cell, column, lambda text: text.replace(" ", "").upper(), _as_is)
    return lambda cell: _coded(cell, column, lambda text: find_country(text, mapping.languages), _as_is)


def _day_reader(column: Column, mapping: Mapping, today: date) -> Read:
    def read(cell: str) -> Reading | Fault:
        day = read_day(cell, mapping.dates)
        if day is None:
            return Fault(column.column, "unreadable_date", N_("The date cannot be read."))
        if day > today.isoformat():
            return Fault(column.column, "date_in_future", N_("The date lies in the future."))
        return Reading(day, None if day == cell else cell)

    return read


def _read_text(cell: str) -> Reading:
    text = clean(cell)
    return Reading(text or None, None if text == cell else cell)


def _amount(cell: str, mapping: Mapping) -> Reading:
    number = read_decimal(cell, decimal_mark=mapping.decimal_mark)
    if number is None or number < 0:
        return Reading(None, cell)
    text = plain(number)
    if AMOUNT.fullmatch(text) is None:
        return Reading(None, cell)
    return Reading(Amount(text, number), None if text == cell else cell)


def _coded(cell: str, column: Column, find: Callable[[str], str | None], wrap: Callable[[str, Decimal | None], Any]) -> Reading:
    """The mapping's own values come first, then the vocabulary's names, then `otherwise`. The cell is kept beside the code."""
    given = column.values.get(key(cell))
    if isinstance(given, Scaled):
        return Reading(wrap(given.code, given.times), cell)
    code = given or find(clean(cell)) or column.otherwise
    return Reading(None if code is None else wrap(code, None), cell)


def _as_is(code: str, times: Decimal | None) -> str:  # noqa: ARG001  only units scale
    return code


def _measure(code: str, times: Decimal | None) -> Measure:
    return Measure(code, times, kilogram_factor(code))


def _drug(code: str, times: Decimal | None) -> Drug:  # noqa: ARG001  only units scale
    return Drug(code, commodity_of(code))


def _commodity(code: str, times: Decimal | None) -> Drug:  # noqa: ARG001  only units scale
    return Drug(None, code)


class ColumnReader:
    """Reads one column of every row, by a cache of its distinct cells."""

    def __init__(self, column: Column, mapping: Mapping, around: Surroundings) -> None:
        self.name = column.column
        self.field = column.field
        self._read = reader_for(column, mapping, around)
        self._missing = {"", *map(key, column.missing)}
        self._seen: dict[str, Reading | Fault | None] = {}

    def read(self, cell: str) -> Reading | Fault | None:
        """None for a cell that says nothing."""
        try:
            return self._seen[cell]
        except KeyError:
            if len(self._seen) >= MAX_CACHED:
                self._seen.clear()
            reading = self._seen[cell] = self._read_new(cell)
            return reading

    def understood(self) -> float:
        """The share of the distinct cells seen so far that became a value; 1 where all were empty."""
        said = [reading for reading in self._seen.values() if reading is not None]
        good = sum(isinstance(reading, Reading) and reading.value is not None for reading in said)
        return round(good / len(said), 3) if said else 1.0

    def _read_new(self, cell: str) -> Reading | Fault | None:
        if UNREADABLE in cell:
            return Fault(self.name, "unreadable_text", N_("The text cannot be read: it is in another encoding."))
        if "\x00" in cell:
            return Fault(self.name, "control_character", N_("The cell holds a NUL character."))
        if key(cell) in self._missing:
            return None
        reading = self._read(cell)
        if isinstance(reading, Fault) or reading.value is None or self.field in _AMOUNTS or _is_valid(self.field, reading.value):
            return reading
        return Reading(None, cell)


def _is_valid(field: str, value: Any) -> bool:
    """Asks the model of officers' cases, once for each distinct value: no other rule may creep in by an import."""
    fragment = _fragment(field, value)
    tree, problems = cleaned(fragment)
    return not problems and tree == fragment and not checked(tree)[1]


def _fragment(field: str, value: Any) -> dict[str, Any]:
    part, _, name = field.rpartition(".")
    if part == "place":
        return {"place": {name: value}}
    if part == "goods":
        return {"goods": [_goods_fragment(name, value)]}
    if part == "route":
        return {"route": [{"role": name, "country": value}]}
    return {part: [{name: value}]} if part else {name: value}


def _goods_fragment(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Drug):
        return {"commodity": value.commodity} | ({"subtype": value.subtype} if value.subtype else {})
    if isinstance(value, Measure):
        return {"unit": value.code}
    return {name: value.text if isinstance(value, Amount) else value}
