"""The events of a change: the facts for everybody, the whole case for those who may, under one id; a draft's write for the trail."""

from __future__ import annotations

import orjson

from services.cases.domain.facts import facts_of
from services.cases.domain.record import Actor, Change
from services.cases.ports import Told, Trace
from shared.contracts.directory import ACTED
from shared.contracts.envelope import Event
from shared.identifiers import new_id

SOURCE = "cases"


def tell(change: Change, actor: Actor, at: str, trace: Trace, *, alert: bool = True) -> Told:
    case = change.record.case
    body = orjson.dumps(case)
    if change.event is None:
        return Told(body, _draft_written(change, actor, at, trace), None)
    rest = {"changed": change.changed, "previous_status": change.previous_status, "alert": alert}
    identifier = new_id()

    def event(data: object) -> Event:
        return Event(
            type=str(change.event),
            source=SOURCE,
            subject=case["id"],
            data={"case": data, **rest},
            aggregate_version=case["version"],
            actor=actor.account,
            actor_unit=actor.unit,
            id=identifier,
            time=at,
            correlation_id=trace.correlation_id,
            traceparent=trace.traceparent,
        )

    return Told(body, event(facts_of(case)), event(orjson.Fragment(body)))


def _draft_written(change: Change, actor: Actor, at: str, trace: Trace) -> Event:
    case = change.record.case
    return Event(
        type=ACTED,
        source=SOURCE,
        subject=case["id"],
        data={"action": f"draft.{change.name}", "subject": case["id"], "outcome": "done", "details": {"version": case["version"]}},
        aggregate_version=case["version"],
        actor=actor.account,
        actor_unit=actor.unit,
        time=at,
        correlation_id=trace.correlation_id,
        traceparent=trace.traceparent,
    )
