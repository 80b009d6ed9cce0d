"""The store's condition and the rule table say the same, for every kind of record and caller."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
import sqlalchemy as sa

from services.cases.adapters.batch import insert_cases
from services.cases.adapters.store import PostgresCases
from services.cases.adapters.tables import cases
from services.cases.domain.ready_made import ReadyMade
from services.cases.domain.record import Actor
from services.cases.handlers.callers import key_of
from services.cases.ports import Listing
from shared.security.directory import current_subtree
from shared.security.rules import RULES, may, scope_for
from shared.vocabulary import vocabulary
from tests.component.cases.desk import ANALYST, CHIEF, COLLEAGUE, ELSEWHERE, KETAMINE, OFFICER, VALIDATOR, ZONE

pytestmark = pytest.mark.servers

PRINCIPALS = (OFFICER, COLLEAGUE, VALIDATOR, ELSEWHERE, ANALYST, CHIEF)
AUTHORS = (Actor("account-officer", "officer.vte", "LA-VTE"), Actor("account-elsewhere", "officer.svk", "LA-SVK"))


@pytest.fixture
def records(database) -> list[str]:
    kinds = product(vocabulary("statuses").codes, vocabulary("classifications").codes, AUTHORS, (None, "account-colleague"))
    with database.unit_of_work() as work:
        wanted = list(kinds)
        made = [
            ReadyMade(KETAMINE | {"classification": kind}, author, datetime(2026, 1, 1, tzinfo=UTC), origin="training", status=status)
            for status, kind, author, _ in wanted
        ]
        identifiers = insert_cases(work, made, ZONE)
        for identifier, (_, _, _, lead) in zip(identifiers, wanted, strict=True):
            work.connection.execute(sa.update(cases).where(cases.c.id == identifier).values(lead=lead))
        work.commit()
    return identifiers


@pytest.mark.parametrize("principal", PRINCIPALS, ids=lambda principal: principal.username)
def test_a_list_holds_exactly_what_the_rules_allow(database, records, principal):
    with database.unit_of_work() as work:
        store = PostgresCases(work)
        subtree = current_subtree(work.connection, principal)
        stored = {identifier: store.find(identifier) for identifier in records}
        for act in RULES:
            if not may(principal, act):
                continue
            scope = scope_for(principal, act, subtree)
            listed = {case["id"] for case in store.listed(Listing(scope, None, mine=False, limit=1000, before=None))}
            assert listed == {identifier for identifier, one in stored.items() if scope.allows(key_of(one))}, act
            own = {case["id"] for case in store.listed(Listing(scope, "legal", mine=True, limit=1000, before=None))}
            assert own == {
                identifier
                for identifier, one in stored.items()
                if scope.allows(key_of(one)) and one.record.case["status"] == "legal" and principal.account in key_of(one).authors
            }


def test_imported_cases_are_in_nobodys_worklist(database, desk):
    with database.unit_of_work() as work:
        author = Actor(OFFICER.account, OFFICER.username, OFFICER.unit)
        (identifier,) = insert_cases(work, [ReadyMade(KETAMINE, author, datetime(2026, 1, 1, tzinfo=UTC))], ZONE)
        work.commit()
    assert desk.list()["items"] == []
    assert desk.get(identifier)["origin"] == "imported"
