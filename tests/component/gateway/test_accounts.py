"""Accounts and units in a real database."""

from __future__ import annotations

import orjson
import pytest
import sqlalchemy as sa

from services.gateway import accounts, training
from services.gateway.passwords import matches
from services.gateway.tables import account
from shared.contracts.directory import AccountChanged, UnitChanged
from shared.errors import NotFound, Unprocessable
from shared.persistence import Database
from shared.persistence.migrations import migrate, schema_is_current
from shared.persistence.tables import outbox

pytestmark = pytest.mark.servers
PASSWORD = "a good training password"


@pytest.fixture
def settings(settings_for):
    settings = settings_for("gateway")
    migrate(settings, "gateway")
    return settings


def events_of(settings, kind):
    database = Database(settings, "gateway")
    with database.unit_of_work() as work:
        bodies = work.connection.execute(sa.select(outbox.c.body).where(outbox.c.routing_key == kind).order_by(outbox.c.sequence)).scalars()
        found = [event for body in bodies for event in orjson.loads(bytes(body))]
    database.dispose()
    return found


def test_the_schema_is_what_the_tables_say(settings):
    assert schema_is_current(settings, "gateway")


def test_an_installation_begins_with_its_root_alone(settings):
    accounts.ensure_root_unit(settings)
    accounts.ensure_root_unit(settings)
    told = events_of(settings, "unit.changed.v1")
    assert [UnitChanged(**event["data"]).code for event in told] == ["LA-HQ"]


def test_an_account_is_told_to_every_service(settings):
    accounts.ensure_root_unit(settings)
    added = accounts.add_account(settings, "chief", "administrator", "LA-HQ", PASSWORD)
    told = AccountChanged(**events_of(settings, "account.changed.v1")[0]["data"])
    assert (told.account, told.username, told.roles, told.rights_version) == (added["id"], "chief", ["administrator"], 1)
    assert events_of(settings, "audit.acted.v1")[0]["data"]["action"] == "account.created"


def test_a_change_of_rights_grows_their_version_and_the_same_again_does_not(settings):
    accounts.ensure_root_unit(settings)
    accounts.add_account(settings, "chief", "administrator", "LA-HQ", PASSWORD)
    changed = accounts.change_account(settings, "chief", roles=["analyst"], clearance="secret")
    assert changed["rights_version"] == 2
    assert accounts.change_account(settings, "chief", roles=["analyst"])["rights_version"] == 2
    assert accounts.deactivate_account(settings, "chief")["rights_version"] == 3
    assert [event["data"]["rights_version"] for event in events_of(settings, "account.changed.v1")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "Über"}, "username"),
        ({"username": "x\0y"}, "username"),
        ({"role": "king"}, "role"),
        ({"unit": "LA-NIL"}, "unit"),
        ({"unit": "'; drop"}, "unit"),
        ({"password": "short"}, "password"),
        ({"clearance": "cosmic"}, "clearance"),
        ({"username": "taken"}, "username"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_field(settings, change, field):
    accounts.ensure_root_unit(settings)
    accounts.add_account(settings, "taken", "analyst", "LA-HQ", PASSWORD)
    wanted = {"username": "new.one", "role": "analyst", "unit": "LA-HQ", "password": PASSWORD} | change
    with pytest.raises(Unprocessable) as refusal:
        accounts.add_account(settings, **wanted)
    assert [error.field for error in refusal.value.errors] == [field]
    assert [row["username"] for row in accounts.list_accounts(settings)] == ["taken"]


def test_an_unknown_account_is_not_found(settings):
    with pytest.raises(NotFound):
        accounts.set_password(settings, "nobody", PASSWORD)


def test_training_data_is_the_same_however_often_it_is_seeded(settings):
    training.seed(settings, "one")
    first = accounts.list_accounts(settings)
    told = len(events_of(settings, "account.changed.v1")), len(events_of(settings, "unit.changed.v1"))
    training.seed(settings, "one")
    assert accounts.list_accounts(settings) == first
    assert (len(events_of(settings, "account.changed.v1")), len(events_of(settings, "unit.changed.v1"))) == told
    assert {row["username"] for row in first} == {
        "officer.vte",
        "validator.vte",
        "validator2.vte",
        "analyst.hq",
        "chief.hq",
        "auditor.hq",
        "admin",
    }
    assert {(row["unit"] == "LA-HQ", row["clearance"]) for row in first} == {(True, "secret"), (False, "restricted")}


def test_another_password_resets_that_of_every_training_account(settings):
    training.seed(settings, "one")
    training.seed(settings, "another")
    database = Database(settings, "gateway")
    with database.unit_of_work() as work:
        hashes = work.connection.execute(sa.select(account.c.password_hash)).scalars().all()
    database.dispose()
    assert all(matches(password_hash, "another") for password_hash in hashes)
