"""What must be there at submission, as data: for every case, and for each commodity what its form asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from services.cases.domain.dates import BUDDHIST_FROM, BUDDHIST_OFFSET, parse_occurrence
from services.cases.domain.problems import problem
from shared.errors import FieldError
from shared.vocabulary import vocabulary

# Each row is one requirement: any of its paths will do, and a problem is told at the first.
Alternatives = tuple[str, ...]

EVERY_CASE: tuple[Alternatives, ...] = (
    ("occurred_at",),
    ("office",),
    ("place.name", "place.country", "place.office", "place.locode"),
    ("goods",),
)
FULL_CASE: tuple[Alternatives, ...] = (("title",), ("offence_types",))
EVERY_LINE: tuple[Alternatives, ...] = (("commodity",),)

_AMOUNT: tuple[Alternatives, ...] = (("quantity",), ("unit",))
COMMODITY_FORMS: dict[str, tuple[Alternatives, ...]] = {
    "drugs": (("subtype", "description"), *_AMOUNT),
    "precursors": (("subtype", "description"), *_AMOUNT),
    "medicines": (("description", "subtype", "brand"), *_AMOUNT),
    "tobacco": (("subtype", "description"), *_AMOUNT),
    "alcohol": (("subtype", "description"), *_AMOUNT),
    "fuel_excise": (("subtype", "description"), *_AMOUNT),
    "wildlife_timber": (("subtype", "description", "cites.taxon"), *_AMOUNT),
    "waste_ods_chemicals": (("description", "subtype", "hs_code"), *_AMOUNT),
    "counterfeit": (("brand", "right_holder", "description"), *_AMOUNT),
    "cultural_goods": (("description", "subtype"),),
    "weapons": (("subtype", "description"), *_AMOUNT),
    "strategic_nuclear": (("description", "hs_code"), *_AMOUNT),
    "currency_gold_stones": (("subtype", "description"), ("value", "quantity")),
    "other": (("description",), *_AMOUNT),
}
# A statistical case is an amount of a commodity, and nothing nominal.
STATISTICAL_LINE: tuple[Alternatives, ...] = (("commodity",), ("quantity", "value"))
NOMINAL = ("title", "narrative", "lead_officer", "team", "tags", "offence_other")
NOMINAL_OF_CONVEYANCE = ("registration", "vin", "imo", "mmsi", "flight_or_voyage", "container_no", "seals", "waybill")
NOMINAL_OF_LINE = ("description", "brand", "right_holder", "serials", "lab_reference")


def missing(content: Mapping[str, Any]) -> list[FieldError]:
    """Every requirement that the content does not meet."""
    statistical = content.get("minimal_data", False)
    rows = EVERY_CASE if statistical else EVERY_CASE + FULL_CASE
    found = [*_unmet(content, rows, ""), *_words_for_other(content)]
    for index, line in enumerate(content.get("goods", ())):
        found += _line_problems(line, f"goods[{index}].", statistical=statistical)
    for group, field in (("concealment", "code"), ("conveyances", "mode"), ("route", "role")):
        for index, item in enumerate(content.get(group, ())):
            found += _unmet(item, ((field,),), f"{group}[{index}].")
    return found + (_nominal_in_case(content) if statistical else [])


def occurrence_problems(text: str | None, now: datetime, zone: tzinfo) -> list[FieldError]:
    if text is None:
        return []
    occurrence = parse_occurrence(text, zone)
    year = occurrence.on.year
    if year > BUDDHIST_FROM:
        return [problem("occurred_at", "buddhist_year", year=year, christian=year - BUDDHIST_OFFSET)]
    return [problem("occurred_at", "in_future")] if occurrence.lies_after(now, zone) else []


def _line_problems(line: Mapping[str, Any], prefix: str, *, statistical: bool) -> list[FieldError]:
    commodity = line.get("commodity", "")
    rows = STATISTICAL_LINE if statistical else EVERY_LINE + COMMODITY_FORMS.get(commodity, ())
    found = list(_unmet(line, rows, prefix))
    subtype = line.get("subtype")
    if subtype and commodity and vocabulary("subtypes").entry(subtype).properties["commodity"] != commodity:
        found.append(problem(f"{prefix}subtype", "other_commodity", value=subtype))
    if line.get("value") and not line.get("currency"):
        found.append(problem(f"{prefix}currency", "required"))
    if line.get("quantity") and not line.get("unit") and ("unit",) not in rows:
        found.append(problem(f"{prefix}unit", "required"))
    return found + (list(_nominal(line, NOMINAL_OF_LINE, prefix)) if statistical else [])


def _words_for_other(content: Mapping[str, Any]) -> Iterator[FieldError]:
    if "other" in content.get("offence_types", ()) and not content.get("offence_other"):
        yield problem("offence_other", "required")


def _unmet(holder: Mapping[str, Any], rows: tuple[Alternatives, ...], prefix: str) -> Iterator[FieldError]:
    for first, *others in rows:
        if any(_at(holder, path) for path in (first, *others)):
            continue
        if others:
            yield problem(f"{prefix}{first}", "required_any", fields=", ".join(others))
        else:
            yield problem(f"{prefix}{first}", "required")


def _nominal_in_case(content: Mapping[str, Any]) -> list[FieldError]:
    found = list(_nominal(content, NOMINAL, ""))
    for index, conveyance in enumerate(content.get("conveyances", ())):
        found += _nominal(conveyance, NOMINAL_OF_CONVEYANCE, f"conveyances[{index}].")
    return found


def _nominal(holder: Mapping[str, Any], names: tuple[str, ...], prefix: str) -> Iterator[FieldError]:
    return (problem(f"{prefix}{name}", "not_in_minimal_data") for name in names if holder.get(name))


def _at(holder: Any, path: str) -> Any:
    for name in path.split("."):
        holder = holder.get(name) if isinstance(holder, Mapping) else None
    return holder
