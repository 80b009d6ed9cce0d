"""The case as an aggregate: made, changed, moved through its workflow. Each act gives a new state and says what differs.

A state is the case as the API gives it plus `sequence`, a plain dict that is stored, sent and shown without being built again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from services.cases.domain.amounts import kilograms_of, total
from services.cases.domain.content import DEFAULTS, checked, cleaned, without_read_only
from services.cases.domain.dates import parse_occurrence
from services.cases.domain.difference import changed_paths
from services.cases.domain.merge_patch import merge_patch
from services.cases.domain.problems import refuse
from services.cases.domain.requirements import missing, occurrence_problems
from services.cases.domain.step_request import StepRequest, remark
from services.cases.domain.workflow import ENDED, REASON_NEEDED, STEPS, may_follow
from shared.errors import Conflict, FieldError
from shared.i18n import N_

# Members that change with every version and say nothing about what an officer changed.
BOOKKEEPING = ("version", "changed_at", "changed_by", "reason")


# Above this an event names whole fields: it must stay below the limit of a message.
MOST_PATHS = 200


@dataclass(frozen=True, slots=True)
class Actor:
    account: str
    username: str
    unit: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When an act happens, and in whose day."""

    now: datetime
    zone: tzinfo

    @property
    def text(self) -> str:
        return self.now.isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a new case is given: `defaults` fill what was left out (the unit, the office)."""

    id: str
    sequence: int
    defaults: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """`case` is the full state; `content` what officers wrote of it; `authors` the accounts that wrote or submitted it."""

    case: dict[str, Any]
    content: dict[str, Any]
    authors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """`event` is None for what stays in this service (drafts); `name` is the version's word for what was done."""

    record: Record
    name: str
    changed: list[str]
    previous_status: str | None
    event: str | None


def worked_out(content: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """The content with its defaults and everything that follows from it: weights, local day."""
    goods = [line | {"quantity_kg": kilograms_of(line.get("quantity"), line.get("unit"))} for line in content.get("goods", ())]
    occurred = parse_occurrence(content["occurred_at"], zone) if "occurred_at" in content else None
    return {
        **DEFAULTS,
        **content,
        "goods": goods,
        "kilograms": total(line["quantity_kg"] for line in goods),
        "occurred_on": occurred and occurred.on.isoformat(),
        "occurred_precision": occurred and occurred.precision,
    }


def create(raw: Any, actor: Actor, moment: Moment, new: Identity) -> Change:
    """A draft. Raises Unprocessable."""
    tree, problems = cleaned(raw)
    refuse(problems)
    writable, problems = without_read_only(merge_patch({}, tree), {})
    content, more = checked({**new.defaults, **writable})
    refuse(problems + more)
    case = {
        **worked_out(content, moment.zone),
        "id": new.id,
        "case_no": None,
        "version": 1,
        "status": "draft",
        "origin": "recorded",
        "created_at": moment.text,
        "created_by": actor.username,
        "changed_at": moment.text,
        "changed_by": actor.username,
        **NOT_YET,
        "sequence": new.sequence,
    }
    return Change(Record(case, content, frozenset({actor.account})), "created", sorted(content), None, None)


# Members of a case that has gone nowhere yet.
NOT_YET: dict[str, Any] = {
    "submitted_at": None,
    "submitted_by": None,
    "validated_at": None,
    "validated_by": None,
    "returned": None,
    "reason": None,
    "import": None,
    "original": {},
}


def change(record: Record, patch: Any, actor: Actor, moment: Moment) -> Change | None:
    """A merge patch. None when nothing differs. Raises Unprocessable, Conflict."""
    before = record.case
    tree, problems = cleaned(patch)
    refuse(problems)
    reason, problems = remark(tree.pop("reason", None), "reason", missing="reason_required" if before["status"] in REASON_NEEDED else None)
    writable, more = without_read_only(tree, before)
    content, found = checked(merge_patch(record.content, writable), record.content)
    problems += more + found
    if not found and before["status"] not in ("draft", *ENDED):
        problems += _newly_missing(record.content, content, moment)
    refuse(problems)
    if before["status"] in ENDED:
        raise Conflict(N_("This case is closed or cancelled and cannot be changed."), code="ended")
    if content == record.content:
        return None
    after = _next_version(before, worked_out(content, moment.zone), actor, moment, reason)
    changed = Record(after, content, record.authors | {actor.account})
    event = None if before["case_no"] is None else "case.changed.v1"
    return Change(changed, "changed", _changed(before, after), before["status"], event)


def ready(content: Mapping[str, Any], moment: Moment) -> list[FieldError]:
    """What still stands between this content and its submission."""
    return missing(content) + occurrence_problems(content.get("occurred_at"), moment.now, moment.zone)


def _newly_missing(before: Mapping[str, Any], after: Mapping[str, Any], moment: Moment) -> list[FieldError]:
    """What an edit would take away. An imported record may lack what officers' forms ask for, and can be mended part by part."""
    lacked = {(each.field, each.code) for each in ready(before, moment)}
    return [each for each in ready(after, moment) if (each.field, each.code) not in lacked]


def move(record: Record, request: StepRequest, actor: Actor, moment: Moment) -> Change:
    """One step of the workflow; a first submission gets its number from `numbered`. Raises Conflict, Unprocessable."""
    before, to = record.case, request.to
    _refuse_impossible(before["status"], to)
    members: dict[str, Any] = {"status": to}
    authors = record.authors
    if to == "submitted":
        refuse(ready(record.content, moment))
        members |= {"submitted_at": moment.text, "submitted_by": actor.username}
        authors = authors | {actor.account}
    elif to == "returned":
        members["returned"] = {"comment": request.comment or "", "fields": request.fields, "at": moment.text, "by": actor.username}
    elif to == "validated":
        members |= {"validated_at": moment.text, "validated_by": actor.username, "returned": None}
    after = _next_version(before, members, actor, moment, request.comment)
    event = None if before["case_no"] is None and to == "cancelled" else STEPS[to].event
    return Change(Record(after, record.content, authors), to, _changed(before, after), before["status"], event)


def numbered(change: Change, case_no: str) -> Change:
    """The same change once the case has its number."""
    record = replace(change.record, case=change.record.case | {"case_no": case_no})
    return replace(change, record=record, changed=[*change.changed, "case_no"])


def _refuse_impossible(status: str, to: str) -> None:
    if not may_follow(status, to):
        raise Conflict(
            N_("A case that is %(status)s cannot become %(to)s."),
            code="state",
            params={"status": status, "to": to},
            details={"status": status},
        )


def _next_version(case: dict[str, Any], members: Mapping[str, Any], actor: Actor, moment: Moment, reason: str | None) -> dict[str, Any]:
    stamp = {"version": case["version"] + 1, "changed_at": moment.text, "changed_by": actor.username, "reason": reason}
    return {**case, **members, **stamp}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    def shown(case: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in case.items() if name not in BOOKKEEPING}

    paths = changed_paths(shown(before), shown(after))
    return paths if len(paths) <= MOST_PATHS else list(dict.fromkeys(re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths))
