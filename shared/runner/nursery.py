"""The first start of processes that share most of their imports: import once, fork for each, and end.

`python -m shared.runner.nursery KIND NAME=PORT...` prints `{"name", "pid"}` a line. Importing takes most of a start's processor time, and
what was imported before the fork is in memory once. A process that died is started again in the ordinary way.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path

from shared.runner.process import PORT, monkey_patch, run
from shared.runner.processes import Kind, spec_named

_COMMON = ("psycopg", "shared.observability", "shared.persistence", "shared.runner.schema", "shared.contracts.envelope", "shared.settings")
_PRELOADED = {
    "green": (
        *_COMMON,
        "shared.messaging.database_provider",
        "shared.messaging.rpc",
        "shared.messaging.rpc_provider",
        "shared.messaging.subscribe",
        "shared.runner.nameko_process",
        "shared.security.directory",
        "shared.security.rules",
    ),
    "plain": (*_COMMON, "shared.messaging.relay"),
}


def main(arguments: list[str]) -> int:
    flavour, *wanted = arguments
    if flavour == "green":
        monkey_patch()
    for module in _PRELOADED[flavour]:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    logs = Path(os.environ["OPENCEN_RUN_LOGS"])
    for item in wanted:
        name, _, port = item.partition("=")
        pid = os.fork()
        if pid == 0:
            return _become(name, port, logs)
        sys.stdout.write(json.dumps({"name": name, "pid": pid}) + "\n")
        sys.stdout.flush()
    return 0


def _become(name: str, port: str, logs: Path) -> int:
    os.setsid()
    _forget_shared_hub()
    log = os.open(logs / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    os.environ[PORT] = port
    from shared.settings import load_settings  # noqa: PLC0415  after the monkey-patching

    return run(spec_named(name), load_settings())


def _forget_shared_hub() -> None:
    """A hub made before the fork would share one epoll with the brothers: each would be woken by all that happens to any of them."""
    hubs = sys.modules.get("eventlet.hubs")
    if hubs is not None:
        hubs.get_hub().poll.close()
        hubs.use_hub()


def flavour_of(kind: Kind) -> str | None:
    """None for a kind whose imports nobody shares."""
    return {Kind.NAMEKO: "green", Kind.RELAY: "plain", Kind.PLAIN: "plain"}.get(kind)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
