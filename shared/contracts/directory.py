"""What the gateway tells of units and accounts; every service that checks rights keeps a copy."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

EXCHANGE = "gateway.events"
UNIT_CHANGED = "unit.changed.v1"
ACCOUNT_CHANGED = "account.changed.v1"
ACTED = "audit.acted.v1"


class Data(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class UnitChanged(Data):
    """`code` never changes; `parent` is null at the root; `mail` is where alerts go that the unit wants by mail."""

    code: str
    kind: str
    parent: str | None
    names: dict[str, str]
    mail: str = ""


class AccountChanged(Data):
    """No name, no address: what the rules need. `rights_version` grows with every change of unit, roles, clearance or activity."""

    account: str
    username: str
    unit: str
    roles: list[str]
    clearance: str
    active: bool
    rights_version: int


class Acted(Data):
    """Something that changed no aggregate: a read, a search, a sign-in, a refusal, a draft's write. `details` hold no nominal data."""

    action: str
    subject: str
    outcome: str
    details: dict[str, str | int | list[str]] = {}
