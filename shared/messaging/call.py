"""What a service method gets of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `service` is the broker-validated account of the caller; internal calls act as `system:<service>`."""

    principal: Principal
    payload: dict[str, Any]
    idempotency_key: str | None
    language: str
    correlation_id: str
    traceparent: str
    service: str
    method: str

    @property
    def path(self) -> str:
        """What an idempotency key belongs to, beside the account: the act and the thing it acts on."""
        return f"{self.method}/{self.payload.get('id', '')}"
