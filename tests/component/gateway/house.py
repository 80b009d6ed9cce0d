"""The gateway with the services behind it, each the real process, on one set of databases and one virtual host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from services.gateway import training
from shared.persistence.migrations import migrate
from shared.runner.ports import free_ports
from shared.runner.secrets import ensure_token_keys
from shared.settings import Settings
from tests.component.gateway.conftest import PASSWORD, RunningGateway, running_gateway
from tests.processes import declare_topology, running
from tests.servers import SettingsFactory
from tests.waiting import eventually


def house_settings(factory: SettingsFactory, services: Iterable[str]) -> Settings:
    settings = factory.build(services, broker=True, http_port=free_ports(1)[0], training=True)
    ensure_token_keys(settings)
    return settings


@contextmanager
def running_house(settings: Settings, services: Iterable[str], processes: Iterable[str]) -> Iterator[RunningGateway]:
    """Ready once the training accounts have reached the services."""
    for service in services:
        migrate(settings, service)
    declare_topology(settings)
    training.seed(settings, PASSWORD)
    with ExitStack() as stack:
        for name in processes:
            stack.enter_context(running(settings, name))
        gateway = stack.enter_context(running_gateway(settings))
        with gateway.client("analyst.hq") as client:
            eventually(lambda: client.get("/cases").status_code == 200, timeout=30)
        yield gateway
