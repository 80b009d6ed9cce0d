"""What is asked of cases: one, a list, the history; and what other services ask for."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from services.cases.domain.difference import differences
from services.cases.domain.problems import problem, refuse, shown
from services.cases.domain.record import BOOKKEEPING
from services.cases.handlers.callers import Caller, readable
from services.cases.handlers.showing import listed_case, shown_case
from services.cases.ports import CaseStore, Listing
from shared.errors import FieldError, NotFound
from shared.i18n import N_
from shared.security.rules import scope_for
from shared.vocabulary import vocabulary

MOST_LISTED = 500
MOST_REPLAYED = 2_000
MOST_COMPARED = 10_000


def get_case(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    return shown_case(readable(store.find(str(payload.get("id"))), caller).record.case)


def list_cases(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    """Drafts and worklists, newest first; imported cases are in nobody's worklist."""
    scope = scope_for(caller.principal, "case.read", caller.subtree)
    problems: list[FieldError] = []
    status = payload.get("status")
    if status is not None and str(status) not in vocabulary("statuses"):
        problems.append(problem("status", "unknown_code", value=shown(status)))
    limit = payload.get("limit", 50)
    if not isinstance(limit, int) or not 1 <= limit <= MOST_LISTED:
        problems.append(problem("limit", "out_of_range", least=1, most=MOST_LISTED))
    before = _position(payload.get("after"), problems)
    refuse(problems)
    found = store.listed(Listing(scope, status, bool(payload.get("mine")), limit + 1, before))
    page = found[:limit]
    return {"items": [listed_case(case) for case in page], "next": _token(page[-1]["sequence"]) if len(found) > limit else None}


def case_versions(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    """Oldest first."""
    case = readable(store.find(str(payload.get("id"))), caller).record.case
    return {"items": store.versions(case["id"])}


def case_difference(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    case = readable(store.find(str(payload.get("id"))), caller).record.case
    numbers = [_version_number(payload.get(name)) for name in ("a", "b")]
    bodies = [store.version(case["id"], number) for number in numbers]
    if bodies[0] is None or bodies[1] is None:
        raise NotFound(N_("This case has no such version."))
    first, second = ({name: value for name, value in body.items() if name not in BOOKKEEPING} for body in bodies if body is not None)
    changes = [{"field": path, "before": before, "after": after} for path, before, after in differences(first, second)]
    return {"a": numbers[0], "b": numbers[1], "changes": changes}


def replay(store: CaseStore, payload: dict[str, Any]) -> dict[str, Any]:
    """Everything from submitted on, cancelled ones too, as it is now; `next` is the sequence to go on after."""
    limit = min(int(payload.get("limit") or MOST_REPLAYED), MOST_REPLAYED)
    items = store.submitted_after(int(payload.get("after") or 0), limit)
    return {"items": items, "next": items[-1]["sequence"] if len(items) == limit else None}


def compare(store: CaseStore, payload: dict[str, Any]) -> dict[str, Any]:
    """What a reader's copy is held against: `{items: [{id, version, status, kilograms}], next}` from submitted on."""
    limit = min(int(payload.get("limit") or MOST_COMPARED), MOST_COMPARED)
    rows = store.figures_after(int(payload.get("after") or 0), limit)
    return {"items": [figures for _, figures in rows], "next": rows[-1][0] if len(rows) == limit else None}


def _version_number(value: Any) -> int:
    text = str(value)
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0


def _token(sequence: int) -> str:
    return base64.urlsafe_b64encode(str(sequence).encode()).rstrip(b"=").decode()


def _position(token: Any, problems: list[FieldError]) -> int | None:
    if token is None:
        return None
    try:
        text = base64.urlsafe_b64decode(str(token) + "=" * (-len(str(token)) % 4)).decode("ascii")
        return _in_range(int(text))
    except (ValueError, binascii.Error):
        problems.append(problem("after", "page_unknown"))
        return None


def _in_range(sequence: int) -> int:
    if not 0 < sequence < 2**63:
        raise ValueError(sequence)
    return sequence
