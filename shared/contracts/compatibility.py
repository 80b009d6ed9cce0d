"""Whether two versions of an event's schema can live side by side: a new producer with an old consumer, and the other way round.

Consumers ignore what they do not know, so a new optional member is harmless. A break is: a member that went away, a type or code list
that narrowed or widened where someone reads it strictly, a member that became required.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """Every reason why consumers or producers of `old` fail with `new`; empty when both directions hold."""
    return _breaks(old, new, old.get("$defs", {}), new.get("$defs", {}), "data", frozenset())


def _breaks(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, path: str, seen: frozenset[str]) -> list[str]:  # noqa: PLR0917  both schemas with their definitions
    reference = old.get("$ref", "")
    if reference in seen:
        return []
    seen = seen | ({reference} if reference else frozenset())
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    found = _type_breaks(old, new, path)
    old_members, new_members = old.get("properties", {}), new.get("properties", {})
    found += [f"{path}.{name}: removed" for name in old_members.keys() - new_members.keys()]
    required = set(new.get("required", [])) - set(old.get("required", []))
    found += [f"{path}.{name}: newly required" for name in required]
    released = set(old.get("required", [])) - set(new.get("required", []))
    found += [f"{path}.{name}: no longer always there" for name in released if name in new_members]
    for name in sorted(old_members.keys() & new_members.keys()):
        found += _breaks(old_members[name], new_members[name], old_defs, new_defs, f"{path}.{name}", seen)
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            found += _breaks(old[key], new[key], old_defs, new_defs, f"{path}[]", seen)
    return found + _choice_breaks(old, new, old_defs, new_defs, path, seen)


def _type_breaks(old: Schema, new: Schema, path: str) -> list[str]:
    found = []
    if _types(old) != _types(new):
        found.append(f"{path}: type {sorted(_types(old))} became {sorted(_types(new))}")
    if _codes(old) != _codes(new):
        found.append(f"{path}: codes {sorted(_codes(old))} became {sorted(_codes(new))}")
    return found


def _choice_breaks(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, path: str, seen: frozenset[str]) -> list[str]:  # noqa: PLR0917  both schemas with their definitions
    """`anyOf` is how an optional member is written: its branches are compared in order."""
    old_choices, new_choices = old.get("anyOf", []), new.get("anyOf", [])
    if len(old_choices) != len(new_choices):
        return [f"{path}: {len(old_choices)} choices became {len(new_choices)}"]
    found = []
    for before, after in zip(old_choices, new_choices, strict=True):
        found += _breaks(before, after, old_defs, new_defs, path, seen)
    return found


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return definitions[name] if name else schema


def _types(schema: Schema) -> frozenset[str]:
    kind = schema.get("type", [])
    return frozenset([kind] if isinstance(kind, str) else kind)


def _codes(schema: Schema) -> frozenset[str]:
    return frozenset(map(str, schema.get("enum", [schema["const"]] if "const" in schema else [])))
