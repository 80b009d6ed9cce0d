"""Runs one nameko service class in a process of its own: `python -m tests.component.messaging.host MODULE:CLASS`.

`TEST_SETTINGS` holds the settings as JSON, `TEST_NAMEKO_CONFIG` further configuration for nameko. It prints `ready` once consumers run.
SIGTERM stops the container as nameko's own runner does.
"""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
if os.environ["PSYCOPG_WAIT_FUNC"] == "none":
    del os.environ["PSYCOPG_WAIT_FUNC"]

warnings.simplefilter("ignore")
import eventlet  # noqa: E402  patched before anything else

if os.environ.get("TEST_MONKEY_PATCH", "yes") == "yes":
    eventlet.monkey_patch()

import importlib  # noqa: E402  after the monkey-patching
import json  # noqa: E402  after the monkey-patching
import logging  # noqa: E402  after the monkey-patching
import signal  # noqa: E402  after the monkey-patching
import sys  # noqa: E402  after the monkey-patching
from typing import Any  # noqa: E402  after the monkey-patching

from nameko.containers import ServiceContainer  # noqa: E402  after the monkey-patching

from shared.settings import Settings  # noqa: E402  after the monkey-patching


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=os.environ.get("TEST_LOG", "INFO"))
    if os.environ.get("TEST_PSYCOPG") == "unchecked":
        # Plain nameko has no such check: let it start and show what comes of it.
        importlib.import_module("shared.persistence.database")._refuse_blocking_waits = lambda: None
    settings = Settings.model_validate_json(os.environ["TEST_SETTINGS"])
    module, _, name = sys.argv[1].partition(":")
    config: dict[str, Any] = {"settings": settings} | json.loads(os.environ.get("TEST_NAMEKO_CONFIG", "{}"))
    container = ServiceContainer(getattr(importlib.import_module(module), name), config)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(container.stop))
    container.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    container.wait()


if __name__ == "__main__":
    main()
