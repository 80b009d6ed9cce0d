"""Cases: record, change, the way through the workflow, history."""

from __future__ import annotations

import contextlib
from typing import Any

from services.gateway.audit import acted
from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import require_case_id, require_no_envelope
from services.gateway.session import Session
from shared.errors import PreconditionRequired, Unprocessable
from shared.security.rules import require


async def create_case(gateway: Gateway, session: Session, body: dict[str, Any], *, idempotency_key: str | None = None) -> dict[str, Any]:
    require(session.principal, "case.create")
    return await gateway.call(session, "cases", "create_case", {"body": body}, idempotency_key=idempotency_key)


async def get_case(gateway: Gateway, session: Session, case_id: str) -> dict[str, Any]:
    """The answer waits for the trail: a case is nominal data."""
    case = await _read_case(gateway, session, case_id)
    await gateway.audit.add_and_wait(acted(session, "case.read", case["id"], details={"version": case["version"]}))
    return case


async def list_cases(
    gateway: Gateway, session: Session, *, status: str | None = None, mine: bool | None = None, limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """Drafts and worklists: `{items, next}`."""
    require(session.principal, "case.read")
    payload = {"status": status, "mine": mine, "limit": limit, "after": after}
    return await gateway.call(session, "cases", "list_cases", _without_none(payload))


async def change_case(gateway: Gateway, session: Session, case_id: str, patch: dict[str, Any], if_match: str | None) -> dict[str, Any]:
    """`if_match` is the header as it came; the owner answers 428 and 412."""
    require(session.principal, "case.change")
    payload = {"id": require_case_id(case_id), "if_match": if_match, "patch": patch}
    return await gateway.call(session, "cases", "change_case", payload)


async def may_change(gateway: Gateway, session: Session, case_id: str) -> None:
    """Raises what stands before a fault of the body: Forbidden or NotFound. Changes nothing: it brings no version."""
    with contextlib.suppress(PreconditionRequired):
        await change_case(gateway, session, case_id, {}, None)


async def case_is_known(gateway: Gateway, session: Session, case_id: str) -> None:
    """Raises NotFound or Forbidden. No read for the trail: the caller gets nothing of the case."""
    await _read_case(gateway, session, case_id)


async def transition_case(
    gateway: Gateway, session: Session, case_id: str, body: dict[str, Any], if_match: str | None, *, idempotency_key: str | None = None
) -> dict[str, Any]:
    """`body` is `{to, comment?, fields?}`; unknown members are the owner's to refuse."""
    require(session.principal, "case.read")
    envelope = {"id": require_case_id(case_id), "if_match": if_match}
    if body.keys() & envelope.keys():
        with contextlib.suppress(Unprocessable):  # a step without an aim: refused for what comes before, or for that
            await gateway.call(session, "cases", "transition_case", envelope)
        require_no_envelope(body)
    return await gateway.call(session, "cases", "transition_case", body | envelope, idempotency_key=idempotency_key)


async def case_versions(gateway: Gateway, session: Session, case_id: str) -> dict[str, Any]:
    require(session.principal, "case.read")
    result = await gateway.call(session, "cases", "case_versions", {"id": require_case_id(case_id)})
    await gateway.audit.add_and_wait(acted(session, "case.history_read", case_id))
    return result


async def case_difference(gateway: Gateway, session: Session, case_id: str, before: int, after: int) -> dict[str, Any]:
    require(session.principal, "case.read")
    payload = {"id": require_case_id(case_id), "a": before, "b": after}
    result = await gateway.call(session, "cases", "case_difference", payload)
    await gateway.audit.add_and_wait(acted(session, "case.history_read", case_id))
    return result


async def case_readers(gateway: Gateway, session: Session, case_id: str) -> dict[str, Any]:
    """Who read it: `{items: [{at, actor}]}`, newest first. Only those who may read the case itself may ask."""
    require(session.principal, "case.readers")
    case = await _read_case(gateway, session, case_id)
    return await gateway.call(session, "audit", "list_readers", {"id": case["id"]})


async def _read_case(gateway: Gateway, session: Session, case_id: str) -> dict[str, Any]:
    require(session.principal, "case.read")
    return await gateway.call(session, "cases", "get_case", {"id": require_case_id(case_id)})


def _without_none(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value is not None}
