"""The gateway with the services behind it, each the real process, on one set of databases and one virtual host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from services.gateway import training
from shared.persistence.migrations import migrate
from shared.settings import Settings
from tests.component.gateway.conftest import PASSWORD, RunningGateway, running_gateway
from tests.processes import declare_topology, running
from tests.waiting import eventually


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
