"""Many ready-made cases in one transaction of the caller: states, versions and events by COPY, numbers by whole ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.cases.adapters.tables import case_counter, case_sequence
from services.cases.domain.case_numbers import case_number, number_year
from services.cases.domain.ready_made import ReadyMade, ready_made
from services.cases.domain.record import Change
from services.cases.handlers.telling import tell
from services.cases.ports import Told, Trace
from shared.contracts.cases import CASES_EXCHANGE, CASES_NOMINAL_EXCHANGE
from shared.identifiers import new_id
from shared.persistence import UnitOfWork

MOST_A_TRANSACTION = 500

_CASES = (
    "id",
    "sequence",
    "case_no",
    "version",
    "status",
    "classification",
    "unit",
    "origin",
    "authors",
    "lead",
    "kilograms",
    "import_job",
    "body",
)
_VERSIONS = ("case_id", "version", "at", "account", "actor", "change", "reason", "changed", "body")


def insert_cases(
    work: UnitOfWork, cases: Sequence[ReadyMade], zone: tzinfo, *, alert: bool = False, trace: Trace | None = None
) -> list[str]:
    """The new ids, in order. The caller commits; the counters stay locked until then, so call this last."""
    if len(cases) > MOST_A_TRANSACTION:
        raise ValueError(f"{len(cases)} cases in one transaction, at most {MOST_A_TRANSACTION}")
    if not cases:
        return []
    sequences = _take_sequences(work.connection, len(cases))
    numbers = _take_numbers(work.connection, cases, zone)
    changes = [
        ready_made(made, zone, case_id=new_id(), sequence=sequence, case_no=number)
        for made, sequence, number in zip(cases, sequences, numbers, strict=True)
    ]
    now = datetime.now(zone).isoformat(timespec="milliseconds")
    told = [tell(change, made.author, now, trace or Trace(), alert=alert) for change, made in zip(changes, cases, strict=True)]
    bodies = [one.body.decode() for one in told]
    work.copy("cases", _CASES, (_case_row(change, body) for change, body in zip(changes, bodies, strict=True)))
    work.copy("case_version", _VERSIONS, (_version_row(*row) for row in zip(changes, cases, bodies, strict=True)))
    _emit(work, told)
    return [change.record.case["id"] for change in changes]


def _emit(work: UnitOfWork, told: Sequence[Told]) -> None:
    """Drafts leave a line for the trail alone."""
    work.emit(CASES_EXCHANGE, [one.facts for one in told])
    work.emit(CASES_NOMINAL_EXCHANGE, [one.nominal for one in told if one.nominal is not None])


def _take_sequences(connection: sa.Connection, count: int) -> list[int]:
    statement = sa.select(case_sequence.next_value()).select_from(sa.func.generate_series(1, count))
    return list(connection.scalars(statement))


def _take_numbers(connection: sa.Connection, cases: Sequence[ReadyMade], zone: tzinfo) -> list[str | None]:
    """A range per office and year; counters are locked in sorted order, so that two batches never wait for each other in a circle."""
    keys = [_counter_key(made, zone) for made in cases]
    wanted = Counter(key for key in keys if key is not None)
    following = {key: take_range(connection, *key, wanted[key]) for key in sorted(wanted)}
    numbers: list[str | None] = []
    for key in keys:
        if key is None:
            numbers.append(None)
            continue
        numbers.append(case_number(*key, following[key]))
        following[key] += 1
    return numbers


def _counter_key(made: ReadyMade, zone: tzinfo) -> tuple[str, int] | None:
    submitted = made.number_moment
    if submitted is None:
        return None
    return made.content.get("office") or made.author.unit, number_year(submitted, zone)


def take_range(connection: sa.Connection, office: str, year: int, count: int) -> int:
    """The first of `count` numbers; the counter's row stays locked until the transaction ends, so that a rollback leaves no gap."""
    statement = insert(case_counter).values(office=office, year=year, last=count)
    statement = statement.on_conflict_do_update(index_elements=["office", "year"], set_={"last": case_counter.c.last + count})
    last: int = connection.execute(statement.returning(case_counter.c.last)).scalar_one()
    return last - count + 1


def _case_row(change: Change, body: str) -> tuple[object, ...]:
    case, source = change.record.case, change.record.case["import"]
    return (
        case["id"],
        case["sequence"],
        case["case_no"],
        case["version"],
        case["status"],
        case["classification"],
        case["unit"],
        case["origin"],
        list(change.record.authors),
        None,
        case["kilograms"],
        source and source["job"],
        body,
    )


def _version_row(change: Change, made: ReadyMade, body: str) -> tuple[object, ...]:
    case = change.record.case
    return (case["id"], 1, case["changed_at"], made.author.account, made.author.username, change.name, None, change.changed, body)
