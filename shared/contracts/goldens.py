"""The committed contracts: one golden JSON schema per event type, and the AsyncAPI document made from them.

`python -m shared.contracts.goldens` writes what the models say now. It refuses a change that breaks a consumer: that needs a new major
version beside the old one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from shared.contracts.compatibility import breaks
from shared.contracts.envelope import CONTENT_TYPE, MAX_BYTES, MAX_EVENTS
from shared.contracts.registry import EVENT_TYPES

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "contract" / "goldens"
ASYNCAPI = ROOT / "docs" / "asyncapi.json"


def schemas() -> dict[str, dict[str, Any]]:
    """By name, `<exchange>/<type>`: the same type may travel on two exchanges, with and without nominal data."""
    return {
        f"{exchange}/{name}": model.model_json_schema() for name, channels in EVENT_TYPES.items() for exchange, model in channels.items()
    }


def golden_path(name: str) -> Path:
    return GOLDENS / f"{name.replace('/', '__')}.json"


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel per exchange, a message per event type."""
    channels: dict[str, Any] = {}
    for name, schema in schemas().items():
        exchange, event_type = name.split("/")
        channel = channels.setdefault(exchange, {"address": exchange, "messages": {}, "bindings": _BINDINGS})
        channel["messages"][event_type] = {"name": event_type, "contentType": CONTENT_TYPE, "payload": schema}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "OpenCEN events", "version": "1", "description": _DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
    }


_BINDINGS = {"amqp": {"is": "routingKey", "exchange": {"type": "topic", "durable": True}}}
_DESCRIPTION = (
    f"CloudEvents 1.0 batches of 1 to {MAX_EVENTS} events, at most {MAX_BYTES} bytes. The payload of a message here is the `data` member "
    "of its events; their `type` is the message's name and its routing key."
)


def render(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    broken = []
    for name, schema in schemas().items():
        path = golden_path(name)
        if path.exists():
            broken += [f"{name}: {reason}" for reason in breaks(json.loads(path.read_text(encoding="utf-8")), schema)]
    if broken:
        print("These changes break a consumer of the present version; add a new major version instead:", *broken, sep="\n  ")  # noqa: T201  a command
        return 1
    GOLDENS.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        golden_path(name).write_text(render(schema), encoding="utf-8")
    ASYNCAPI.write_text(render(asyncapi()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
