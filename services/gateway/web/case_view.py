"""What the case screen shows of the workflow and the route. The rights are asked again by the owner; here they only choose the buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.translation import translate
from services.gateway.web import words
from services.gateway.web.record_view import FIELD_TITLES
from services.gateway.web.rendering import HOME_COUNTRY
from shared.i18n import N_
from shared.security.principal import Principal
from shared.security.rules import reach_of

WAY = ("draft", "submitted", "validated", "published", "legal", "disposal", "closed")
ENDED = ("closed", "cancelled")

# status -> (the next status, the right it needs, its key), in the order of the buttons
NEXT: dict[str, tuple[tuple[str, str, str], ...]] = {
    "submitted": (("validated", "case.validate", "V"), ("returned", "case.return", "R")),
    "validated": (("published", "case.publish", ""), ("closed", "case.close", "")),
    "published": (("legal", "case.legal", ""), ("closed", "case.close", "")),
    "legal": (("disposal", "case.disposal", ""), ("closed", "case.close", "")),
    "disposal": (("closed", "case.close", ""),),
}
REMARKABLE = (
    "title",
    "occurred_at",
    "place",
    "detection_method",
    "offence_types",
    "goods",
    "route",
    "conveyances",
    "concealment",
    "narrative",
)

CHANGES = {
    "created": N_("draft"),
    "changed": N_("changed"),
    "imported": N_("imported"),
    "submitted": N_("submitted"),
    "returned": N_("returned"),
    "validated": N_("validated"),
    "published": N_("shared nationally"),
    "legal": N_("legal proceedings"),
    "disposal": N_("disposal"),
    "closed": N_("closed"),
    "cancelled": N_("cancelled"),
}


@dataclass(frozen=True, slots=True)
class Act:
    to: str
    word: str
    key: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class WayStep:
    status: str
    done: bool
    now: bool
    at: str | None = None


@dataclass(frozen=True, slots=True)
class SketchPoint:
    x: int
    y: int
    code: str
    here: bool
    side: str


@dataclass(frozen=True, slots=True)
class SketchLink:
    path: str
    planned: bool


@dataclass(frozen=True, slots=True)
class Sketch:
    points: list[SketchPoint]
    links: list[SketchLink]


def acts_of(case: dict[str, Any], principal: Principal, language: str) -> list[Act]:
    """The steps that this officer may take from here."""
    found = [
        Act(to, translate(language, words.ACTS[to]), key)
        for to, act, key in NEXT.get(case["status"], ())
        if _reaches(case, principal, act) and not (to == "validated" and is_own(case, principal))
    ]
    if case["status"] not in ENDED and _reaches(case, principal, "case.cancel"):
        found.append(Act("cancelled", translate(language, words.ACTS["cancelled"]), kind="stop"))
    return found


def is_own(case: dict[str, Any], principal: Principal) -> bool:
    return principal.username in {case.get("created_by"), case.get("submitted_by"), case.get("lead_officer")}


def may_change(case: dict[str, Any], principal: Principal) -> bool:
    return case["status"] not in ENDED and _reaches(case, principal, "case.change")


def steps_of(case: dict[str, Any]) -> list[WayStep]:
    """The way with what is behind; a returned case stands where it must be submitted again, a cancelled one nowhere."""
    status = "draft" if case["status"] == "returned" else case["status"]
    now = WAY.index(status) if status in WAY else -1
    moments = {"draft": case.get("created_at"), "submitted": case.get("submitted_at"), "validated": case.get("validated_at")}
    return [WayStep(step, index < now, index == now, moments.get(step) if index <= now else None) for index, step in enumerate(WAY)]


def sketch_of(route: Sequence[dict[str, Any]]) -> Sketch:
    """The legs in a line: an order, not a map, so it draws no boundary."""
    if not route:
        return Sketch([], [])
    step = 360 / max(1, len(route) - 1)
    points = []
    for index, leg in enumerate(route):
        side = "start" if index == 0 and len(route) > 1 else "end" if index == len(route) - 1 and len(route) > 1 else "middle"
        here = leg.get("role") == "seizure" or (
            leg.get("country") == HOME_COUNTRY and not any(one.get("role") == "seizure" for one in route)
        )
        points.append(
            SketchPoint(round(40 + index * step) if len(route) > 1 else 220, 62 if index % 2 else 74, leg.get("country") or "?", here, side)
        )
    links = []
    for before, after, leg in zip(points, points[1:], route[1:], strict=False):
        middle = (before.x + after.x) // 2
        links.append(
            SketchLink(f"M{before.x} {before.y}Q{middle} {min(before.y, after.y) - 30} {after.x} {after.y}", leg.get("known") == "planned")
        )
    return Sketch(points, links)


def remark_fields(language: str) -> list[tuple[str, str]]:
    return [(name, translate(language, FIELD_TITLES[name])) for name in REMARKABLE]


def change_word(version: dict[str, Any], language: str) -> str:
    change = str(version.get("change") or "changed")
    return translate(language, CHANGES[change]) if change in CHANGES else change


def _reaches(case: dict[str, Any], principal: Principal, act: str) -> bool:
    """By role; a reach of one's own records is held against the authors, wider ones are the owner's to check."""
    reach = reach_of(principal, act)
    return reach is not None and (reach != "own" or is_own(case, principal))
