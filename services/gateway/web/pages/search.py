"""Search: the query and how it was read, filters with counts, the months, rows with the found words, and a watch from it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from services.gateway.handlers import search
from services.gateway.translation import translate
from services.gateway.web import words
from services.gateway.web.door import Web, page_router
from services.gateway.web.found_words import LAO
from services.gateway.web.search_view import FACETS, Asked, facets_of, histogram_of, row_of
from services.gateway.web.visitors import Visitor
from shared.errors import FieldError, Unavailable, Unprocessable
from shared.i18n import N_
from shared.security.rules import require

PAGE_SIZE = 25
SORTS = {
    "relevance": N_("Best match"),
    "-date": N_("Newest"),
    "date": N_("Oldest"),
    "-kg": N_("Heaviest"),
    "case_no": N_("Case number"),
}


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/search")
    async def search_page(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "case.search")
        asked = _asked(request)
        shown = _shown(asked, visitor)
        try:
            answer = await search.search(
                web.gateway,
                session,
                q=asked.q,
                filters=asked.filters(),
                facets=[*FACETS, "month"],
                sort=asked.sort,
                limit=PAGE_SIZE,
                after=asked.after or None,
            )
        except Unprocessable as error:
            mistakes = [_mistake(item, visitor.language) for item in error.errors]
            return web.pages.render(request, visitor, "search.html", 422, place="search", mistakes=mistakes, **shown)
        except Unavailable:
            return web.pages.render(request, visitor, "search.html", 503, place="search", away=True, **shown)
        shown |= _answered(web, request, visitor, asked, answer)
        return web.pages.render(request, visitor, "search.html", place="search", **shown)

    @router.get("/search/fields")
    async def fields(request: Request) -> Response:
        visitor, session = await web.officer(request)
        found = await search.fields(web.gateway, session)
        return web.pages.render(request, visitor, "fields.html", place="search", fields=_fields(found, visitor.language))

    return router


def _asked(request: Request) -> Asked:
    query = request.query_params
    chosen = tuple(dict.fromkeys(condition for condition in query.getlist("f") if ":" in condition))
    sort = query.get("sort", "relevance")
    return Asked(
        q=query.get("q", "").strip(),
        chosen=chosen,
        sort=sort if sort in SORTS else "relevance",
        first=query.get("first", ""),
        last=query.get("last", ""),
        after=query.get("after", ""),
    )


def _shown(asked: Asked, visitor: Visitor) -> dict[str, Any]:
    language = visitor.language
    return {
        "q": asked.q,
        "chosen": asked.chosen,
        "sort": asked.sort,
        "after": asked.after,
        "first_month": asked.first or (asked.last and "1000-01"),
        "last_month": asked.last or (asked.first and "9999-12"),
        "sorts": [(key, translate(language, title)) for key, title in SORTS.items()],
        "severities": [(key, translate(language, title)) for key, title in words.SEVERITIES.items()],
        "may_watch": visitor.may("saved_search.write"),
        "watch_query": asked.whole_query(),
        "without_filters": asked.link(f=[], first="", last=""),
        "first_page": asked.link(),
    }


def _answered(web: Web, request: Request, visitor: Visitor, asked: Asked, answer: dict[str, Any]) -> dict[str, Any]:
    rows = [row_of(hit, asked, web.units, web.pages.formats[visitor.language]) for hit in answer["hits"]]
    wanted = request.query_params.get("peek", "")
    bars = histogram_of(answer.get("months") or [], asked)
    return {
        "answer": answer,
        "hits": rows,
        "peek": next((row for row in rows if row.id == wanted), rows[0] if rows else None),
        "facets": facets_of(answer["facets"], asked, visitor.language),
        "histogram": bars,
        "month_choices": [(bar.month, bar.month) for bar in bars],
        "next_page": asked.link(after=answer["next"]) if answer["next"] else "",
        "chips": [_chip(part, asked, visitor.language) for part in answer.get("read_as") or []],
        "meant": answer.get("did_you_mean") or "",
        "meant_link": asked.link(q=answer.get("did_you_mean") or ""),
    }


def _chip(part: dict[str, Any], asked: Asked, language: str) -> dict[str, str]:
    """One part of the query as it was understood, and the query without it."""
    name, value = translate(language, part["label"]), translate(language, part["value"], part.get("params"))
    rest = f"{asked.q[: part['start']].rstrip()} {asked.q[part['end'] :].lstrip()}".strip()
    return {"name": name, "value": value, "without": asked.link(q=rest)}


def _mistake(error: FieldError, language: str) -> dict[str, Any]:
    return {"text": translate(language, error.message, error.params), "position": error.position}


def _fields(found: Any, language: str) -> list[dict[str, Any]]:
    items = found["items"] if isinstance(found, dict) else found
    return [
        {
            "name": item["name"],
            "label": translate(language, item["label"]),
            "help": translate(language, item["help"]),
            "words": [
                {"text": word, "lao": bool(LAO.search(word))} for names in item["words"].values() for word in names if word != item["name"]
            ],
        }
        for item in items
    ]
