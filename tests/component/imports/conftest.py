from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shared.persistence import Database
from shared.persistence.migrations import migrate
from shared.settings import Settings
from tests.component.cases.conftest import fill_directory
from tests.component.imports.desk import ImportDesk


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    settings = settings_for("cases")
    migrate(settings, "cases")
    return settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings, "cases")
    with database.unit_of_work() as work:
        fill_directory(work.connection)
        work.commit()
    yield database
    database.dispose()


@pytest.fixture
def desk(settings: Settings, database: Database) -> ImportDesk:
    return ImportDesk(settings, database)
