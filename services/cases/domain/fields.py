"""The kinds of field that a case is made of, each checked where it enters. Errors carry a code of `problems.MESSAGES`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError
from stdnum import imo, iso6346
from stdnum.exceptions import ValidationError as NumberError

from services.cases.domain.amounts import AMOUNT, NEGATIVE
from services.cases.domain.dates import parse_occurrence, parse_partial
from services.cases.domain.problems import shown
from shared.vocabulary import vocabulary

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def fault(code: str, **params: Any) -> PydanticCustomError:
    # The template is our code; the sentence is found in problems.MESSAGES, so that it can be translated.
    return PydanticCustomError(code, code, params)


def code_of(name: str) -> AfterValidator:
    """A code of a vocabulary. A retired one is taken only where the former version had it (`context["kept"]`)."""

    def check(value: str, info: ValidationInfo) -> str:
        codes = vocabulary(name)
        if value not in codes:
            raise fault("unknown_code", value=shown(value))
        if codes.is_retired(value) and value not in (info.context or {}).get("kept", ()):
            raise fault("retired_code", value=value)
        return value

    return AfterValidator(check)


def written(pattern: str, example: str) -> AfterValidator:
    """Text of one form, such as a UN/LOCODE."""
    form = re.compile(pattern)

    def check(value: str) -> str:
        if form.fullmatch(value) is None:
            raise fault("malformed", example=example)
        return value

    return AfterValidator(check)


def number_between(least: float, most: float) -> AfterValidator:
    def check(value: float) -> float:
        if not least <= value <= most:  # also refuses NaN
            raise fault("out_of_range", least=least, most=most)
        return value

    return AfterValidator(check)


def _texts(values: dict[str, str]) -> dict[str, str]:
    for language in values:
        if _LANGUAGE.fullmatch(language) is None:
            raise fault("malformed", example="en")
    return values


def _without_nulls(values: Any) -> Any:
    return {key: item for key, item in values.items() if item is not None} if isinstance(values, dict) else values


def _amount_type(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise fault("wrong_type_quantity")
    return value


def _amount(value: str) -> str:
    if AMOUNT.fullmatch(value) is None:
        raise fault("negative" if NEGATIVE.fullmatch(value) else "not_a_number")
    return value


def _percent(value: str) -> str:
    if float(value) > 100:
        raise fault("out_of_range", least=0, most=100)
    return value


def _occurrence(value: str) -> str:
    parse_occurrence(value, UTC)
    return value


def _partial_date(value: str) -> str:
    if parse_partial(value) is None:
        raise fault("malformed", example="2026-03-02")
    return value


def _adds_up(validate: Callable[[str], str]) -> AfterValidator:
    def check(value: str) -> str:
        try:
            validate(value)
        except NumberError:
            raise fault("check_digit", value=shown(value)) from None
        return value

    return AfterValidator(check)


def _container(value: str) -> str:
    return str(iso6346.validate(value.replace("-", "").replace("/", "").upper()))


Code = Annotated[str, StringConstraints(max_length=100)]
Name = Annotated[str, StringConstraints(max_length=300)]
Remark = Annotated[str, StringConstraints(max_length=5_000)]
Story = Annotated[str, StringConstraints(max_length=50_000)]
# One text per language.
Remarks = Annotated[dict[str, Remark], Field(max_length=10), BeforeValidator(_without_nulls), AfterValidator(_texts)]
Stories = Annotated[dict[str, Story], Field(max_length=10), BeforeValidator(_without_nulls), AfterValidator(_texts)]
Amount = Annotated[str, AfterValidator(_amount), BeforeValidator(_amount_type)]
Percent = Annotated[str, AfterValidator(_amount), AfterValidator(_percent), BeforeValidator(_amount_type)]
Moment = Annotated[str, AfterValidator(_occurrence)]
PartialDate = Annotated[str, AfterValidator(_partial_date)]
ContainerNumber = Annotated[str, StringConstraints(max_length=20), _adds_up(_container)]
ImoNumber = Annotated[str, StringConstraints(max_length=20), _adds_up(imo.validate)]
UnitCode = Annotated[str, written(r"[A-Z0-9][A-Z0-9-]{0,31}", "LA-VTE")]
Username = Annotated[str, written(r"[\w.@-]{1,100}", "officer.vte")]
Count = Annotated[int, number_between(0, 10**9)]
Latitude = Annotated[float, number_between(-90, 90)]
Longitude = Annotated[float, number_between(-180, 180)]
Country = Annotated[str, code_of("countries")]
