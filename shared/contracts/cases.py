"""What the cases service tells: the case as the API gives it, its facts without nominal data, and the `case.*` events.

These models are the wire, read by consumers that may be a version older or newer: unknown fields are ignored and codes are plain
strings. What an officer may write is stricter and stands in `services/cases/domain/content.py`; a test holds the two alike.
Optional members of nested objects are left out when empty; the members of `Case` itself are always there.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["year", "month", "day", "minute"]
Origin = Literal["recorded", "imported", "training"]
Status = Literal["draft", "submitted", "returned", "validated", "published", "legal", "disposal", "closed", "cancelled"]
Classification = Literal["unclassified", "restricted", "secret"]

CASE_EVENT_TYPES = (
    "case.submitted.v1",
    "case.changed.v1",
    "case.returned.v1",
    "case.validated.v1",
    "case.published.v1",
    "case.moved_to_legal.v1",
    "case.moved_to_disposal.v1",
    "case.closed.v1",
    "case.cancelled.v1",
    "case.imported.v1",
)
VALIDATED_STATUSES = ("validated", "published", "legal", "disposal", "closed")
CASES_EXCHANGE = "cases.events"
CASES_NOMINAL_EXCHANGE = "cases.nominal.events"


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Coordinates(Wire):
    """WGS 84 degrees."""

    latitude: float
    longitude: float


class Place(Wire):
    name: str | None = None
    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2")
    region: str | None = Field(default=None, description="province or other administrative division, as written")
    office: str | None = Field(default=None, description="code of a customs office")
    locode: str | None = Field(default=None, description="UN/LOCODE, such as LAVTE")
    coordinates: Coordinates | None = None


class Packages(Wire):
    count: int | None = None
    type: str | None = None


class Cites(Wire):
    taxon: str | None = None
    appendix: str | None = None
    source: str | None = None
    purpose: str | None = None
    term: str | None = None


class GoodsLine(Wire):
    """`quantity`, `value`, `duty_evaded` and `purity` (percent) are decimal strings. `quantity_kg` is worked out, null when not known."""

    commodity: str | None = None
    subtype: str | None = None
    hs_code: str | None = None
    description: dict[str, str] | None = Field(default=None, description="text by language")
    quantity: str | None = None
    unit: str | None = Field(default=None, description="UNECE Rec 20 or a local code")
    quantity_kg: str | None = None
    packages: Packages | None = None
    value: str | None = None
    currency: str | None = None
    duty_evaded: str | None = None
    origin_country: str | None = None
    brand: str | None = None
    right_holder: str | None = None
    serials: list[str] | None = None
    purity: str | None = None
    lab_reference: str | None = None
    cites: Cites | None = None


class Conveyance(Wire):
    mode: str | None = Field(default=None, description="UNECE Rec 19, pedestrian or express")
    type: str | None = None
    registration: str | None = None
    vin: str | None = None
    imo: str | None = None
    mmsi: str | None = None
    flag: str | None = None
    make: str | None = None
    model: str | None = None
    colour: str | None = None
    flight_or_voyage: str | None = None
    container_no: str | None = None
    seals: list[str] | None = None
    waybill: str | None = None


class RouteLeg(Wire):
    """One point of the route, in order; `date` may be a year, a month or a day; `known` is planned or actual."""

    role: str | None = None
    country: str | None = None
    place: str | None = None
    date: str | None = None
    known: str | None = None


class Concealment(Wire):
    code: str | None = None
    text: str | None = None


class FieldComment(Wire):
    field: str
    comment: str


class Returned(Wire):
    """Why the validator sent the record back, last time."""

    comment: str
    fields: list[FieldComment]
    at: str
    by: str


class ImportSource(Wire):
    """Where an imported case comes from. `row` 1 is the first after the header."""

    job: str
    file: str
    row: int


class CaseContent(Wire):
    """What officers write."""

    classification: Classification = "restricted"
    handling: str | None = None
    minimal_data: bool = Field(default=False, description="statistical case: commodity, quantity, place and date, nothing nominal")
    office: str | None = None
    unit: str | None = None
    lead_officer: str | None = Field(default=None, description="username")
    team: list[str] = []
    offence_types: list[str] = []
    offence_other: str | None = Field(default=None, description="in words, when offence_types has other")
    legal_basis: list[str] = []
    title: str | None = None
    narrative: dict[str, str] = Field(default={}, description="text by language")
    tags: list[str] = []
    occurred_at: str | None = Field(default=None, description="RFC 3339 with zone, or a day, a month (2026-03) or a year")
    place: Place | None = None
    procedure: str | None = None
    detection_method: str | None = None
    goods: list[GoodsLine] = []
    route: list[RouteLeg] = []
    conveyances: list[Conveyance] = []
    concealment: list[Concealment] = []


class Case(CaseContent):
    """The case as `GET /cases/{id}` gives it. Users are named by username; times are RFC 3339."""

    id: str
    case_no: str | None = Field(default=None, description="null until it is submitted")
    version: int
    status: Status
    origin: Origin
    occurred_on: str | None = Field(
        None, description="the local day, in the administration's zone; the first of the month or year when only that is known"
    )
    occurred_precision: Precision | None = None
    kilograms: str | None = Field(default=None, description="sum of the goods lines whose weight is known")
    created_at: str
    created_by: str
    changed_at: str
    changed_by: str
    submitted_at: str | None = None
    submitted_by: str | None = None
    validated_at: str | None = None
    validated_by: str | None = None
    returned: Returned | None = None
    reason: str | None = Field(default=None, description="why this version was made, where a reason is asked for")
    import_: ImportSource | None = Field(default=None, alias="import")
    original: dict[str, str] = Field(
        default={}, description="values as the file had them, by field path, or by column where none was mapped"
    )


class NominalCase(Case):
    """What travels on `cases.nominal.events` and `replay`: the whole case and its unique, growing number."""

    sequence: int


class GoodsFacts(Wire):
    commodity: str | None = None
    subtype: str | None = None
    hs_code: str | None = None
    quantity: str | None = None
    unit: str | None = None
    quantity_kg: str | None = None
    value: str | None = None
    currency: str | None = None
    duty_evaded: str | None = None
    origin_country: str | None = None


class RouteFacts(Wire):
    role: str | None = None
    country: str | None = None


class CaseFacts(Wire):
    """A case without free text, names or identifiers: codes, numbers and dates only."""

    id: str
    case_no: str
    sequence: int
    version: int
    status: Status
    origin: Origin
    classification: Classification
    handling: str | None = None
    minimal_data: bool = False
    office: str
    unit: str
    offence_types: list[str] = []
    procedure: str | None = None
    detection_method: str | None = None
    occurred_on: str | None = None
    occurred_precision: Precision | None = None
    country: str | None = Field(default=None, description="of the place")
    kilograms: str | None = None
    goods: list[GoodsFacts] = []
    route: list[RouteFacts] = []
    modes: list[str] = []
    conveyance_types: list[str] = []
    concealment: list[str] = []
    created_at: str
    submitted_at: str | None = None
    validated_at: str | None = None
    import_job: str | None = None


class CaseFactsData(Wire):
    """`data` of every `case.*` event on `cases.events`. `changed` names fields, such as `goods[0].quantity` or `status`."""

    case: CaseFacts
    changed: list[str]
    previous_status: Status | None = Field(default=None, description="null for an imported case")
    alert: bool = Field(default=True, description="false when an importer asked for no alerts")


class CaseNominalData(Wire):
    """`data` of the same event (same id) on `cases.nominal.events`."""

    case: NominalCase
    changed: list[str]
    previous_status: Status | None = None
    alert: bool = True


def counts(facts: dict[str, Any]) -> bool:
    """Whether reports count it: from submitted on, without cancelled ones."""
    return facts["status"] not in ("draft", "cancelled")
