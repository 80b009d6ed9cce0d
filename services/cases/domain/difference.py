"""What differs between two versions, by field path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_ABSENT: Any = object()


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """`(path, before, after)` of the smallest parts that differ, such as `goods[0].quantity`; None stands for what is not there."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from differences(_at(before, index), _at(after, index), f"{path}[{index}]")
    elif _shown(before) != _shown(after):
        yield path, _shown(before), _shown(after)


def changed_paths(before: Any, after: Any) -> list[str]:
    return [path for path, _, _ in differences(before, after)]


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _ABSENT


def _shown(value: Any) -> Any:
    return None if value is _ABSENT else value
