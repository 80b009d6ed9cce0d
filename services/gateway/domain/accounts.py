"""What an account may be called and hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.vocabulary.lists import vocabulary

CLEARANCES = ("unclassified", "restricted", "secret")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,49}")
_UNIT = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,10}")


def require_username(username: str) -> str:
    """Raises Unprocessable."""
    if _USERNAME.fullmatch(username) is None:
        raise _unprocessable("username", "format", N_("Use 2 to 50 small letters, digits, points and dashes."))
    return username


def require_roles(roles: Iterable[str]) -> list[str]:
    """Raises Unprocessable, with the roles that there are."""
    known = vocabulary("roles").codes
    wanted = list(dict.fromkeys(roles))
    if not wanted or any(role not in known for role in wanted):
        raise _unprocessable("role", "unknown_code", N_("Use one of %(expected)s."), expected=", ".join(known))
    return wanted


def require_clearance(clearance: str) -> str:
    """Raises Unprocessable."""
    if clearance not in CLEARANCES:
        raise _unprocessable("clearance", "unknown_code", N_("Use one of %(expected)s."), expected=", ".join(CLEARANCES))
    return clearance


def require_unit_code(code: str) -> str:
    """Raises Unprocessable."""
    if _UNIT.fullmatch(code) is None:
        raise _unprocessable("unit", "format", N_("Write the unit's code like LA-VTE."))
    return code


def unknown_unit(code: str) -> Unprocessable:
    return _unprocessable("unit", "unknown_code", N_("There is no unit %(unit)s."), unit=code)


def username_taken(username: str) -> Unprocessable:
    return _unprocessable("username", "taken", N_("There is an account %(username)s already."), username=username)


def _unprocessable(field: str, code: str, message: str, **params: str) -> Unprocessable:
    return Unprocessable(errors=[FieldError(field, code, message, dict(params))])
