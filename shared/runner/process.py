"""Runs one process of the table: `python -m shared.runner.process NAME`.

A nameko process is monkey-patched before anything else is imported. Imports come next, while the servers may still be starting; then the
process waits for the gate (a file that the supervisor makes once servers run and databases are migrated), checks its schema, and works
until SIGTERM, on which it finishes what it has in hand.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.runner.processes import PROCESSES, Kind, ProcessSpec, spec_named
from shared.runner.stopping import Stop, on_stop_signals

if TYPE_CHECKING:  # see `main`
    from shared.settings import Settings

GATE = "OPENCEN_RUN_GATE"
PORT = "OPENCEN_RUN_PORT"
SCHEMA_BEHIND_EXIT = 3
_DATABASE_PATIENCE_SECONDS = 60.0

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    names = sys.argv[1:] if arguments is None else arguments
    try:
        spec = spec_named(names[0])
    except (IndexError, KeyError):
        sys.stderr.write(f"Give one of: {', '.join(spec.name for spec in PROCESSES)}\n")
        return 2
    if spec.kind is Kind.NAMEKO:
        monkey_patch()
    from shared.settings import load_settings  # noqa: PLC0415  after the monkey-patching

    return run(spec, load_settings())


def run(spec: ProcessSpec, settings: Settings) -> int:
    from shared.observability import Health, configure_logging, serve_health  # noqa: PLC0415  after the monkey-patching

    configure_logging(spec.name, settings.log_level)
    health = Health(spec.name)
    stop = Stop()
    on_stop_signals(stop.set)
    if spec.kind is not Kind.ASGI:
        serve_health(health, health_port(spec, settings))
    entry = _load(spec.entry)
    _calm_collector()
    _wait_for_gate(stop)
    if stop.is_set():
        return 0
    if spec.service and not _schema_is_current(settings, spec.service):
        log.error("The database's schema is behind this program (or ahead of it): run `opencen migrate`")
        return SCHEMA_BEHIND_EXIT
    _RUNNERS[spec.kind](spec, settings, entry, health, stop)
    log.info("Ended")
    return 0


def health_port(spec: ProcessSpec, settings: Settings) -> int:
    """What the supervisor chose, else the process's place in the table."""
    chosen = os.environ.get(PORT)
    return int(chosen) if chosen else settings.process_port_base + PROCESSES.index(spec)


def _run_asgi(_spec: ProcessSpec, settings: Settings, entry: Callable[..., Any], _health: Any, _stop: Stop) -> None:
    import uvicorn  # noqa: PLC0415  only this kind needs it

    config = uvicorn.Config(
        entry(settings),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run()


def _run_relay(spec: ProcessSpec, settings: Settings, entry: Callable[..., Any], health: Any, stop: Stop) -> None:
    def on_relay(relay: Any) -> None:
        on_stop_signals(relay.stop)
        if stop.is_set():
            relay.stop()
        health.ready()

    entry(settings, spec.service, on_relay=on_relay)


def _run_plain(_spec: ProcessSpec, settings: Settings, entry: Callable[..., Any], health: Any, stop: Stop) -> None:
    health.ready()
    entry(settings, stop)


def _run_nameko(spec: ProcessSpec, settings: Settings, entry: Any, health: Any, stop: Stop) -> None:
    from shared.runner.nameko_process import run_service  # noqa: PLC0415  after the monkey-patching

    run_service(spec, settings, entry, health, stop)


_RUNNERS: dict[Kind, Callable[..., None]] = {
    Kind.ASGI: _run_asgi,
    Kind.RELAY: _run_relay,
    Kind.PLAIN: _run_plain,
    Kind.NAMEKO: _run_nameko,
}


def monkey_patch() -> None:
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"  # psycopg's own wait blocks every green thread
    os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # servers are few and near: a second of start-up is dearer than a lookup
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eventlet says that it is deprecated; ADR and architecture say the way out
        import eventlet  # noqa: PLC0415  nothing of it before a nameko process is asked for

        eventlet.monkey_patch()
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")


def _load(entry: str) -> Any:
    module, _, name = entry.partition(":")
    return getattr(importlib.import_module(module), name)


def _calm_collector() -> None:
    """What was imported never goes; batches of thousands of events are many objects and no cycles. Halves the time of decoding them."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _wait_for_gate(stop: Stop) -> None:
    gate = os.environ.get(GATE)
    while gate and not Path(gate).exists() and not stop.is_set():
        time.sleep(0.05)


def _schema_is_current(settings: Settings, service: str) -> bool:
    """A database that is away is waited for: it may just be restarting."""
    import psycopg  # noqa: PLC0415  after the monkey-patching

    from shared.runner.schema import schema_is_current  # noqa: PLC0415  only where it is needed

    deadline = time.monotonic() + _DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return schema_is_current(settings, service)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
