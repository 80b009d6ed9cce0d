"""What the trail does: chain what it hears, answer auditors, verify itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.audit.domain.chain import Entry, Link, action_of, verify
from services.audit.ports import EntryFilter, Trail
from shared.contracts.directory import ACTED
from shared.contracts.envelope import Event
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_

MAX_PAGE = 500
VERIFY_PAGE = 5000


def record(trail: Trail, events: Sequence[Event]) -> None:
    """Chain events in the order in which they came."""
    trail.append([_entry_of(event) for event in events])


def list_entries(trail: Trail, payload: dict[str, Any]) -> dict[str, Any]:
    """Newest first. `actor` is an account's id or a username. Raises Unprocessable."""
    limit = min(payload.get("limit") or 50, MAX_PAGE)
    actor = payload.get("actor")
    wanted = EntryFilter(
        actor=actor and (trail.account(actor) or actor),
        subject=payload.get("subject"),
        action=payload.get("action"),
        since=_time("from", payload.get("from")),
        before=_cursor(payload.get("after")),
    )
    links = trail.newest(wanted, limit + 1)
    page = links[:limit]
    usernames = trail.usernames({link.entry.actor for link in page})
    return {
        "items": [_item(link, usernames) for link in page],
        "next": str(page[-1].seq) if len(links) > limit else None,
    }


def verify_page(trail: Trail, payload: dict[str, Any]) -> dict[str, Any]:
    """Verify the next entries after `after`: `{after, verified, entries, first_break, done}`; call again until `done`.

    The end is held against the head, so that entries cut off are seen: the break is then the first number that is missing.
    """
    head = trail.head()
    start = trail.link(payload.get("after") or 0)
    if start is None:
        return {"after": 0, "verified": 0, "entries": head.seq, "first_break": payload["after"], "done": True}
    result = verify(start, trail.after(start.seq, VERIFY_PAGE))
    ended = result.verified < VERIFY_PAGE
    broken = result.first_break
    if broken is None and ended and result.head != head:
        broken = result.head.seq + 1
    return {
        "after": result.head.seq,
        "verified": result.verified,
        "entries": head.seq,
        "first_break": broken,
        "done": ended or broken is not None,
        "hash": result.head.hash.hex(),
    }


def list_readers(trail: Trail, payload: dict[str, Any]) -> dict[str, Any]:
    """Who read a case, the last reads first."""
    entries = [link.entry for link in trail.newest(EntryFilter(subject=payload["id"], action="case.read"), MAX_PAGE)]
    usernames = trail.usernames({entry.actor for entry in entries})
    return {"items": [{"at": entry.at.isoformat(), "actor": usernames.get(entry.actor, entry.actor)} for entry in entries]}


def _entry_of(event: Event) -> Entry:
    acted = event.type == ACTED
    return Entry(
        at=datetime.fromisoformat(event.time),
        actor=event.actor,
        unit=event.actor_unit,
        action=event.data["action"] if acted else action_of(event.type),
        subject=event.data["subject"] if acted else event.subject,
        outcome=event.data.get("outcome") or "done",
        details=event.data.get("details") or {} if acted else _write_details(event),
        event=event.id,
    )


def _write_details(event: Event) -> dict[str, Any]:
    """Which fields changed, never to what: the values lie in the owner's versions."""
    details: dict[str, Any] = {"version": event.aggregate_version}
    if event.data.get("changed"):
        details["changed"] = event.data["changed"]
    return details


def _item(link: Link, usernames: dict[str, str]) -> dict[str, Any]:
    entry = link.entry
    return {
        "seq": link.seq,
        "at": entry.at.isoformat(),
        "actor": usernames.get(entry.actor, entry.actor),
        "action": entry.action,
        "subject": entry.subject,
        "outcome": entry.outcome,
        "details": entry.details,
        "hash": link.hash.hex(),
    }


def _time(field: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        problem = FieldError(field, "time", N_("Write the time as 2026-03-02 or 2026-03-02T21:40:00+07:00."))
        raise Unprocessable(N_("The trail can't be read as asked."), errors=[problem]) from error
    return moment if moment.tzinfo else moment.astimezone()


def _cursor(after: str | None) -> int | None:
    if not after:
        return None
    if not after.isascii() or not after.isdigit():
        problem = FieldError("after", "cursor", N_("Take the value of `next` of the page before."))
        raise Unprocessable(N_("The trail can't be read as asked."), errors=[problem])
    return int(after)
