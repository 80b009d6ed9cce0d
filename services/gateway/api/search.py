from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer, created, versioned
from services.gateway.api.documentation import KEY, MATCH, documented
from services.gateway.api.queries import Page, SearchQuery, SuggestQuery, parse_query
from services.gateway.entrance import enter, gateway_of, idempotency_key, if_match, read_json
from services.gateway.handlers import search
from services.gateway.handlers.identifiers import require_plain_id

router = APIRouter(tags=["search"])


@router.get("/search", **documented("Search", answer="SearchAnswer", query=SearchQuery))
async def run_search(request: Request) -> Response:
    session = await enter(request, "case.search")
    query = parse_query(request, SearchQuery)
    facets = [name.strip() for name in query.facets.split(",") if name.strip()]
    result = await search.search(
        gateway_of(request), session, q=query.q, filters=query.filter, facets=facets, sort=query.sort, limit=query.limit, after=query.after
    )
    return answer(result)


@router.get("/search/suggest", **documented("Completion", query=SuggestQuery))
async def suggest(request: Request) -> Response:
    session = await enter(request, "case.search")
    return answer(await search.suggest(gateway_of(request), session, parse_query(request, SuggestQuery).q))


@router.get("/search/fields", **documented("Fields of the query language"))
async def fields(request: Request) -> Response:
    session = await enter(request, "case.search")
    return answer(await search.fields(gateway_of(request), session))


@router.get("/saved-searches", **documented("Saved searches", answer="SavedSearchList", query=Page))
async def list_saved_searches(request: Request) -> Response:
    session = await enter(request, "saved_search.read")
    query = parse_query(request, Page)
    return answer(await search.list_saved_searches(gateway_of(request), session, limit=query.limit, after=query.after))


@router.post("/saved-searches", **documented("Save a search", answer="SavedSearch", status=201, body="SavedSearchContent", headers=(KEY,)))
async def create_saved_search(request: Request) -> Response:
    session = await enter(request, "saved_search.write")
    body = await read_json(request)
    result = await search.create_saved_search(gateway_of(request), session, body, idempotency_key=idempotency_key(request))
    return created(result, "saved-searches")


@router.get("/saved-searches/{search_id}", **documented("Read a saved search", answer="SavedSearch"))
async def get_saved_search(request: Request, search_id: str) -> Response:
    session = await enter(request, "saved_search.read")
    return versioned(await search.get_saved_search(gateway_of(request), session, search_id))


@router.put(
    "/saved-searches/{search_id}", **documented("Replace a saved search", answer="SavedSearch", body="SavedSearchContent", headers=(MATCH,))
)
async def replace_saved_search(request: Request, search_id: str) -> Response:
    session = await enter(request, "saved_search.write")
    require_plain_id(search_id)
    gateway = gateway_of(request)
    body = await read_json(request, probe=lambda: search.may_write_saved_search(gateway, session, search_id))
    return versioned(await search.replace_saved_search(gateway, session, search_id, body, if_match(request)))


@router.delete("/saved-searches/{search_id}", **documented("Delete a saved search", answer="nothing", status=204, headers=(MATCH,)))
async def delete_saved_search(request: Request, search_id: str) -> Response:
    session = await enter(request, "saved_search.write")
    await search.delete_saved_search(gateway_of(request), session, search_id, if_match(request))
    return Response(status_code=204)
