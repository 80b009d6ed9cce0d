"""A row's cells become the content of a case, or the reason why not.

The content is built from values that were each looked up or read once, so nothing has to be validated again row by row; a test holds
the result against the model that officers' cases are validated by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from services.cases.imports.columns import Amount, ColumnReader, Drug, Measure, Surroundings
from services.cases.imports.mapping import Mapping
from services.cases.imports.reader import Fault
from services.cases.imports.values import clean, plain
from shared.i18n import N_

# Room for every digit that an amount may have, times a factor: nothing is ever rounded.
EXACT = Context(prec=80)
# As long as a remark may be (domain/fields.py).
MOST_WORDS = 5_000
_ROUTE_ROLES = ("departure", "transit", "destination")
_PATHS = {
    "goods.subtype": "goods[0].subtype",
    "goods.commodity": "goods[0].commodity",
    "conveyances.mode": "conveyances[0].mode",
    "concealment.code": "concealment[0].code",
}


@dataclass(frozen=True, slots=True)
class MappedRow:
    """`content` is what an officer would have written; `original` the cells as they were, by field path or column."""

    content: dict[str, Any]
    original: dict[str, str]
    kilograms: Decimal | None


class RowMapper:
    """Maps rows of one file. Calling it twice with the same cells gives equal results."""

    def __init__(self, mapping: Mapping, header: Sequence[str], around: Surroundings) -> None:
        positions = {name: position for position, name in reversed(list(enumerate(header)))}
        self._mapping = mapping
        self._readers = [(positions[column.column], ColumnReader(column, mapping, around)) for column in mapping.columns]
        used = {position for position, _ in self._readers}
        self._unmapped = [(position, name) for position, name in enumerate(header) if position not in used and name]
        self._columns = {column.field: column.column for column in mapping.columns}

    def map(self, cells: Sequence[str]) -> MappedRow | Fault:
        values: dict[str, Any] = {}
        kept: dict[str, str] = {}
        for position, reader in self._readers:
            reading = reader.read(cells[position])
            if reading is None:
                continue
            if isinstance(reading, Fault):
                return reading
            if reading.value is not None:
                values[reader.field] = reading.value
            if reading.keep is not None:
                kept[reader.field] = reading.keep
        fault = self._lacking(values)
        return fault if fault is not None else self._assemble(values, kept, cells)

    def confidence(self) -> dict[str, float]:
        """By field, the share of the distinct cells seen that were understood."""
        return {reader.field: reader.understood() for _, reader in self._readers}

    def _lacking(self, values: dict[str, Any]) -> Fault | None:
        if "occurred_at" not in values:
            return Fault(self._columns["occurred_at"], "required", N_("A row needs a date."))
        if "goods.subtype" not in values and "goods.commodity" not in values and self._mapping.constants.commodity is None:
            column = self._columns.get("goods.subtype") or self._columns["goods.commodity"]
            return Fault(column, "required", N_("A row needs a commodity."))
        return None

    def _assemble(self, values: dict[str, Any], kept: dict[str, str], cells: Sequence[str]) -> MappedRow:
        goods, kilograms = _goods(values, self._mapping)
        route, route_paths = _route(values)
        content = self._head(values)
        content["goods"] = [goods]
        if route:
            content["route"] = route
        place = {name: values[field] for name, field in _PLACE if field in values}
        if place:
            content["place"] = place
        if "conveyances.mode" in values:
            content["conveyances"] = [{"mode": values["conveyances.mode"]}]
            # Statistical cases hold no conveyance (requirements.py).
            content.pop("minimal_data", None)
        if "concealment.code" in values:
            content["concealment"] = [_concealment(values["concealment.code"], kept)]
        original = {route_paths.get(field) or _path(field): text for field, text in kept.items()}
        for position, name in self._unmapped:
            if cells[position]:
                original[name] = cells[position]
        return MappedRow(content, original, kilograms)

    def _head(self, values: dict[str, Any]) -> dict[str, Any]:
        constants = self._mapping.constants
        head: dict[str, Any] = {"occurred_at": values["occurred_at"]}
        if constants.minimal_data:
            head["minimal_data"] = True
        for field, constant in (
            ("procedure", constants.procedure),
            ("detection_method", constants.detection_method),
            ("office", constants.office),
        ):
            value = values.get(field, constant)
            if value is not None:
                head[field] = value
        if "title" in values:
            head["title"] = values["title"]
        return head


_PLACE = (("name", "place.name"), ("country", "place.country"), ("region", "place.region"), ("locode", "place.locode"))


def _goods(values: dict[str, Any], mapping: Mapping) -> tuple[dict[str, Any], Decimal | None]:
    drug: Drug | None = values.get("goods.subtype") or values.get("goods.commodity")
    line: dict[str, Any] = {"commodity": drug.commodity if drug else mapping.constants.commodity}
    if drug is not None and drug.subtype is not None:
        line["subtype"] = drug.subtype
    kilograms = _measured(line, values.get("goods.quantity"), values.get("goods.unit"))
    for name in ("value", "purity"):
        amount: Amount | None = values.get(f"goods.{name}")
        if amount is not None:
            line[name] = amount.text
    for name in ("currency", "origin_country"):
        if f"goods.{name}" in values:
            line[name] = values[f"goods.{name}"]
    return line, kilograms


def _measured(line: dict[str, Any], amount: Amount | None, measure: Measure | None) -> Decimal | None:
    """Kilograms only where a quantity and a known conversion are both there."""
    if measure is not None:
        line["unit"] = measure.code
    if amount is None:
        return None
    number = amount.number
    line["quantity"] = amount.text
    if measure is None:
        return None
    if measure.times is not None:
        number = EXACT.multiply(number, measure.times)
        line["quantity"] = plain(number)
    return None if measure.kilograms is None else EXACT.multiply(number, measure.kilograms)


def _route(values: dict[str, Any]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The legs in order, and where each leg's original belongs; the original of a country that nobody knows stays by its role."""
    legs: list[dict[str, str]] = []
    paths: dict[str, str] = {}
    for role in _ROUTE_ROLES:
        field = f"route.{role}"
        if field in values:
            paths[field] = f"route[{len(legs)}].country"
            legs.append({"role": role, "country": values[field]})
    return legs, paths


def _concealment(code: str, kept: dict[str, str]) -> dict[str, str]:
    return {"code": code, "text": clean(kept["concealment.code"])[:MOST_WORDS]} if code == "other" else {"code": code}


def _path(field: str) -> str:
    known = _PATHS.get(field)
    if known is not None:
        return known
    return f"goods[0].{field[6:]}" if field.startswith("goods.") else field
