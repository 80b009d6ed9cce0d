"""What the record screen shows of a form: its parts and their state, its errors, and both sides of a conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.gateway.translation import translate
from services.gateway.web import labels
from services.gateway.web.forms import Tree, anchor, field_of, written_rows
from shared.errors import FieldError
from shared.i18n import N_

# id, title, the fields it holds, whether Quick leaves it out
PARTS = (
    (
        "part-1",
        N_("Essentials"),
        ("title", "occurred_at", "place", "procedure", "detection_method", "offence_types", "offence_other"),
        False,
    ),
    ("part-2", N_("Goods"), ("goods",), False),
    ("part-3", N_("Route and conveyance"), ("route", "conveyances"), True),
    ("part-4", N_("Concealment"), ("concealment", "concealment_text"), True),
    ("part-5", N_("Account and handling"), ("narrative", "classification", "handling"), True),
)

FIELD_TITLES = {
    "title": N_("What was found, in one line"),
    "occurred_at": N_("When"),
    "place": N_("Where"),
    "procedure": N_("Procedure"),
    "detection_method": N_("How it was found"),
    "offence_types": N_("Offence"),
    "offence_other": N_("Other offence, in words"),
    "goods": N_("Goods"),
    "route": N_("Route"),
    "conveyances": N_("Conveyance"),
    "concealment": N_("Concealment"),
    "narrative": N_("Account"),
    "classification": N_("Classification"),
    "handling": N_("Handling"),
    "status": N_("Status"),
    "office": N_("Customs office"),
    "unit": N_("Unit"),
    "tags": N_("Tags"),
    "team": N_("Team"),
    "lead_officer": N_("Lead officer"),
    "legal_basis": N_("Legal basis"),
    "returned": N_("Returned"),
    "reason": N_("Reason"),
    "case_no": N_("Case number"),
    "minimal_data": N_("Statistical case"),
}


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    title: str
    more: bool
    tone: str
    icon: str
    remark: str


@dataclass(frozen=True, slots=True)
class ShownError:
    anchor: str
    text: str


def shown_errors(errors: list[FieldError], language: str) -> tuple[dict[str, str], list[ShownError]]:
    """By the form's field for the field, and in the order of the fields for the summary, which names the line it means."""
    by_field: dict[str, str] = {}
    for error in errors:
        by_field.setdefault(field_of(error.field), translate(language, error.message, error.params))
    ordered = sorted(by_field, key=_place_in_form)
    return by_field, [ShownError(anchor(name), f"{field_title(name, language)}: {by_field[name]}") for name in ordered]


def field_title(path: str, language: str) -> str:
    """Goods 2 for `goods[1].quantity`; the path itself where the form has no such field."""
    head = path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    title = translate(language, FIELD_TITLES[head]) if head in FIELD_TITLES else path
    number = path.partition("[")[2].partition("]")[0]
    return f"{title} {int(number) + 1}" if number.isdigit() else title


def parts_of(tree: Tree, errors: dict[str, str], language: str) -> list[Part]:
    return [_part(part, tree, errors, language) for part in PARTS]


def conflict_rows(mine: dict[str, Any], theirs: dict[str, Any], language: str) -> list[dict[str, str]]:
    """The fields in which the form and the centre differ, in words."""
    rows = []
    for name, title in FIELD_TITLES.items():
        if name in mine and _plain(mine[name]) != _plain(theirs.get(name)):
            texts = {"title": translate(language, title), "theirs": in_words(theirs.get(name), language)}
            rows.append(texts | {"mine": in_words(mine[name], language)})
    return rows


def in_words(value: Any, language: str) -> str:
    """Any part of a case as one line."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list):
        return "; ".join(filter(None, (in_words(item, language) for item in value)))
    if isinstance(value, dict):
        if "commodity" in value or "quantity" in value:
            kind = labels.goods_label(f"{value.get('commodity') or ''}{labels.SEPARATOR}{value.get('subtype') or ''}", language)
            return " ".join(filter(None, (kind, value.get("quantity"), labels.label("units", value.get("unit"), language))))
        return ", ".join(filter(None, (in_words(item, language) for item in value.values())))
    return str(value)


def marking_of(case: dict[str, Any], language: str) -> dict[str, str]:
    """What stands over every page with a case's content."""
    code = case.get("classification") or "restricted"
    handling = labels.label("handling", case.get("handling"), language)
    word = labels.label("classifications", code, language)
    return {"classification": code, "word": word.upper() if language == "en" else word, "handling": handling}


def _part(part: tuple[str, str, tuple[str, ...], bool], tree: Tree, errors: dict[str, str], language: str) -> Part:
    part_id, title, fields, more = part
    wrong = sum(1 for name in errors if name.split(".")[0].split("[")[0] in fields)
    if wrong:
        remark = translate(language, N_("%(count)s to fix"), {"count": wrong})
        return Part(part_id, translate(language, title), more, "bad", "mark", remark)
    filled = any(_filled(tree, name) for name in fields if name != "classification")
    remark = translate(language, N_("begun") if filled else N_("empty"))
    return Part(part_id, translate(language, title), more, "good" if filled else "", "tick" if filled else "empty", remark)


def _filled(tree: Tree, name: str) -> bool:
    if name in {"goods", "route", "conveyances"}:
        return bool(written_rows(tree, name))
    if name == "occurred_at":
        return bool(tree.get("occurred_day"))
    value = tree.get(name)
    return any(text for key, text in value.items() if key != "rest") if isinstance(value, dict) else bool(value)


def _place_in_form(name: str) -> tuple[int, str]:
    head = name.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    fields = [field for _, _, names, _ in PARTS for field in names]
    return (fields.index(head) if head in fields else len(fields), name)


def _plain(value: Any) -> Any:
    """Without what is empty, so that a missing field equals an empty one."""
    if isinstance(value, dict):
        return {key: below for key, item in value.items() if (below := _plain(item)) not in (None, "", [], {}) and key != "quantity_kg"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value in ("", [], {}) else value
