"""Fixtures of all tests. Nothing here starts a server unless a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from shared.runner import postgresql, rabbitmq
from shared.runner.errors import ServerMissing
from shared.runner.secrets import ensure_token_keys
from shared.settings import Settings
from tests import servers
from tests.installation import Installation, running_installation


def skip_or_fail(reason: str) -> NoReturn:
    """What a test needs is missing: a laptop skips it and says why, CI fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_servers() -> None:
    try:
        postgresql.program("postgres")
        rabbitmq.program("rabbitmq-server")
    except ServerMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_machine() -> Iterator[None]:
    """An operator's own `OPENCEN_*` must not steer the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OPENCEN_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.PostgresForTests]:
    """PostgreSQL of the session; `postgres.database("cases")` names a fresh database."""
    try:
        with servers.running_postgresql(tmp_path_factory.mktemp("postgresql")) as server:
            yield server
    except ServerMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.BrokerForTests]:
    """RabbitMQ of the session; `broker.virtual_host()` names a fresh virtual host, `broker.queues(it)` says what waits there."""
    try:
        with servers.running_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
            yield server
    except ServerMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A whole training installation, shared by the session: tests add to it and never take away."""
    require_servers()
    with running_installation(tmp_path_factory.mktemp("installation") / "home") as running:
        yield running


@pytest.fixture
def settings_for(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    """`settings_for("cases", broker=True, **changes)`: a fresh home, token keys, one fresh database a service, a fresh virtual host.

    Servers start only when asked for; databases are empty (migrate them); all is dropped after the test.
    """
    factories: list[servers.SettingsFactory] = []

    def build(*services: str, broker: bool = False, **changes: Any) -> Settings:
        factory = servers.SettingsFactory(
            tmp_path,
            request.getfixturevalue("postgres") if services else None,
            request.getfixturevalue("broker") if broker else None,
        )
        factories.append(factory)
        settings = factory.build(services, broker=broker, **changes)
        ensure_token_keys(settings)
        return settings

    yield build
    for factory in factories:
        factory.clean()
