"""A mapping: how the columns of one kind of file become fields of a case. It is data, saved by name or sent along with the file."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

AUTO = "auto"
SAVED = Path(__file__).parent / "mappings"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

TargetField = Literal[
    "occurred_at",
    "title",
    "procedure",
    "detection_method",
    "office",
    "place.name",
    "place.region",
    "place.country",
    "place.locode",
    "goods.commodity",
    "goods.subtype",
    "goods.quantity",
    "goods.unit",
    "goods.value",
    "goods.currency",
    "goods.purity",
    "goods.origin_country",
    "conveyances.mode",
    "concealment.code",
    "route.departure",
    "route.transit",
    "route.destination",
]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scaled(Model):
    """A unit that is so many of another: `times` multiplies the quantity."""

    code: str
    times: Decimal = Field(gt=0)


class Column(Model):
    """`values` maps folded cell texts to codes, before the vocabulary is asked; `otherwise` is the code of what nobody knows."""

    column: str = Field(min_length=1)
    field: TargetField
    values: dict[str, str | Scaled] = {}
    otherwise: str | None = None
    missing: list[str] = []


class Constants(Model):
    """Fields that every row of the file shares."""

    minimal_data: bool = True
    office: str | None = None
    commodity: str | None = None
    procedure: str | None = None
    detection_method: str | None = None


class Mapping(Model):
    """`dates` are strptime patterns, tried in order; `delimiter` and `encoding` left out are told from the file."""

    name: str
    title: str = ""
    languages: tuple[str, ...] = ("en",)
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str | None = None
    dates: tuple[str, ...] = Field(default=("%Y-%m-%d",), min_length=1)
    decimal_mark: Literal[".", ","] = "."
    constants: Constants = Constants()
    columns: tuple[Column, ...] = Field(min_length=1)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError as error:
            raise ValueError("no such encoding") from error
        return encoding

    @field_validator("dates")
    @classmethod
    def _usable_dates(cls, dates: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in dates:
            example = datetime(2014, 3, 2)  # noqa: DTZ001  only a pattern is tried
            if datetime.strptime(example.strftime(pattern), pattern) != example:  # noqa: DTZ007  a pattern is tried, no time is kept
                raise ValueError("a date pattern must hold day, month and year")
        return dates

    @model_validator(mode="after")
    def _has_what_a_row_needs(self) -> Mapping:
        fields = [column.field for column in self.columns]
        if "occurred_at" not in fields:
            raise ValueError("a mapping needs a column for occurred_at")
        if not {"goods.commodity", "goods.subtype"} & set(fields) and self.constants.commodity is None:
            raise ValueError("a mapping needs a column or a constant for the commodity")
        repeated = {field for field in fields if fields.count(field) > 1}
        if repeated:
            raise ValueError("a field may come from one column only")
        return self


@cache
def saved_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in SAVED.glob("*.json")))


def load_mapping(given: str | dict[str, Any]) -> Mapping:
    """`given` is a saved name, a mapping, or a mapping's JSON text. Raises Unprocessable at the field `mapping`."""
    if isinstance(given, str):
        if _NAME.fullmatch(given):
            if given not in saved_names():
                message = N_("There is no saved mapping of this name. Choose one of: %(names)s.")
                raise _refused("unknown_code", message, names=", ".join(saved_names()))
            given = (SAVED / f"{given}.json").read_text(encoding="utf-8")
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError as error:
            raise _refused("malformed", N_("The mapping must be a saved name or a mapping as JSON.")) from error
    return _validated(given)


def _validated(given: Any) -> Mapping:
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        problems = [
            FieldError(
                ".".join(["mapping", *map(str, problem["loc"])]),
                "malformed",
                N_("This part of the mapping cannot be used: %(problem)s."),
                {"problem": problem["msg"]},
            )
            for problem in error.errors(include_url=False)
        ]
        raise Unprocessable(N_("The mapping cannot be used"), errors=problems) from error


def fitting_mapping(header: list[str]) -> Mapping:
    """The saved mapping that reads most columns of this header, and lacks none. Raises Unprocessable at the field `mapping`."""
    fitting = [mapping for mapping in map(load_mapping, saved_names()) if not missing_columns(mapping, header)]
    if not fitting:
        message = N_("No saved mapping fits the columns of this file. Send a mapping as JSON, or choose one of: %(names)s.")
        raise _refused("no_mapping_fits", message, names=", ".join(saved_names()))
    return max(fitting, key=lambda mapping: len(mapping.columns))


def missing_columns(mapping: Mapping, header: list[str]) -> list[str]:
    present = set(header)
    return [column.column for column in mapping.columns if column.column not in present]


def require_columns(mapping: Mapping, header: list[str]) -> None:
    """A file of another kind is refused as a whole, by the columns that it lacks. Raises Unprocessable."""
    absent = missing_columns(mapping, header)
    if absent:
        message = N_("The file has no column %(columns)s that the mapping reads. Choose the mapping that fits the file.")
        raise _refused("wrong_mapping", message, columns=", ".join(absent))


def _refused(code: str, message: str, **params: str) -> Unprocessable:
    return Unprocessable(message, params=params, errors=[FieldError("mapping", code, message, dict(params))])
