"""The rule table against one written apart from it: a change of rights has to be made twice, on purpose."""

from __future__ import annotations

import pytest

from shared.errors import Forbidden
from shared.security.principal import Principal
from shared.security.rules import RULES, RecordKey, may, reach_of, require_not_own, scope_for

# role: act=reach ...
EXPECTED = """
reporting_officer: case.create=unit case.read=subtree case.change=own case.submit=own case.cancel=own case.search=subtree
    saved_search.read=unit alert.read=unit alert.act=unit report.run=subtree
validator: case.create=unit case.read=subtree case.change=subtree case.submit=own case.validate=subtree case.return=subtree
    case.publish=subtree case.legal=subtree case.disposal=subtree case.close=subtree case.cancel=subtree case.readers=subtree
    case.search=subtree saved_search.read=unit saved_search.write=unit alert.read=unit alert.act=unit report.run=subtree
investigator: case.create=unit case.read=subtree case.change=own case.submit=own case.search=subtree saved_search.read=unit
    saved_search.write=unit alert.read=unit alert.act=unit report.run=subtree
analyst: case.read=subtree case.readers=subtree case.search=subtree import.create=subtree import.read=subtree import.cancel=subtree
    saved_search.read=subtree saved_search.write=subtree alert.read=unit alert.act=unit report.run=subtree
intelligence_manager: case.read=subtree case.publish=subtree case.readers=subtree case.search=subtree saved_search.read=subtree
    saved_search.write=subtree alert.read=unit alert.act=unit report.run=subtree
custodian: case.read=subtree case.search=subtree case.disposal=subtree
legal_officer: case.read=subtree case.search=subtree case.legal=subtree case.disposal=subtree case.close=subtree
national_contact_point: case.read=subtree case.search=subtree case.publish=subtree report.run=subtree
auditor: audit.read=any
administrator: account.manage=any unit.manage=any service.read=any
nobody:
"""


def expected() -> dict[str, dict[str, str]]:
    table = {}
    for line in EXPECTED.replace("\n    ", " ").strip().splitlines():
        role, _, grants = line.partition(":")
        table[role] = dict(grant.split("=") for grant in grants.split())
    return table


def officer(*roles: str, unit: str = "LA-VTE", clearance: str = "restricted", account: str = "me") -> Principal:
    return Principal(account, "someone", unit, roles, clearance)


@pytest.mark.parametrize("role", expected())
@pytest.mark.parametrize("act", RULES)
def test_each_role_and_act(role, act):
    assert reach_of(officer(role), act) == expected()[role].get(act)


def test_several_roles_give_the_widest_reach():
    assert reach_of(officer("reporting_officer", "validator"), "case.change") == "subtree"


@pytest.mark.parametrize(
    ("record", "allowed"),
    [
        (RecordKey("LA-VTE"), True),
        (RecordKey("LA-VTE-1"), True),
        (RecordKey("LA-BOT"), False),
        (RecordKey("LA-BOT", status="published"), True),
        (RecordKey("LA-BOT", status="published", classification="secret"), False),
        (RecordKey("LA-BOT", authors=frozenset({"me"})), True),
        (RecordKey("LA-VTE", classification="secret"), False),
        (RecordKey("LA-VTE", status="draft"), False),
        (RecordKey("LA-BOT", status="draft", authors=frozenset({"me"})), True),
    ],
)
def test_what_an_officer_may_read(record, allowed):
    assert scope_for(officer("reporting_officer"), "case.read", ["LA-VTE", "LA-VTE-1"]).allows(record) is allowed


def test_own_reach_needs_ones_own_record():
    scope = scope_for(officer("reporting_officer"), "case.change", ["LA-VTE"])
    assert not scope.allows(RecordKey("LA-VTE"))
    assert scope.allows(RecordKey("LA-VTE", authors=frozenset({"me"})))


def test_unit_reach_leaves_the_units_below_out():
    scope = scope_for(officer("reporting_officer", unit="LA-HQ"), "alert.read", ["LA-HQ", "LA-VTE"])
    assert scope.units == {"LA-HQ"}


def test_no_role_no_scope():
    assert not may(officer("administrator"), "case.read")
    with pytest.raises(Forbidden):
        scope_for(officer("administrator"), "case.read", ["LA-VTE"])


def test_nobody_validates_their_own_record():
    record = RecordKey("LA-VTE", authors=frozenset({"me"}))
    with pytest.raises(Forbidden) as caught:
        require_not_own(officer("validator"), "case.validate", record)
    assert caught.value.code == "own_record"
    require_not_own(officer("validator", account="other"), "case.validate", record)
    require_not_own(officer("validator"), "case.return", record)
