"""Refusals that a caller can act on, the same in every service and on the wire.

A service raises one of these; the RPC layer carries it to the gateway, whose one table turns `kind` into an HTTP status.
Messages are English gettext ids with `%(name)s` parameters: the gateway translates them, services never do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem at one field; `field` is a path such as `goods[0].quantity`."""

    field: str
    code: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    position: int | None = None

    def to_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"field": self.field, "code": self.code, "message": self.message, "params": self.params}
        if self.position is not None:
            wire["position"] = self.position
        return wire


class ServiceError(Exception):
    """Base of every refusal. `details` are extra members of the problem document (never nominal data)."""

    kind: ClassVar[str] = "internal"
    code = "internal"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        params: dict[str, Any] | None = None,
        errors: list[FieldError] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message or self.code)
        self.message = message
        self.code = code or self.code
        self.params = params or {}
        self.errors = errors or []
        self.details = details or {}

    def to_wire(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "params": self.params,
            "errors": [error.to_wire() for error in self.errors],
            "details": self.details,
        }


class Unauthenticated(ServiceError):
    kind, code = "unauthenticated", "not_signed_in"


class Forbidden(ServiceError):
    kind, code = "forbidden", "forbidden"


class NotFound(ServiceError):
    kind, code = "not_found", "not_found"


class PreconditionRequired(ServiceError):
    """A write came without `If-Match`."""

    kind, code = "precondition_required", "if_match_required"


class PreconditionFailed(ServiceError):
    """`details` carries `version`, the current one."""

    kind, code = "precondition_failed", "stale_version"


class Unprocessable(ServiceError):
    """Every problem at once, by field."""

    kind, code = "unprocessable", "unprocessable"


class Conflict(ServiceError):
    """What the present state forbids."""

    kind, code = "conflict", "conflict"


class Gone(ServiceError):
    kind, code = "gone", "gone"


class Unavailable(ServiceError):
    """A service, engine or broker is away; `details["retry_after"]` is in seconds."""

    kind, code = "unavailable", "unavailable"


class RenewRights(ServiceError):
    """The service has seen newer rights than the token's: the gateway signs again and repeats the call."""

    kind, code = "renew", "renew"


_BY_KIND: dict[str, type[ServiceError]] = {
    cls.kind: cls
    for cls in (
        Unauthenticated,
        Forbidden,
        NotFound,
        PreconditionRequired,
        PreconditionFailed,
        Unprocessable,
        Conflict,
        Gone,
        Unavailable,
        RenewRights,
    )
}


def error_from_wire(wire: dict[str, Any]) -> ServiceError:
    """Rebuild what a service raised; an unknown kind becomes the base class."""
    cls = _BY_KIND.get(wire.get("kind", ""), ServiceError)
    return cls(
        wire.get("message", ""),
        code=wire.get("code"),
        params=wire.get("params"),
        errors=[FieldError(**error) for error in wire.get("errors", [])],
        details=wire.get("details"),
    )


class Retryable(Exception):
    """A handler's failure that time may mend for this one message (retry tiers); anything else is dead-lettered at once."""


class DependencyUnavailable(Exception):
    """Database, engine or broker is away: the consumer keeps its delivery and waits in place, without limit."""
