"""The record form: names of fields to a tree, the tree to the API's body, a case to the tree, refusals to fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.gateway.web.amounts import LAO_DIGITS, TwoMeanings, read_amount, same_amount, show_amount
from services.gateway.web.labels import SEPARATOR
from shared.errors import FieldError
from shared.i18n import N_

Tree = dict[str, Any]

WRITTEN_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
STEP = re.compile(r"([a-z_]+)|\[(\d{1,3})\]")
SEVERAL = {"offence_types", "concealment"}
LISTS = ("goods", "route", "conveyances")
WRITTEN = {
    "goods": ("hs_code", "quantity", "unit", "packages", "value", "currency", "origin_country", "description"),
    "route": ("role", "country", "place", "date", "known"),
    "conveyances": ("mode", "type", "registration", "flight_or_voyage", "container_no", "waybill"),
}
# What is chosen before an officer writes anything does not make a line.
PRESET = {"unit", "currency", "rest"}
SCALARS = ("title", "procedure", "detection_method", "offence_other", "classification", "handling", "reason")
LANGUAGES = ("lo", "en")
DAY_LENGTH = len("2026-11-24")


def tree_of(items: Iterable[tuple[str, Any]]) -> Tree:
    """`goods[0].quantity=2` and the like as nested dicts; lists in order of their numbers, however these run."""
    tree: Tree = {}
    for name, value in items:
        if not isinstance(value, str):
            continue
        steps = [number or word for word, number in STEP.findall(name)]
        if steps:
            _put(tree, steps, value.strip(), several=name in SEVERAL)
    for name in LISTS:
        rows = tree.get(name)
        tree[name] = [rows[key] for key in sorted(rows, key=int)] if isinstance(rows, dict) else []
    return tree


def tree_of_case(case: dict[str, Any], zone: ZoneInfo) -> Tree:
    """What the form shows of a stored case."""
    day, time = _day_and_time(case.get("occurred_at"), zone)
    hidden = case.get("concealment") or []
    tree: Tree = {name: case.get(name) or "" for name in SCALARS if name != "reason"}
    return tree | {
        "occurred_day": day,
        "occurred_time": time,
        "place": {"name": (case.get("place") or {}).get("name", ""), "rest": _rest(case.get("place") or {}, ("name",))},
        "offence_types": case.get("offence_types") or [],
        "concealment": [item["code"] for item in hidden if item.get("code")],
        "concealment_text": "\n".join(item["text"] for item in hidden if item.get("text")),
        "narrative": case.get("narrative") or {},
        "goods": [_goods_row(line) for line in case.get("goods") or []],
        "route": [dict(leg) for leg in case.get("route") or []],
        "conveyances": [dict(means) | {"rest": _rest(means, WRITTEN["conveyances"])} for means in case.get("conveyances") or []],
    }


def body_of(tree: Tree, zone: ZoneInfo) -> tuple[dict[str, Any], list[FieldError]]:
    """The API's body with null for what is empty, and what could not be read as one thing."""
    errors: list[FieldError] = []
    body: dict[str, Any] = {name: tree.get(name) or None for name in SCALARS if name in tree}
    body["occurred_at"] = _moment(tree, zone)
    place = tree.get("place") or {}
    body["place"] = (_kept(place) | {"name": place["name"]}) if place.get("name") else (_kept(place) or None)
    body["offence_types"] = tree.get("offence_types") or []
    body["concealment"] = _concealment(tree)
    body["narrative"] = {code: (tree.get("narrative") or {}).get(code) or None for code in LANGUAGES}
    for name in LISTS:
        body[name] = [_row(name, row, index, errors) for index, row in enumerate(written_rows(tree, name))]
    if not body.get("classification"):
        body.pop("classification", None)
    return body, errors


def written_rows(tree: Tree, name: str) -> list[Tree]:
    return [row for row in tree.get(name) or [] if _has_words({key: value for key, value in row.items() if key not in PRESET})]


def field_of(path: str) -> str:
    """The form's field for a path of the API."""
    path = re.sub(r"^(goods\[\d+\])\.(commodity|subtype)$", r"\1.kind", path)
    path = re.sub(r"^concealment(\[\d+\].*)?$", "concealment", path)
    path = re.sub(r"^offence_types\[\d+\]$", "offence_types", path)
    path = re.sub(r"^(goods\[\d+\])\.packages$", r"\1.packages.count", path)
    return {"place": "place.name", "narrative": "narrative.lo"}.get(path, path)


def anchor(name: str) -> str:
    """An id that a link can point at."""
    return re.sub(r"[\[\].]+", "-", name).strip("-")


def _put(tree: Tree, steps: list[str], value: str, *, several: bool) -> None:
    for step in steps[:-1]:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            return
        tree = below
    if several:
        tree.setdefault(steps[-1], []).append(value)
    else:
        tree[steps[-1]] = value


def _goods_row(line: dict[str, Any]) -> Tree:
    kind = line.get("commodity") or ""
    if line.get("subtype"):
        kind += f"{SEPARATOR}{line['subtype']}"
    shown = {"quantity": show_amount(line.get("quantity")), "value": show_amount(line.get("value")), "kind": kind}
    packages = {name: str(value) for name, value in (line.get("packages") or {}).items()}
    kept = ("commodity", "subtype", "quantity_kg", *(name for name in WRITTEN["goods"] if name not in {"quantity", "value"}))
    return dict(line) | shown | {"packages": packages, "rest": _rest(line, kept)}


def _row(name: str, row: Tree, index: int, errors: list[FieldError]) -> dict[str, Any]:
    before = _kept(row)
    written = {key: _written(row.get(key)) for key in WRITTEN[name]}
    if name == "goods":
        commodity, _, subtype = (row.get("kind") or "").partition(SEPARATOR)
        written |= {"commodity": commodity, "subtype": subtype}
        for amount in ("quantity", "value"):
            written[amount] = _amount(row.get(amount) or "", before.get(amount), f"goods[{index}].{amount}", errors)
        written["unit"] = written["unit"] if written["quantity"] else None
        written["currency"] = written["currency"] if written["value"] else None
        written["packages"] = _packages(row.get("packages") or {})
    if name == "route":
        written["date"] = read_day(written["date"] or "")
    return _without(before, written)


def _without(before: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """A cleared field is left out, also where the line had it before."""
    return {key: value for key, value in before.items() if key not in written} | {key: value for key, value in written.items() if value}


def _packages(packages: Tree) -> dict[str, Any]:
    count = packages.get("count") or ""
    found: dict[str, Any] = {"count": int(count) if count.isascii() and count.isdigit() else count} if count else {}
    return found | ({"type": packages["type"]} if packages.get("type") else {})


def _amount(typed: str, before: str | None, name: str, errors: list[FieldError]) -> str:
    try:
        amount = read_amount(typed)
    except TwoMeanings as two:
        message = N_("Write %(whole)s or %(part)s: what stands there can mean both")
        errors.append(FieldError(name, "two_meanings", message, {"whole": two.whole, "part": two.part}))
        return typed
    return before if before is not None and same_amount(amount, before) else amount


def _concealment(tree: Tree) -> list[dict[str, str]]:
    rows = [{"code": code} for code in tree.get("concealment") or []]
    if text := tree.get("concealment_text"):
        rows = [rows[0] | {"text": text}, *rows[1:]] if rows else [{"text": text}]
    return rows


def _moment(tree: Tree, zone: ZoneInfo) -> str | None:
    """A day with a time in the administration's zone, or a day, a month, a year alone."""
    day, time = read_day(tree.get("occurred_day") or ""), (tree.get("occurred_time") or "").translate(LAO_DIGITS)
    if tree.get("occurred_now"):
        return datetime.now(zone).isoformat(timespec="seconds")
    if not day or not time:
        return day or None
    try:
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone).isoformat(timespec="seconds")
    except ValueError:
        return f"{day}T{time}"


def read_day(typed: str) -> str:
    """ISO for a day written either way, in either script: 2026-11-24, 24/11/2026, 24.11.2026; anything else as it is."""
    text = typed.translate(LAO_DIGITS)
    if written := WRITTEN_DAY.fullmatch(text):
        return f"{written[3]}-{int(written[2]):02d}-{int(written[1]):02d}"
    return text


def _day_and_time(stored: str | None, zone: ZoneInfo) -> tuple[str, str]:
    if not stored or len(stored) <= DAY_LENGTH:
        return stored or "", ""
    local = datetime.fromisoformat(stored).astimezone(zone)
    return local.date().isoformat(), local.strftime("%H:%M")


def _written(value: Any) -> Any:
    return {key: text for key, text in value.items() if text} if isinstance(value, dict) else value


def _has_words(value: Any) -> bool:
    return any(_has_words(below) for below in value.values()) if isinstance(value, dict) else bool(value)


def _rest(stored: dict[str, Any], shown: tuple[str, ...]) -> str:
    """What the form does not show of a stored row, to be sent back with it: lists replace whole."""
    return json.dumps({key: value for key, value in stored.items() if key not in shown and value is not None}, ensure_ascii=False)


def _kept(row: Tree) -> dict[str, Any]:
    try:
        kept = json.loads(row.get("rest") or "{}")
    except json.JSONDecodeError:
        return {}
    return kept if isinstance(kept, dict) else {}
