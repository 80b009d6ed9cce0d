"""What officers do to cases. Each runs in the caller's transaction: state, version and events are written together or not at all."""

from __future__ import annotations

from typing import Any

from services.cases.domain.case_numbers import case_number, number_year
from services.cases.domain.problems import problem
from services.cases.domain.record import Change, Identity, change, create, move, numbered
from services.cases.domain.step_request import step_request
from services.cases.domain.workflow import STEPS
from services.cases.handlers.callers import Caller, readable, require_act, require_version
from services.cases.handlers.references import lead_account, look_up, reference_problems, together_with
from services.cases.handlers.showing import shown_case
from services.cases.handlers.telling import tell
from services.cases.ports import CaseStore, Stored, Written
from shared.identifiers import new_id
from shared.security.rules import require

_STEP_MEMBERS = frozenset({"id", "if_match", "to", "comment", "fields"})


def create_case(store: CaseStore, caller: Caller, body: Any) -> dict[str, Any]:
    """A draft. Raises Forbidden, Unprocessable."""
    require(caller.principal, "case.create")
    problems, defaults = look_up(store, caller, body)
    new = Identity(new_id(), store.next_sequence(), defaults)
    with together_with(problems):
        made = create(body, caller.actor, caller.moment, new)
    store.add(_written(store, made, caller, None))
    return shown_case(made.record.case)


def change_case(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    """Raises NotFound, Forbidden, PreconditionRequired, PreconditionFailed, Unprocessable, Conflict, in that order."""
    stored = _locked(store, caller, payload)
    require_act(stored, caller, "case.change")
    require_version(payload.get("if_match"), stored.record.case["version"])
    patch = payload.get("patch")
    with together_with(reference_problems(store, caller, patch)):
        changed = change(stored.record, patch, caller.actor, caller.moment)
    if changed is None:
        return shown_case(stored.record.case)
    store.save(_written(store, changed, caller, stored))
    return shown_case(changed.record.case)


def transition_case(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> dict[str, Any]:
    """Raises as `change_case`; `own_record` is a Forbidden."""
    stored = _locked(store, caller, payload)
    to = payload.get("to")
    if isinstance(to, str) and to in STEPS:
        require_act(stored, caller, STEPS[to].act)
    require_version(payload.get("if_match"), stored.record.case["version"])
    with together_with([problem(name, "unknown_field") for name in payload if name not in _STEP_MEMBERS]):
        request = step_request(to, payload.get("comment"), payload.get("fields"))
    moved = move(stored.record, request, caller.actor, caller.moment)
    if moved.event is not None and moved.record.case["case_no"] is None:
        moved = _numbered(store, moved, caller)
    store.save(_written(store, moved, caller, stored))
    return shown_case(moved.record.case)


def _locked(store: CaseStore, caller: Caller, payload: dict[str, Any]) -> Stored:
    return readable(store.find(str(payload.get("id")), lock=True), caller)


def _numbered(store: CaseStore, moved: Change, caller: Caller) -> Change:
    """The office is there: submission asks for it."""
    office = moved.record.case["office"]
    year = number_year(caller.moment.now, caller.moment.zone)
    return numbered(moved, case_number(office, year, store.take_number(office, year)))


def _written(store: CaseStore, change: Change, caller: Caller, before: Stored | None) -> Written:
    username = change.record.case["lead_officer"]
    same = before is not None and before.record.case["lead_officer"] == username
    lead = before.lead if same and before else lead_account(store, username)
    told = tell(change, caller.actor, caller.moment.text, caller.trace)
    return Written(change, told, caller.actor, caller.moment.now, lead)
