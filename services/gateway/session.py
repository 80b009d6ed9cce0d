"""Who is asking, as a request knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.security.principal import Principal

Kind = Literal["bearer", "browser", "token"]


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in caller for one request; `language` and the trace belong to the request, the rest to the stored session.

    `csrf_token` is what a browser session's forms and scripts must send back; bearer sessions have none.
    """

    id: str
    principal: Principal
    kind: Kind
    name: str
    unit_names: dict[str, str]
    expires_at: datetime
    csrf_token: str = ""
    language: str = "en"
    correlation_id: str = ""
    traceparent: str = ""

    def user(self) -> dict[str, Any]:
        """The `user` of the API's answers."""
        return {
            "id": self.principal.account,
            "username": self.principal.username,
            "name": self.name,
            "unit": self.principal.unit,
            "unit_names": self.unit_names,
            "roles": list(self.principal.roles),
            "clearance": self.principal.clearance,
        }
