"""A real gateway: uvicorn on a free port, PostgreSQL, RabbitMQ with its topology, the training accounts. No other service runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.gateway import training
from services.gateway.service import create_application
from shared.persistence.migrations import migrate
from shared.runner.ports import free_ports
from shared.runner.secrets import ensure_token_keys
from shared.settings import Settings
from tests.processes import declare_topology
from tests.servers import BrokerForTests, PostgresForTests, SettingsFactory
from tests.waiting import eventually

PASSWORD = "training"


@dataclass
class RunningGateway:
    settings: Settings
    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    stop: Callable[[], None] = lambda: None

    def client(self, username: str | None = None, **headers: str) -> httpx.Client:
        if username is not None:
            headers["Authorization"] = f"Bearer {self.token(username)}"
        return httpx.Client(
            base_url=f"{self.url}/api/v1", headers=headers, timeout=20, trust_env=False, verify=False
        )  # no TLS here: loading certificates takes longer than the call

    def token(self, username: str) -> str:
        if username not in self.tokens:
            with self.client() as client:
                answer = client.post("/session", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self.tokens[username] = answer.json()["token"]
        return self.tokens[username]


@pytest.fixture(scope="module")
def gateway_settings(postgres: PostgresForTests, broker: BrokerForTests, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Shared by a module: a test that changes an account takes one that no other test of the module needs."""
    factory = SettingsFactory(tmp_path_factory.mktemp("gateway"), postgres, broker)
    settings = factory.build(("gateway",), broker=True, http_port=free_ports(1)[0], training=True)
    ensure_token_keys(settings)
    migrate(settings, "gateway")
    declare_topology(settings)
    training.seed(settings, PASSWORD)
    yield settings
    factory.clean()


@pytest.fixture(scope="module")
def gateway(gateway_settings: Settings) -> Iterator[RunningGateway]:
    with running_gateway(gateway_settings) as running:
        yield running


def beside(settings: Settings, **changes: Any) -> Settings:
    """For another gateway on the same stores."""
    return settings.model_copy(update={"http_port": free_ports(1)[0]} | changes)


@contextmanager
def running_gateway(settings: Settings) -> Iterator[RunningGateway]:
    application = create_application(settings)
    config = uvicorn.Config(application, host="127.0.0.1", port=settings.http_port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive(), message="The gateway did not start")
        assert thread.is_alive()
        yield RunningGateway(settings, f"http://127.0.0.1:{settings.http_port}", stop=lambda: _stop(server, application))
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "The gateway did not end"


def _stop(server: uvicorn.Server, application: FastAPI) -> None:
    """What the signal does in a process of its own."""
    application.state.gateway.alerts.stop_screens()
    server.should_exit = True
