"""A unit's saved search: what an officer may write, and what the service keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import FieldError, PreconditionFailed, PreconditionRequired, Unprocessable
from shared.i18n import N_

SEVERITIES = ("critical", "high", "medium", "low", "info")
CHANNELS = ("screen", "mail")
NAME_LENGTH = 200
QUERY_LENGTH = 2000

_WRITTEN = ("name", "query", "unit", "alert", "severity", "channels")
# What a read adds; a client may send it back, and it changes nothing.
_ADDED = frozenset({"id", "version", "created_at", "created_by", "changed_at", "changed_by"})


@dataclass(frozen=True, slots=True)
class SavedSearchContent:
    name: str
    query: str
    unit: str
    alert: bool
    severity: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """As it is kept. `revision` grows over all saved searches, so that a matcher asks only for what it has not seen."""

    id: str
    version: int
    name: str
    query: str
    unit: str
    alert: bool
    severity: str
    channels: tuple[str, ...]
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    deleted_at: datetime | None
    revision: int

    def to_wire(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "query": self.query,
            "unit": self.unit,
            "alert": self.alert,
            "severity": self.severity,
            "channels": list(self.channels),
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "changed_at": self.changed_at.isoformat(),
            "changed_by": self.changed_by,
        }


def content_from(body: Any, *, unit: str, problems_of: Callable[[str], list[FieldError]]) -> SavedSearchContent:
    """`problems_of` checks the query's text; `unit` is the default. Raises Unprocessable with every problem at once."""
    if not isinstance(body, Mapping):
        raise Unprocessable(errors=[FieldError("", "wrong_type", N_("Send the saved search as an object with its fields."))])
    errors = [
        FieldError(name, "unknown_field", N_("There is no such field in a saved search."))
        for name in body
        if name not in (*_WRITTEN, *_ADDED)
    ]
    given = {name: body[name] for name in _WRITTEN if body.get(name) is not None}
    errors += _text_problems(given, "name", NAME_LENGTH)
    errors += _text_problems(given, "query", QUERY_LENGTH) or problems_of(given["query"])
    errors += _choice_problems(given)
    if errors:
        raise Unprocessable(errors=errors)
    return SavedSearchContent(
        name=given["name"].strip(),
        query=given["query"],
        unit=given.get("unit", unit),
        alert=given.get("alert", False),
        severity=given.get("severity", "medium"),
        channels=tuple(dict.fromkeys(given.get("channels", ["screen"]))),
    )


def _text_problems(given: Mapping[str, Any], name: str, longest: int) -> list[FieldError]:
    value = given.get(name)
    if value is None:
        return [FieldError(name, "required", N_("Enter this field."))]
    if not isinstance(value, str):
        return [FieldError(name, "wrong_type", N_("Enter text here."))]
    if not value.strip():
        return [FieldError(name, "required", N_("Enter this field."))]
    if "\0" in value:
        return [FieldError(name, "characters", N_("This text has control characters that cannot be stored. Type it again."))]
    if len(value) > longest:
        return [FieldError(name, "too_long", N_("Shorten this text to %(limit)s characters."), {"limit": longest})]
    return []


def _choice_problems(given: Mapping[str, Any]) -> list[FieldError]:
    errors = []
    if not isinstance(given.get("unit", ""), str):
        errors.append(FieldError("unit", "wrong_type", N_("Enter the unit's code.")))
    if not isinstance(given.get("alert", False), bool):
        errors.append(FieldError("alert", "wrong_type", N_("Answer with true or false.")))
    if given.get("severity", "medium") not in SEVERITIES:
        errors.append(FieldError("severity", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": ", ".join(SEVERITIES)}))
    channels = given.get("channels", [])
    if not isinstance(channels, list):
        errors.append(FieldError("channels", "wrong_type", N_("Send a list of channels.")))
    elif any(channel not in CHANNELS for channel in channels):
        errors.append(FieldError("channels", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": ", ".join(CHANNELS)}))
    return errors


def require_match(if_match: str | None, version: int) -> None:
    """Holds the raw `If-Match` header against the present version. Raises PreconditionRequired or PreconditionFailed."""
    if if_match is None:
        raise PreconditionRequired(N_("Send the version that you changed in If-Match."))
    tags = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if tags.isdisjoint({"*", f'"{version}"'}):
        raise PreconditionFailed(N_("Somebody changed this in the meantime. Load it again."), details={"version": version})
