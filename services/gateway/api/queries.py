"""Query parameters as models: read after the caller is known to be allowed, refused by field, documented from the same place."""

from __future__ import annotations

from typing import Any, Literal, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

MOST_TEXT = 4_000


class Query(BaseModel):
    """Unknown parameters are passed over, as every browser and proxy expects."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Page(Query):
    limit: int = Field(50, ge=1, le=500, description="at most 500")
    after: str | None = Field(None, max_length=MOST_TEXT, description="`next` of the page before")


class CasesQuery(Page):
    status: str | None = Field(None, max_length=40)
    mine: bool | None = None


class SearchQuery(Page):
    q: str = Field("", max_length=MOST_TEXT, description="the query; empty is everything")
    filter: list[str] = Field([], max_length=50, description="repeats; in the query language")
    facets: str = Field("", max_length=MOST_TEXT, description="names, parted by commas")
    sort: Literal["relevance", "date", "-date", "kg", "-kg", "case_no", "-case_no"] = "relevance"


class SuggestQuery(Query):
    q: str = Field("", max_length=200)


class AlertsQuery(Page):
    unit: str | None = Field(None, max_length=40)
    state: str | None = Field(None, max_length=40)


class ReportFilters(Query):
    """One value of a dimension each; the reports service knows the dimensions."""

    year: str | None = Field(None, max_length=40)
    commodity: str | None = Field(None, max_length=40)
    country: str | None = Field(None, max_length=40)
    office: str | None = Field(None, max_length=40)
    unit: str | None = Field(None, max_length=40)
    origin: str | None = Field(None, max_length=40)
    status: str | None = Field(None, max_length=40)
    method: str | None = Field(None, max_length=40)
    departure: str | None = Field(None, max_length=40)
    destination: str | None = Field(None, max_length=40)


class ReportQuery(ReportFilters):
    """`from` and `to` are days in the administration's zone, both included."""

    from_: str | None = Field(None, alias="from", max_length=40)
    to: str | None = Field(None, max_length=40)
    group: str | None = Field(None, max_length=40)
    format: Literal["json", "csv", "xlsx"] = "json"

    def options(self) -> dict[str, Any]:
        """As the reports service takes them."""
        filters = self.model_dump(include=set(ReportFilters.model_fields), exclude_none=True)
        return self.model_dump(by_alias=True, include={"from_", "to", "group"}, exclude_none=True) | {"filters": filters}


class TrailQuery(Page):
    actor: str | None = Field(None, max_length=100)
    subject: str | None = Field(None, max_length=100)
    action: str | None = Field(None, max_length=100)
    from_: str | None = Field(None, alias="from", max_length=40)


class VocabularyQuery(Query):
    lang: Literal["en", "lo"] | None = None


Model = TypeVar("Model", bound=Query)


def parse_query(request: Request, model: type[Model]) -> Model:
    """Raises Unprocessable with every parameter that does not fit."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        sent = request.query_params.getlist(key)
        if sent:
            values[key] = sent if get_origin(field.annotation) is list else sent[-1]
    problems = [_unstorable(key) for key, value in values.items() if "\0" in "".join(value) or not _is_text("".join(value))]
    if problems:
        raise Unprocessable(errors=problems)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Unprocessable(errors=[_field_error(dict(item)) for item in error.errors()]) from error


def _is_text(value: str) -> bool:
    """Whether it is Unicode at all: half a surrogate pair is not, nor is what was no UTF-8 in the address."""
    return value.isascii() or (value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") == value and "\ufffd" not in value)


def _unstorable(field: str) -> FieldError:
    return FieldError(field, "format", N_("This text has characters that cannot be kept."))


def _field_error(item: dict[str, Any]) -> FieldError:
    field, kind, context = str(item["loc"][0]), item["type"], item.get("ctx", {})
    if kind in {"less_than_equal", "greater_than_equal"}:
        limit = context.get("le", context.get("ge"))
        return FieldError(field, "out_of_range", N_("Use a number within the limits (%(limit)s)."), {"limit": limit})
    if kind == "literal_error":
        return FieldError(field, "unknown_code", N_("Use one of %(expected)s."), {"expected": context["expected"]})
    if kind in {"string_too_long", "too_long"}:
        return FieldError(field, "too_long", N_("Use at most %(most)s characters."), {"most": context["max_length"]})
    return FieldError(field, "wrong_type", N_("This value has the wrong type."))
