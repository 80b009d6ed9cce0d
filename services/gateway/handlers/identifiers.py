"""An id that cannot exist is a 404, before anything else is looked at (api.md)."""

from __future__ import annotations

import re
from typing import Any

from shared.errors import FieldError, NotFound, Unprocessable
from shared.i18n import N_

_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,63}")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def not_found() -> NotFound:
    return NotFound(N_("Nothing is here, or you may not know of it."))


def require_case_id(text: str) -> str:
    """An id or a case number. Raises NotFound."""
    return _require(_CASE, text)


def require_plain_id(text: str) -> str:
    """An id of a job, alert, saved search or report. Raises NotFound."""
    return _require(_PLAIN, text)


def require_version(text: str) -> int:
    return int(_require(_VERSION, text))


def require_no_envelope(body: dict[str, Any]) -> None:
    """Members of a body that would take the place of what the address and the headers say. Raises Unprocessable."""
    reserved = sorted(body.keys() & {"id", "if_match"})
    if reserved:
        raise Unprocessable(errors=[FieldError(name, "unknown_field", N_("There is no field of this name here.")) for name in reserved])


def _require(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise not_found()
    return text
