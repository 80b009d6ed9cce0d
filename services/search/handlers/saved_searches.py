"""Saved searches: who may see and write them, with versions, events for the trail and the matcher's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.search.domain.compiling import compile_query
from services.search.domain.errors import QueryError
from services.search.domain.query import parse
from services.search.domain.saved_search import SavedSearch, content_from, require_match
from services.search.domain.units import Units
from services.search.ports import SavedSearches
from shared.contracts.envelope import Event
from shared.contracts.matches import SAVED_SEARCH_CHANGED, SAVED_SEARCH_DELETED
from shared.errors import FieldError, Forbidden, NotFound, Unprocessable
from shared.i18n import N_
from shared.identifiers import is_id, new_id
from shared.security.principal import Principal
from shared.security.rules import Scope

MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes. What one may not read is not there; what one may read and not write is forbidden."""

    principal: Principal
    readable: Scope
    writable: Scope
    units: Units
    emit: Callable[[Event], None]


Writing = Callable[[SavedSearches, Writer, dict[str, Any]], dict[str, Any]]


def list_saved_searches(searches: SavedSearches, readable: Scope, payload: dict[str, Any]) -> dict[str, Any]:
    limit = page_limit(payload.get("limit"))
    after = payload.get("after")
    if after is not None and not (isinstance(after, str) and is_id(after)):
        raise Unprocessable(errors=[FieldError("after", "invalid", N_("Take `after` from `next` of the page before."))])
    found = searches.page(readable.units, limit=limit + 1, after=after)
    page = found[:limit]
    return {"items": [search.to_wire() for search in page], "next": page[-1].id if len(found) > limit else None}


def get_saved_search(searches: SavedSearches, readable: Scope, payload: dict[str, Any]) -> dict[str, Any]:
    return _find(searches, readable, payload).to_wire()


def create_saved_search(searches: SavedSearches, writer: Writer, payload: dict[str, Any]) -> dict[str, Any]:
    content = content_from(payload.get("body"), unit=writer.principal.unit, problems_of=partial(_query_problems, units=writer.units))
    _require_unit(writer.writable, content.unit)
    return _told(SAVED_SEARCH_CHANGED, searches.insert(new_id(), content, writer.principal.username), writer)


def replace_saved_search(searches: SavedSearches, writer: Writer, payload: dict[str, Any]) -> dict[str, Any]:
    found = _changeable(searches, writer, payload)
    content = content_from(payload.get("body"), unit=found.unit, problems_of=partial(_query_problems, units=writer.units))
    _require_unit(writer.writable, content.unit)
    return _told(SAVED_SEARCH_CHANGED, searches.update(found, content, writer.principal.username), writer)


def delete_saved_search(searches: SavedSearches, writer: Writer, payload: dict[str, Any]) -> dict[str, Any]:
    found = _changeable(searches, writer, payload)
    _told(SAVED_SEARCH_DELETED, searches.delete(found, writer.principal.username), writer)
    return {}


def page_limit(limit: Any, *, default: int = 50) -> int:
    """Raises Unprocessable for what is no page's length."""
    if limit is None:
        return default
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE:
        raise Unprocessable(errors=[FieldError("limit", "out_of_range", N_("Ask for 1 to %(limit)s entries."), {"limit": MAX_PAGE})])
    return limit


def _query_problems(query: str, units: Units) -> list[FieldError]:
    try:
        compile_query(parse(query), units)
    except QueryError as error:
        return [error.field_error("query")]
    return []


def _find(searches: SavedSearches, readable: Scope, payload: dict[str, Any], *, lock: bool = False) -> SavedSearch:
    """What the asker may not read does not exist for them."""
    identifier = payload.get("id")
    found = searches.find(identifier, lock=lock) if isinstance(identifier, str) and is_id(identifier) else None
    if found is None or found.unit not in readable.units:
        raise NotFound(N_("There is no such saved search."))
    return found


def _changeable(searches: SavedSearches, writer: Writer, payload: dict[str, Any]) -> SavedSearch:
    found = _find(searches, writer.readable, payload, lock=True)
    _require_unit(writer.writable, found.unit)
    require_match(payload.get("if_match"), found.version)
    return found


def _require_unit(writable: Scope, unit: str) -> None:
    if unit not in writable.units:
        raise Forbidden(N_("You may keep saved searches of your own unit only."), details={"act": writable.act})


def _told(kind: str, search: SavedSearch, writer: Writer) -> dict[str, Any]:
    """The event has no name and no query: they are nominal, and the trail hears it."""
    data = {"id": search.id, "unit": search.unit, "alert": search.alert, "severity": search.severity, "channels": list(search.channels)}
    by = writer.principal
    writer.emit(Event(kind, "/search", search.id, data, search.version, by.account, by.unit))
    return search.to_wire()
