"""Shapes for the OpenAPI document. A case's own come from the contract; the rest is what api.md writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from shared.contracts.cases import Case, CaseContent


class FieldProblem(BaseModel):
    field: str
    code: str
    message: str
    position: int | None = None


class Problem(BaseModel):
    """RFC 9457. A 412 has `version`, the current one, at the top level."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]


class SignIn(BaseModel):
    username: str
    password: str
    otp: str | None = None


class User(BaseModel):
    id: str
    username: str
    name: str
    unit: str
    unit_names: dict[str, str]
    roles: list[str]
    clearance: str


class SessionInfo(BaseModel):
    expires_at: str
    user: User


class SignedIn(SessionInfo):
    token: str


class Paged(BaseModel):
    next: str | None


class CaseList(Paged):
    items: list[Case]


class FieldComment(BaseModel):
    field: str
    comment: str


class Transition(BaseModel):
    """`to` is the status to reach."""

    to: str
    comment: str | None = None
    fields: list[FieldComment] | None = None


class Version(BaseModel):
    version: int
    at: str
    actor: str
    change: str
    reason: str | None
    changed: list[str]


class VersionList(BaseModel):
    items: list[Version]


class Change(BaseModel):
    field: str
    before: Any
    after: Any


class Difference(BaseModel):
    a: int
    b: int
    changes: list[Change]


class Reader(BaseModel):
    at: str
    actor: str


class ReaderList(BaseModel):
    items: list[Reader]


class Import(BaseModel):
    """`mapping` is a saved name, a mapping as JSON, or `auto`."""

    file: bytes
    mapping: str = "auto"
    dry_run: bool = False
    alert: bool = False


class JobReference(BaseModel):
    job: str


class Job(BaseModel):
    id: str
    kind: str
    state: str
    progress: float | None
    counts: dict[str, int]
    result: Any
    started_at: str | None
    ended_at: str | None


class Reason(BaseModel):
    reason: str


class Hit(BaseModel):
    id: str
    case_no: str
    score: float
    summary: dict[str, Any]
    highlights: Any


class FacetValue(BaseModel):
    value: str
    label: str
    count: int


class SearchAnswer(Paged):
    total: int
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    took_ms: float


class SavedSearchContent(BaseModel):
    name: str
    query: str
    unit: str | None = None
    alert: bool = False
    severity: str = "medium"
    channels: list[str] = ["screen"]


class SavedSearch(SavedSearchContent):
    id: str
    version: int


class SavedSearchList(Paged):
    items: list[SavedSearch]


class AlertCase(BaseModel):
    id: str
    case_no: str
    version: int


class AlertSearch(BaseModel):
    id: str
    name: str


class AlertReason(BaseModel):
    field: str
    text: str
    terms: list[str]


class Alert(BaseModel):
    id: str
    unit: str
    state: str
    severity: str
    case: AlertCase
    saved_search: AlertSearch
    reason: list[AlertReason]
    created_at: str
    due_at: str | None
    assigned_to: str | None
    acknowledged_by: str | None


class AlertList(Paged):
    items: list[Alert]
    counts: dict[str, int]


class AlertAct(BaseModel):
    to: str | None = None
    comment: str | None = None


class ReportTitle(BaseModel):
    key: str
    title: str


class ReportList(BaseModel):
    items: list[ReportTitle]


class Report(BaseModel):
    """`totals` is keyed by column, always with `cases` (a number) and `kilograms` (a decimal string)."""

    columns: list[Any]
    rows: list[Any]
    totals: dict[str, Any]
    data_as_of: str | None


class Code(BaseModel):
    code: str
    label: str
    retired: bool


class Vocabulary(BaseModel):
    name: str
    items: list[Code]


class Entry(BaseModel):
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    outcome: str
    hash: str = Field(description="SHA-256 over the entry and the one before")


class TrailList(Paged):
    items: list[Entry]


MODELS: tuple[type[BaseModel], ...] = (
    Problem,
    SignIn,
    SignedIn,
    SessionInfo,
    Case,
    CaseContent,
    CaseList,
    Transition,
    VersionList,
    Difference,
    ReaderList,
    Import,
    JobReference,
    Job,
    Reason,
    SearchAnswer,
    SavedSearchContent,
    SavedSearch,
    SavedSearchList,
    Alert,
    AlertList,
    AlertAct,
    ReportList,
    Report,
    Vocabulary,
    TrailList,
)


def component_schemas() -> dict[str, Any]:
    _, document = models_json_schema([(model, "serialization") for model in MODELS], ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = document["$defs"]
    return schemas
