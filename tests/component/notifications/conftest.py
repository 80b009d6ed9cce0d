"""An office per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shared.persistence.migrations import migrate
from shared.settings import Settings
from tests.component.notifications.office import Office


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    built = settings_for("notifications", broker=True)
    migrate(built, "notifications")
    return built


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    built = Office(settings)
    yield built
    built.close()
