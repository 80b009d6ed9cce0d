"""The engine's page as the API gives it: what a result row shows, highlights, facets with labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from services.search.domain.document import IMPORT, sources_of
from services.search.domain.evidence import positive_leaves
from services.search.domain.explaining import explain
from services.search.domain.highlight import grapheme_bounds, highlights, to_html
from services.search.domain.plan import Everything, Plan
from services.search.domain.units import Units
from services.search.handlers.asking import Asked, Facet
from services.search.ports import Hit, Page
from shared.vocabulary import vocabulary

EXCERPT_LENGTH = 240

Json = Mapping[str, Any]


def answer(asked: Asked, page: Page, units: Units, language: str) -> dict[str, Any]:
    # Free words never stand in what an import kept, and that is most of an imported case's texts.
    imported = any(leaf.field == IMPORT for leaf in positive_leaves(asked.request.plan))
    facets = {facet.name: _facet(facet, page.facets[facet.index], units, language) for facet in asked.facets}
    return {
        "total": page.total,
        "hits": [_hit(hit, asked.request.plan, imported=imported) for hit in page.hits],
        "facets": facets,
        "months": sorted(({"month": month, "count": count} for month, count in page.facets.get("month", ())), key=lambda bar: bar["month"]),
        "read_as": [asdict(chip) for chip in explain(asked.text, asked.node, units, language)],
        "next": page.next,
        "fresh_at": datetime.fromtimestamp(page.fresh_at, UTC).isoformat(),
    }


def _hit(hit: Hit, plan: Plan, *, imported: bool) -> dict[str, Any]:
    case = orjson.loads(hit.source)
    sources = (source for source in sources_of(case) if imported or source.field != IMPORT)
    found = {} if isinstance(plan, Everything) else highlights(plan, sources)
    return {
        "id": case["id"],
        "case_no": case["case_no"],
        "score": round(hit.score, 4) if hit.score is not None else 0.0,
        "summary": summary(case),
        "highlights": {path: to_html(segments) for path, segments in found.items()},
    }


def summary(case: Json) -> dict[str, Any]:
    """What a result row shows: codes as the case has them (their labels are in `/vocabularies`), texts by language, cut short."""
    place = case.get("place") or {}
    goods = case.get("goods") or []
    return {
        "title": case.get("title"),
        "narrative": {language: excerpt(text) for language, text in (case.get("narrative") or {}).items()},
        "commodity": next((line["commodity"] for line in goods if line.get("commodity")), None),
        "subtype": next((line["subtype"] for line in goods if line.get("subtype")), None),
        "goods": [{name: line.get(name) for name in ("commodity", "subtype", "quantity", "unit", "quantity_kg")} for line in goods],
        "kilograms": case.get("kilograms"),
        "occurred_on": case.get("occurred_on"),
        "occurred_precision": case.get("occurred_precision"),
        "office": case.get("office"),
        "unit": case.get("unit"),
        "place": {name: place.get(name) for name in ("name", "region", "country")},
        "status": case.get("status"),
        "classification": case.get("classification"),
        "origin": case.get("origin"),
        "version": case.get("version"),
        "method": case.get("detection_method"),
        "mode": next((conveyance["mode"] for conveyance in case.get("conveyances") or [] if conveyance.get("mode")), None),
        "route": [{"role": leg.get("role"), "country": leg.get("country")} for leg in case.get("route") or []],
        "concealment": [entry["code"] for entry in case.get("concealment") or [] if entry.get("code")],
    }


def excerpt(text: str) -> str:
    """The beginning, in whole graphemes."""
    if len(text) <= EXCERPT_LENGTH:
        return text
    bounds = grapheme_bounds(text[: EXCERPT_LENGTH + 16])
    end = max((bound for bound in bounds if bound <= EXCERPT_LENGTH), default=EXCERPT_LENGTH)
    return text[:end].rstrip() + "…"


def _facet(facet: Facet, counts: list[tuple[str, int]], units: Units, language: str) -> list[dict[str, Any]]:
    if facet.vocabulary:
        codes = vocabulary(facet.vocabulary)
        return [{"value": value, "label": codes.label(value, language), "count": count} for value, count in counts]
    if facet.index in ("office", "unit"):
        return [{"value": value, "label": units.label(value, language), "count": count} for value, count in counts]
    return [{"value": value, "label": value, "count": count} for value, count in counts]
