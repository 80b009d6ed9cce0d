"""What an officer may write, and nothing else: the strict twin of `shared.contracts.cases.CaseContent`.

A draft may lack anything, but what it has must be well formed; what must be there at submission stands in `requirements.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cases.domain.fields import (
    Amount,
    Code,
    ContainerNumber,
    Count,
    Country,
    ImoNumber,
    Latitude,
    Longitude,
    Moment,
    Name,
    PartialDate,
    Percent,
    Remark,
    Remarks,
    Stories,
    UnitCode,
    Username,
    code_of,
    written,
)
from services.cases.domain.plain import Cleaner
from services.cases.domain.problems import problem, problems_of
from shared.contracts.cases import Case, CaseContent
from shared.errors import FieldError

# One event carries the whole record and its changed paths, and an event is at most 1 MiB.
MOST_BYTES = 700_000


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Coordinates(Strict):
    latitude: Latitude
    longitude: Longitude


class Place(Strict):
    name: Name | None = None
    country: Country | None = None
    region: Name | None = None
    office: UnitCode | None = None
    locode: Annotated[str, written(r"[A-Z]{2}[A-Z2-9]{3}", "LAVTE")] | None = None
    coordinates: Coordinates | None = None


class Packages(Strict):
    count: Count | None = None
    type: Annotated[str, code_of("packages")] | None = None


class Cites(Strict):
    taxon: Name | None = None
    appendix: Annotated[str, code_of("cites_appendices")] | None = None
    source: Code | None = None
    purpose: Code | None = None
    term: Code | None = None


class GoodsLine(Strict):
    commodity: Annotated[str, code_of("commodities")] | None = None
    subtype: Annotated[str, code_of("subtypes")] | None = None
    hs_code: Annotated[str, written(r"\d{2}(\d{2}){0,2}", "2939.79 as 293979")] | None = None
    description: Remarks | None = None
    quantity: Amount | None = None
    unit: Annotated[str, code_of("units")] | None = None
    quantity_kg: Any = Field(default=None, exclude=True)  # worked out here; taken and dropped, since a line goes back as it was read
    packages: Packages | None = None
    value: Amount | None = None
    currency: Annotated[str, code_of("currencies")] | None = None
    duty_evaded: Amount | None = None
    origin_country: Country | None = None
    brand: Name | None = None
    right_holder: Name | None = None
    serials: Annotated[list[Code], Field(max_length=500)] | None = None
    purity: Percent | None = None
    lab_reference: Code | None = None
    cites: Cites | None = None


class Conveyance(Strict):
    mode: Annotated[str, code_of("transport_modes")] | None = None
    type: Annotated[str, code_of("conveyance_types")] | None = None
    registration: Code | None = None
    vin: Annotated[str, written(r"[A-HJ-NPR-Z0-9-]{1,17}", "MR0FZ29G001234567")] | None = None
    imo: ImoNumber | None = None
    mmsi: Annotated[str, written(r"\d{9}", "531000123")] | None = None
    flag: Country | None = None
    make: Code | None = None
    model: Code | None = None
    colour: Code | None = None
    flight_or_voyage: Code | None = None
    container_no: ContainerNumber | None = None
    seals: Annotated[list[Code], Field(max_length=100)] | None = None
    waybill: Code | None = None


class RouteLeg(Strict):
    role: Annotated[str, code_of("route_roles")] | None = None
    country: Country | None = None
    place: Name | None = None
    date: PartialDate | None = None
    known: Annotated[str, code_of("route_known")] | None = None


class Concealment(Strict):
    code: Annotated[str, code_of("concealment")] | None = None
    text: Remark | None = None


class Content(Strict):
    classification: Annotated[str, code_of("classifications")] | None = None
    handling: Annotated[str, code_of("handling")] | None = None
    minimal_data: bool | None = None
    office: UnitCode | None = None
    unit: UnitCode | None = None
    lead_officer: Username | None = None
    team: Annotated[list[Username], Field(max_length=50)] | None = None
    offence_types: Annotated[list[Annotated[str, code_of("offence_types")]], Field(max_length=10)] | None = None
    offence_other: Name | None = None
    legal_basis: Annotated[list[Name], Field(max_length=20)] | None = None
    title: Name | None = None
    narrative: Stories | None = None
    tags: Annotated[list[Code], Field(max_length=30)] | None = None
    occurred_at: Moment | None = None
    place: Place | None = None
    procedure: Annotated[str, code_of("procedures")] | None = None
    detection_method: Annotated[str, code_of("detection_methods")] | None = None
    goods: Annotated[list[GoodsLine], Field(max_length=200)] | None = None
    route: Annotated[list[RouteLeg], Field(max_length=50)] | None = None
    conveyances: Annotated[list[Conveyance], Field(max_length=50)] | None = None
    concealment: Annotated[list[Concealment], Field(max_length=20)] | None = None


# What the API shows where an officer wrote nothing, and what it works out itself.
DEFAULTS: dict[str, Any] = CaseContent().model_dump()
READ_ONLY = frozenset(field.alias or name for name, field in Case.model_fields.items()) - frozenset(CaseContent.model_fields)


def cleaned(raw: Any) -> tuple[dict[str, Any], list[FieldError]]:
    """A JSON object as it may be stored (plain.py); empty when there are problems."""
    if not isinstance(raw, dict):
        return {}, [problem("", "wrong_type_object")]
    cleaner = Cleaner()
    tree = cleaner.clean(raw)
    problems = cleaner.finish()
    return ({}, problems) if problems else (tree, [])


def checked(tree: Any, former: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], list[FieldError]]:
    """A cleaned tree as content, and every problem at once; the content is empty when there are any.

    `former` is the content before: a code that was retired meanwhile may stay where it stands.
    """
    try:
        content = Content.model_validate(tree, context={"kept": frozenset(_leaves(former))} if former else None)
    except ValidationError as error:
        return {}, problems_of(error)
    if len(content.model_dump_json(exclude_none=True).encode()) > MOST_BYTES:
        return {}, [problem("", "too_large")]
    return without_defaults(content.model_dump(exclude_none=True)), []


def without_defaults(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content says only what differs from a case in which nothing was written."""
    return {name: value for name, value in content.items() if value != DEFAULTS[name]}


def content_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """What officers wrote of a full case: `record.worked_out` the other way round."""
    content = without_defaults({name: case[name] for name in DEFAULTS})
    if "goods" in content:
        content["goods"] = [{name: value for name, value in line.items() if name != "quantity_kg"} for line in content["goods"]]
    return content


def without_read_only(raw: dict[str, Any], current: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """A read-only member is dropped where it says what is so already (a client sends back what it read), else refused."""
    problems = [problem(name, "read_only") for name in raw if name in READ_ONLY and raw[name] != current.get(name)]
    return {name: value for name, value in raw.items() if name not in READ_ONLY}, problems


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
