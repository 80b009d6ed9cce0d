from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.security.directory import account_copy, unit_copy
from shared.settings import Settings
from tests.component.cases.desk import Desk

UNITS = (("LA-HQ", "office", None), ("LA-VT", "region", "LA-HQ"), ("LA-VTE", "office", "LA-VT"), ("LA-SVK", "office", "LA-HQ"))
ACCOUNTS = (
    ("account-officer", "officer.vte", "LA-VTE", ["reporting_officer"], "restricted"),
    ("account-colleague", "colleague.vte", "LA-VTE", ["reporting_officer"], "restricted"),
    ("account-validator", "validator.vte", "LA-VTE", ["validator", "reporting_officer"], "restricted"),
    ("account-analyst", "analyst.hq", "LA-HQ", ["analyst"], "secret"),
    ("account-elsewhere", "officer.svk", "LA-SVK", ["reporting_officer"], "restricted"),
)


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    settings = settings_for("cases")
    migrate(settings, "cases")
    return settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The cases database with a small directory of units and accounts."""
    database = Database(settings, "cases")
    with database.unit_of_work() as work:
        fill_directory(work.connection)
        work.commit()
    yield database
    database.dispose()


def fill_directory(connection: sa.Connection) -> None:
    units = [
        {"code": code, "kind": kind, "parent": parent, "names": {"en": code}, "mail": "", "version": 1} for code, kind, parent in UNITS
    ]
    connection.execute(sa.insert(unit_copy), units)
    names = ("account", "username", "unit", "roles", "clearance")
    accounts = [dict(zip(names, row, strict=True)) | {"active": True, "version": 1} for row in ACCOUNTS]
    connection.execute(sa.insert(account_copy), accounts)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
