"""The rule table: who may do what, where. Data in one place; the service that owns the data asks it.

A grant gives a role an act over a reach. Reaches grow: `own` (records one wrote or leads), `unit`, `subtree` (one's unit and all below it;
at the root that is everything), `any` (acts that concern no unit's record). Classification is always held against the clearance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import Forbidden
from shared.i18n import N_
from shared.security.principal import CLEARANCES, Principal

REACHES = ("own", "unit", "subtree", "any")

# Published records are shared nationally: every reader sees them, whatever the unit (domain.md, "Workflow").
SHARED_STATUSES = frozenset({"published", "legal", "disposal"})

# What one may read one may find.
_CASE_READERS = {
    "reporting_officer": "subtree",
    "validator": "subtree",
    "investigator": "subtree",
    "analyst": "subtree",
    "intelligence_manager": "subtree",
    "custodian": "subtree",
    "legal_officer": "subtree",
    "national_contact_point": "subtree",
}

# Who sees an alert may act on it.
_ALERT_OFFICERS = {
    "reporting_officer": "unit",
    "validator": "unit",
    "investigator": "unit",
    "analyst": "unit",
    "intelligence_manager": "unit",
}

# act -> role -> reach
RULES: dict[str, dict[str, str]] = {
    "case.create": {"reporting_officer": "unit", "validator": "unit", "investigator": "unit"},
    "case.read": _CASE_READERS,
    "case.change": {"reporting_officer": "own", "validator": "subtree", "investigator": "own"},
    "case.submit": {"reporting_officer": "own", "validator": "own", "investigator": "own"},
    "case.validate": {"validator": "subtree"},
    "case.return": {"validator": "subtree"},
    "case.publish": {"validator": "subtree", "intelligence_manager": "subtree", "national_contact_point": "subtree"},
    "case.legal": {"validator": "subtree", "legal_officer": "subtree"},
    "case.disposal": {"validator": "subtree", "legal_officer": "subtree", "custodian": "subtree"},
    "case.close": {"validator": "subtree", "legal_officer": "subtree"},
    "case.cancel": {"reporting_officer": "own", "validator": "subtree"},
    "case.readers": {"validator": "subtree", "analyst": "subtree", "intelligence_manager": "subtree"},
    "import.create": {"analyst": "subtree"},
    "import.read": {"analyst": "subtree"},
    "import.cancel": {"analyst": "subtree"},
    "case.search": _CASE_READERS,
    "saved_search.read": {
        "reporting_officer": "unit",
        "validator": "unit",
        "investigator": "unit",
        "analyst": "subtree",
        "intelligence_manager": "subtree",
    },
    "saved_search.write": {"validator": "unit", "investigator": "unit", "analyst": "subtree", "intelligence_manager": "subtree"},
    "alert.read": _ALERT_OFFICERS,
    "alert.act": _ALERT_OFFICERS,
    "report.run": {
        "reporting_officer": "subtree",
        "validator": "subtree",
        "investigator": "subtree",
        "analyst": "subtree",
        "intelligence_manager": "subtree",
        "national_contact_point": "subtree",
    },
    "audit.read": {"auditor": "any"},
    "account.manage": {"administrator": "any"},
    "unit.manage": {"administrator": "any"},
    "service.read": {"administrator": "any"},
}

# Acts that no one may do to a record of their own.
NOT_OWN = frozenset({"case.validate"})

# Acts that published records open to every holder of the act, whatever the unit.
SHARED_ACTS = frozenset({"case.read", "case.search"})


@dataclass(frozen=True, slots=True)
class RecordKey:
    """What the rules need to know of a record. `authors` are the accounts that wrote, submitted or lead it."""

    unit: str
    status: str = "submitted"
    classification: str = "restricted"
    authors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that one principal may act on: services turn it into a condition of their query, or ask `allows`.

    A record is in when its classification is in `classifications` and its unit is in `units`, or it is one's own, or it is shared
    and `shared` holds. A draft is its authors' alone.
    """

    act: str
    account: str
    units: frozenset[str]
    shared: bool
    classifications: tuple[str, ...]

    def allows(self, record: RecordKey) -> bool:
        own = self.account in record.authors
        if record.status == "draft":
            return own
        if record.classification not in self.classifications:
            return False
        return own or record.unit in self.units or (self.shared and record.status in SHARED_STATUSES)


def reach_of(principal: Principal, act: str) -> str | None:
    """The widest reach that any of the principal's roles gives, or None."""
    reaches = [RULES[act][role] for role in principal.roles if role in RULES[act]]
    return max(reaches, key=REACHES.index, default=None)


def may(principal: Principal, act: str) -> bool:
    return reach_of(principal, act) is not None


def require(principal: Principal, act: str) -> str:
    """The reach of the act. Raises Forbidden when no role gives it."""
    reach = reach_of(principal, act)
    if reach is None:
        raise Forbidden(N_("Your role does not allow this. Ask your unit's administrator."), details={"act": act})
    return reach


def scope_for(principal: Principal, act: str, subtree: Iterable[str]) -> Scope:
    """The scope of an act; `subtree` are the codes of the principal's unit and all below it. Raises Forbidden."""
    reach = require(principal, act)
    units = {"own": frozenset[str](), "unit": frozenset({principal.unit})}.get(reach, frozenset(subtree))
    return Scope(act, principal.account, units, act in SHARED_ACTS, cleared_classifications(principal.clearance))


def cleared_classifications(clearance: str) -> tuple[str, ...]:
    return CLEARANCES[: CLEARANCES.index(clearance) + 1]


def require_not_own(principal: Principal, act: str, record: RecordKey) -> None:
    """Raises Forbidden `own_record` where the act needs a second officer."""
    if act in NOT_OWN and principal.account in record.authors:
        raise Forbidden(N_("Another officer must validate a record that you wrote."), code="own_record")
