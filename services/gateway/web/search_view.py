"""The search's answer as the screen shows it: chips of what was read, facets, the months, rows with what was found in them."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from services.gateway.translation import translate
from services.gateway.web import charts, labels
from services.gateway.web.formatting import Formats
from services.gateway.web.found_words import Marked, Piece, language_of, marked
from services.gateway.web.units import UnitNames
from services.gateway.web.visitors import in_language
from shared.i18n import N_

FACETS = {
    "status": N_("Status"),
    "commodity": N_("Commodity"),
    "country": N_("Country"),
    "office": N_("Office"),
    "method": N_("How it was found"),
    "concealment": N_("Concealment"),
    "mode": N_("Mode of transport"),
    "origin": N_("Origin of the record"),
}
SHOWN_VALUES = 5
MOST_VALUES = 40
SNIPPETS_IN_PEEK = 3
SNIPPET_BEFORE, SNIPPET_AFTER = 60, 140
MARK = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)
PLAIN_VALUE = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says."""

    q: str = ""
    chosen: tuple[str, ...] = ()
    sort: str = "relevance"
    first: str = ""
    last: str = ""
    after: str = ""

    def link(self, **changes: Any) -> str:
        values: dict[str, Any] = {"q": self.q, "f": list(self.chosen), "sort": self.sort, "first": self.first, "last": self.last} | changes
        if values["sort"] == "relevance":
            values["sort"] = ""
        return "/search?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)

    def filters(self) -> list[str]:
        """Values of one field are alternatives, fields must all hold."""
        by_field: dict[str, list[str]] = {}
        for condition in self.chosen:
            by_field.setdefault(condition.partition(":")[0], []).append(condition)
        joined = [" OR ".join(conditions) for conditions in by_field.values()]
        if self.first or self.last:
            joined.append(f"date:{self.first or '1000-01'}..{self.last or '9999-12'}")
        return joined

    def whole_query(self) -> str:
        """Query and filters in one, as a watch keeps them."""
        parts = [self.q.strip(), *self.filters()]
        return " ".join(f"({part})" if " OR " in part else part for part in parts if part)


@dataclass(frozen=True, slots=True)
class FacetValue:
    label: str
    count: int
    filter: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    key: str
    title: str
    shown: list[FacetValue]
    more: list[FacetValue]
    most: int


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    case_no: str
    title: Marked | str
    snippet: Marked | str
    snippets: list[Marked]
    office: str
    method: str
    kilograms: str | None
    day: str | None
    route: list[dict[str, Any]]
    status: str
    place: str
    goods: list[str] = field(default_factory=list)
    concealment: list[str] = field(default_factory=list)
    peek: str = ""


def facets_of(found: dict[str, list[dict[str, Any]]], asked: Asked, language: str) -> list[Facet]:
    facets = []
    for key, title in FACETS.items():
        values = [_facet_value(key, value, asked.chosen) for value in found.get(key, ())]
        known = {value.filter for value in values}
        values += [
            FacetValue(_label_of(key, one, language), 0, one, chosen=True)
            for one in asked.chosen
            if one.startswith(f"{key}:") and one not in known
        ]
        if not values:
            continue
        ordered = sorted(values, key=lambda value: (not value.chosen, -value.count))[:MOST_VALUES]
        most = max((value.count for value in values), default=1) or 1
        facets.append(Facet(key, translate(language, title), ordered[:SHOWN_VALUES], ordered[SHOWN_VALUES:], most))
    return facets


def histogram_of(months: Sequence[dict[str, Any]], asked: Asked) -> list[charts.Bar]:
    """The last 24 months that have records, without gaps."""
    counted = {bar["month"]: bar["count"] for bar in months if bar["month"]}
    if not counted:
        return []
    names = charts.months_between(min(counted), max(counted))[-24:]
    chosen = (asked.first or names[0], asked.last or names[-1]) if asked.first or asked.last else None
    return charts.bars(names, [counted.get(name, 0) for name in names], chosen)


def row_of(hit: dict[str, Any], asked: Asked, units: UnitNames, formats: Formats) -> Row:
    language = formats.language
    summary, found = hit["summary"], hit.get("highlights") or {}
    title = _marked_html(found["title"]) if "title" in found else marked(summary.get("title") or "")
    texts = [_cut(_marked_html(text)) for path, text in found.items() if path != "title"]
    narrative = in_language(summary.get("narrative") or {}, language)
    goods = [_goods_words(line, formats) for line in summary.get("goods") or []]
    place = summary.get("place") or {}
    return Row(
        id=hit["id"],
        case_no=hit.get("case_no") or "",
        title=title or ", ".join(goods[:2]) or translate(language, N_("Untitled record")),
        snippet=texts[0] if texts else (_cut(marked(narrative)) if narrative else ""),
        snippets=texts[:SNIPPETS_IN_PEEK],
        office=units.name(summary.get("office"), language),
        method=labels.label("detection_methods", summary.get("method"), language),
        kilograms=summary.get("kilograms"),
        day=_day(summary),
        route=summary.get("route") or [],
        status=summary.get("status") or "",
        place=", ".join(filter(None, (place.get("name"), place.get("region"), labels.label("countries", place.get("country"), language)))),
        goods=goods,
        concealment=[labels.label("concealment", code, language) for code in summary.get("concealment") or []],
        peek=asked.link(peek=hit["id"], after=asked.after),
    )


def _day(summary: dict[str, Any]) -> str | None:
    """As exact as it is known."""
    lengths = {"year": 4, "month": 7}
    day = summary.get("occurred_on")
    return day[: lengths.get(summary.get("occurred_precision") or "day", 10)] if day else None


def _goods_words(line: dict[str, Any], formats: Formats) -> str:
    language = formats.language
    kind = labels.goods_label(f"{line.get('commodity') or ''}{labels.SEPARATOR}{line.get('subtype') or ''}", language)
    amount = labels.amount(formats.number(line["quantity"]), line.get("unit"), language) if line.get("quantity") else ""
    return " · ".join(filter(None, (kind, amount)))


def _facet_value(key: str, value: dict[str, Any], chosen: Iterable[str]) -> FacetValue:
    condition = f"{key}:{_quoted(str(value['value']))}"
    return FacetValue(str(value["label"]), int(value["count"]), condition, condition in chosen)


def _label_of(key: str, condition: str, language: str) -> str:
    lists = {
        "status": "statuses",
        "commodity": "commodities",
        "country": "countries",
        "method": "detection_methods",
        "mode": "transport_modes",
    }
    value = condition.partition(":")[2].strip('"')
    return labels.label(lists.get(key, key), value, language) if key in {*lists, "concealment"} else value


def _quoted(value: str) -> str:
    return value if PLAIN_VALUE.fullmatch(value) else f'"{value}"'


def _marked_html(text: str) -> Marked:
    """The API's highlight (escaped, with `<mark>`) as pieces: nothing of it is ever put into the page unescaped."""
    pieces, at = [], 0
    for match in MARK.finditer(text):
        pieces += [Piece(html.unescape(text[at : match.start()])), Piece(html.unescape(match[1]), found=True)]
        at = match.end()
    pieces.append(Piece(html.unescape(text[at:])))
    kept = [piece for piece in pieces if piece.text]
    return Marked(kept, language_of("".join(piece.text for piece in kept)))


def _cut(whole: Marked) -> Marked:
    """Around the first found word; the dots say that there is more."""
    first = next((index for index, piece in enumerate(whole.pieces) if piece.found), 0)
    pieces: list[Piece] = []
    if first > 0:
        before = "".join(piece.text for piece in whole.pieces[:first])
        pieces.append(Piece(before if len(before) <= SNIPPET_BEFORE else "… " + _whole_end(before)))
    left = SNIPPET_AFTER
    for piece in whole.pieces[first:]:
        if left <= 0:
            break
        text = piece.text if len(piece.text) <= left else _whole_start(piece.text, left) + " …"
        pieces.append(Piece(text, piece.found))
        left -= len(piece.text)
    return Marked(pieces, whole.language)


def _whole_end(text: str) -> str:
    """The end of a text from a blank, or from a letter that no mark hangs on."""
    cut = text[-SNIPPET_BEFORE:]
    blank = cut.find(" ")
    if 0 <= blank < SNIPPET_BEFORE // 2:
        return cut[blank + 1 :]
    return cut.lstrip("".join(character for character in set(cut) if _hangs(character)))


def _whole_start(text: str, length: int) -> str:
    while length < len(text) and _hangs(text[length]):
        length += 1
    return text[:length]


def _hangs(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc", "Me"}
