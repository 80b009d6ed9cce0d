"""A house per test: fresh databases, a fresh virtual host, the topology declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.settings import Settings
from tests.component.messaging.houses import HOUSES, House, OurHouse, create_tables


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    built = settings_for("reports", "cases", broker=True)
    for service in ("reports", "cases"):
        create_tables(built, service)
    return built


@pytest.fixture
def ours(settings: Settings) -> Iterator[OurHouse]:
    house = OurHouse(settings)
    yield house
    house.close()


@pytest.fixture(params=[pytest.param("nameko", marks=pytest.mark.xfail(strict=True, raises=AssertionError)), "opencen"])
def house(request: Any, settings: Settings) -> Iterator[House]:
    """Each pitfall twice: plain nameko must fail on it, ours must not."""
    built = HOUSES[request.param](settings)
    yield built
    built.close()
