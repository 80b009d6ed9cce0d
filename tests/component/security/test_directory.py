"""Copies of units and accounts in a service's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.contracts.envelope import Event
from shared.errors import RenewRights, Unauthenticated
from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.security.directory import apply_directory, current_subtree, subtree_of, unit_names
from shared.security.principal import Principal

pytestmark = pytest.mark.servers


def unit(code: str, parent: str | None, version: int = 1) -> Event:
    data = {"code": code, "kind": "office", "parent": parent, "names": {"en": code, "lo": "ຫ້ອງການ"}}
    return Event("unit.changed.v1", "/gateway", code, data, version, "system:gateway")


def account(rights_version: int, *, active: bool = True) -> Event:
    data = {
        "account": "0190",
        "username": "officer.vte",
        "unit": "LA-VTE",
        "roles": ["reporting_officer"],
        "clearance": "restricted",
        "active": active,
        "rights_version": rights_version,
    }
    return Event("account.changed.v1", "/gateway", "0190", data, rights_version, "admin")


OFFICER = Principal("0190", "officer.vte", "LA-VTE", ("reporting_officer",), rights_version=2)
TREE = [unit("LA-HQ", None), unit("LA-VTE", "LA-HQ"), unit("LA-VTE-1", "LA-VTE"), unit("LA-BOT", "LA-HQ")]


@pytest.fixture
def connection(settings_for) -> Iterator:
    settings = settings_for("audit")
    migrate(settings, "audit")
    database = Database(settings, "audit")
    with database.unit_of_work() as work:
        yield work.connection
    database.dispose()


def test_a_subtree_is_the_unit_and_all_below(connection):
    apply_directory(connection, TREE)
    assert subtree_of(connection, "LA-VTE") == {"LA-VTE", "LA-VTE-1"}
    assert subtree_of(connection, "LA-HQ") == {"LA-HQ", "LA-VTE", "LA-VTE-1", "LA-BOT"}
    assert subtree_of(connection, "ZZ") == set()
    assert unit_names(connection, ["LA-VTE"]) == {"LA-VTE": {"en": "LA-VTE", "lo": "ຫ້ອງການ"}}


def test_a_moved_unit_takes_its_subtree_along_whatever_the_order(connection):
    apply_directory(connection, [unit("LA-VTE", "LA-BOT", version=2), *TREE])
    assert subtree_of(connection, "LA-BOT") == {"LA-BOT", "LA-VTE", "LA-VTE-1"}
    apply_directory(connection, [unit("LA-VTE", "LA-HQ", version=1)])
    assert subtree_of(connection, "LA-BOT") == {"LA-BOT", "LA-VTE", "LA-VTE-1"}


def test_a_ring_of_units_ends(connection):
    apply_directory(connection, [unit("A", "B"), unit("B", "A")])
    assert subtree_of(connection, "A") == {"A", "B"}


def test_outdated_rights_are_signed_again_and_closed_accounts_refused(connection):
    apply_directory(connection, [*TREE, account(2)])
    assert current_subtree(connection, OFFICER) == {"LA-VTE", "LA-VTE-1"}
    apply_directory(connection, [account(3)])
    with pytest.raises(RenewRights):
        current_subtree(connection, OFFICER)
    apply_directory(connection, [account(4, active=False)])
    with pytest.raises((RenewRights, Unauthenticated)):
        current_subtree(connection, OFFICER)


def test_an_account_not_heard_of_yet_is_believed(connection):
    apply_directory(connection, TREE)
    assert current_subtree(connection, OFFICER) == {"LA-VTE", "LA-VTE-1"}
