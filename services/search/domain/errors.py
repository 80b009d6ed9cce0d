from __future__ import annotations

from typing import Any

from shared.errors import FieldError


class QueryError(Exception):
    """A query that cannot be run as typed. `position` is the character to point at; `message` is a gettext id that says what to do."""

    def __init__(self, code: str, message: str, position: int, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.position = position
        self.params = params

    def field_error(self, field: str = "q") -> FieldError:
        return FieldError(field, self.code, self.message, self.params, self.position)
