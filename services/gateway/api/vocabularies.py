from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answers import answer
from services.gateway.api.documentation import documented
from services.gateway.api.queries import VocabularyQuery, parse_query
from services.gateway.entrance import enter, gateway_of
from services.gateway.handlers import vocabularies

router = APIRouter(tags=["vocabularies"])


@router.get("/vocabularies/{name}", **documented("A code list", answer="Vocabulary", query=VocabularyQuery))
async def get_vocabulary(request: Request, name: str) -> Response:
    session = await enter(request)
    query = parse_query(request, VocabularyQuery)
    return answer(await vocabularies.vocabulary(gateway_of(request), session, name, query.lang))
