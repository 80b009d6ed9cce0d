"""Search, its help, and saved searches."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from services.gateway.audit import acted
from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import require_plain_id
from services.gateway.session import Session
from shared.errors import PreconditionRequired
from shared.security.rules import require


async def search(
    gateway: Gateway,
    session: Session,
    *,
    q: str = "",
    filters: Sequence[str] = (),
    facets: Sequence[str] = (),
    sort: str = "relevance",
    limit: int = 50,
    after: str | None = None,
) -> dict[str, Any]:
    """`{total, hits, facets, next, took_ms}`. The trail gets the query's size and the total, not its words."""
    require(session.principal, "case.search")
    payload = {
        "q": q,
        "filter": list(filters),
        "facets": list(facets),
        "sort": sort,
        "limit": limit,
        "after": after,
        "language": session.language,
    }
    result = await gateway.call(session, "search", "search", payload)
    details = {"query": mask(q), "filters": len(filters), "total": result["total"]}
    gateway.audit.add(acted(session, "search.run", "", details=details))
    return result


def mask(text: str) -> str:
    """Query text is nominal: the trail keeps only how many words it had and how long they were."""
    return " ".join("x" * min(len(word), 8) for word in text.split()[:20])


async def suggest(gateway: Gateway, session: Session, q: str) -> dict[str, Any]:
    require(session.principal, "case.search")
    return await gateway.call(session, "search", "suggest", {"q": q, "language": session.language})


async def fields(gateway: Gateway, session: Session) -> dict[str, Any]:
    require(session.principal, "case.search")
    return await gateway.call(session, "search", "fields", {"language": session.language})


async def list_saved_searches(gateway: Gateway, session: Session, *, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    require(session.principal, "saved_search.read")
    return await gateway.call(session, "search", "list_saved_searches", {"limit": limit, "after": after})


async def get_saved_search(gateway: Gateway, session: Session, search_id: str) -> dict[str, Any]:
    require(session.principal, "saved_search.read")
    return await gateway.call(session, "search", "get_saved_search", {"id": require_plain_id(search_id)})


async def create_saved_search(
    gateway: Gateway, session: Session, body: dict[str, Any], *, idempotency_key: str | None = None
) -> dict[str, Any]:
    require(session.principal, "saved_search.write")
    return await gateway.call(session, "search", "create_saved_search", {"body": body}, idempotency_key=idempotency_key)


async def replace_saved_search(
    gateway: Gateway, session: Session, search_id: str, body: dict[str, Any], if_match: str | None
) -> dict[str, Any]:
    require(session.principal, "saved_search.write")
    payload = {"id": require_plain_id(search_id), "if_match": if_match, "body": body}
    return await gateway.call(session, "search", "replace_saved_search", payload)


async def may_write_saved_search(gateway: Gateway, session: Session, search_id: str) -> None:
    """Raises what stands before a fault of the body. Changes nothing: it brings no version."""
    with contextlib.suppress(PreconditionRequired):
        await delete_saved_search(gateway, session, search_id, None)


async def delete_saved_search(gateway: Gateway, session: Session, search_id: str, if_match: str | None) -> None:
    require(session.principal, "saved_search.write")
    await gateway.call(session, "search", "delete_saved_search", {"id": require_plain_id(search_id), "if_match": if_match})
