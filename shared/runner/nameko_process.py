"""A nameko service in a container of its own. Imported only after the monkey-patching."""

from __future__ import annotations

import logging
from typing import Any

import eventlet
from nameko.containers import ServiceContainer

from shared.observability import Health
from shared.runner.processes import ProcessSpec
from shared.runner.stopping import Stop
from shared.settings import Settings

# Each worker holds a database connection at most of the time, and the pool has five.
MAX_WORKERS = 10
_POLL_SECONDS = 0.1

log = logging.getLogger(__name__)


def run_service(spec: ProcessSpec, settings: Settings, service: Any, health: Health, stop: Stop) -> None:
    """Returns after a stop that drained; raises what killed the container, so that the supervisor starts the process again."""
    container = ServiceContainer(service, config=container_config(spec, settings, health))
    container.start()
    health.ready()
    log.info("Running")
    ended = eventlet.spawn(container.wait)
    while not stop.is_set() and not ended.dead:
        eventlet.sleep(_POLL_SECONDS)
    if stop.is_set():
        health.stopping()
        container.stop()
    ended.wait()


def container_config(spec: ProcessSpec, settings: Settings, health: Health) -> dict[str, Any]:
    """Extensions find the settings and the health of their process here; the address is for nameko's own extensions."""
    return {
        "AMQP_URI": settings.broker_url(spec.service),
        "max_workers": MAX_WORKERS,
        "settings": settings,
        "health": health,
    }
