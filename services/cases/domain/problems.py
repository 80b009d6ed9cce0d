"""What can be wrong with a field, each with the sentence that tells the officer what to do."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

MESSAGES: dict[str, str] = {
    "required": N_("Fill in this field."),
    "required_any": N_("Fill in this field, or one of these: %(fields)s."),
    "not_in_minimal_data": N_("A statistical case holds nothing nominal. Empty this field, or make it a full case."),
    "unknown_field": N_("There is no field of this name. Check its spelling."),
    "unknown_code": N_("“%(value)s” is not a code of this list. Choose one of the list."),
    "retired_code": N_("The code “%(value)s” is no longer used. Choose another one."),
    "other_commodity": N_("“%(value)s” does not belong to these goods. Choose the goods or the kind that fits."),
    "wrong_type_text": N_("Send this as text in quotation marks."),
    "wrong_type_list": N_("Send this as a list."),
    "wrong_type_object": N_("Send this as an object with named fields."),
    "wrong_type_boolean": N_("Send true or false."),
    "wrong_type_number": N_("Send this as a number without quotation marks."),
    "wrong_type_quantity": N_('Send the amount as text with a decimal point, such as "2.400".'),
    "not_a_number": N_("Enter digits with a decimal point, such as 2.400."),
    "negative": N_("The amount cannot be less than zero."),
    "out_of_range": N_("This must lie between %(least)s and %(most)s."),
    "too_long": N_("Shorten this to %(most)s characters."),
    "too_many": N_("At most %(most)s entries fit here."),
    "too_deep": N_("This is nested too deeply."),
    "too_large": N_("The record is too large. Shorten its texts, or attach a document."),
    "characters": N_("This text has control characters that cannot be stored. Type it again."),
    "invalid": N_("Check this value."),
    "malformed": N_("This is not written as it must be, for example %(example)s."),
    "malformed_date": N_("Enter a date and time with zone, such as 2026-03-02T21:40:00+07:00, or only a day, a month or a year."),
    "zone_missing": N_("Add the time zone to the time, such as +07:00."),
    "no_such_day": N_("There is no such day or time. Check the date."),
    "in_future": N_("The date lies in the future. Check the year and the day."),
    "buddhist_year": N_("The year %(year)s looks like a Buddhist one. Enter the Christian year, %(christian)s."),
    "check_digit": N_("The number “%(value)s” does not add up. Check each character with the original."),
    "read_only": N_("This field is worked out by the system. Leave it out."),
    "above_clearance": N_("You are not cleared for “%(value)s”. Choose a lower classification."),
    "foreign_unit": N_("“%(value)s” is not your unit or one below it. Choose another one."),
    "unknown_user": N_("Nobody here has the user name “%(value)s”. Check its spelling."),
    "page_unknown": N_("This page is not known. Start again with the first."),
    "comment_required": N_("Say in a comment what must be changed."),
    "reason_required": N_("Give the reason."),
}

_KINDS = {
    "string_type": "wrong_type_text",
    "list_type": "wrong_type_list",
    "dict_type": "wrong_type_object",
    "model_type": "wrong_type_object",
    "model_attributes_type": "wrong_type_object",
    "bool_type": "wrong_type_boolean",
    "int_type": "wrong_type_number",
    "float_type": "wrong_type_number",
    "extra_forbidden": "unknown_field",
    "missing": "required",
}


# Codes that other programs see, where several sentences share one.
_PUBLIC = {code: "wrong_type" for code in MESSAGES if code.startswith("wrong_type")} | {
    "malformed_date": "malformed",
    "zone_missing": "malformed",
    "no_such_day": "malformed",
    "required_any": "required",
    "unknown_user": "unknown_code",
    "page_unknown": "malformed",
    "comment_required": "required",
    "reason_required": "required",
}


def problem(field: str, code: str, **params: Any) -> FieldError:
    return FieldError(field, _PUBLIC.get(code, code), MESSAGES[code], params)


def refuse(problems: list[FieldError]) -> None:
    """Raises Unprocessable with all of them, if there are any."""
    if problems:
        raise Unprocessable(N_("Some fields need your attention."), errors=problems)


def problems_of(error: ValidationError) -> list[FieldError]:
    """Every problem that pydantic found, in the order of the fields."""
    return [_translate(item) for item in error.errors(include_url=False)]


def _translate(item: Any) -> FieldError:
    field, kind, context = path_of(item["loc"]), item["type"], item.get("ctx", {})
    if kind in MESSAGES:
        # One of ours (fields.py), or one of pydantic's that happens to have our name and another context.
        if kind == "too_long":
            return problem(field, "too_many", most=context["max_length"])
        return problem(field, kind, **context)
    if kind == "string_too_long":
        return problem(field, "too_long", most=context["max_length"])
    return problem(field, _KINDS.get(kind, "invalid"))


def path_of(location: tuple[int | str, ...]) -> str:
    """`("goods", 0, "unit")` is `goods[0].unit`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if path else shown(part)
    return path


def shown(value: object) -> str:
    """A value as an error repeats it: short, whatever was sent."""
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
