"""Code lists, out of `shared/vocabulary`: the same in every process, so nobody is asked. Offices are the gateway's own units."""

from __future__ import annotations

from typing import Any

from services.gateway.directory import list_units
from services.gateway.gateway import Gateway
from services.gateway.handlers.identifiers import not_found
from services.gateway.session import Session
from shared.vocabulary import lists

OFFICES = "offices"


async def vocabulary(gateway: Gateway, session: Session, name: str, language: str | None = None) -> dict[str, Any]:
    """`{name, items: [{code, label, retired}]}` in the language asked for, else the caller's. Raises NotFound."""
    wanted = language or session.language
    if name == OFFICES:
        units = await list_units(gateway.database)
        items = [
            {"code": unit["code"], "label": unit["names"].get(wanted) or unit["names"].get("en") or unit["code"], "retired": False}
            for unit in units
        ]
        return {"name": name, "items": items}
    try:
        entries = lists.vocabulary(name)
    except KeyError as error:
        raise not_found() from error
    items = [{"code": entry.code, "label": entry.label(wanted), "retired": entry.retired} for entry in entries]
    return {"name": name, "items": items}
