"""Alerts in PostgreSQL, within one unit of work; every change is emitted to both exchanges under one event id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from services.notifications.domain.alert import Alert, Change
from services.notifications.domain.mail import languages_of
from services.notifications.ports import MatchKey, Page, Unit
from shared.contracts.alerts import ALERTS_EXCHANGE, ALERTS_NOMINAL_EXCHANGE
from shared.contracts.envelope import Event
from shared.persistence import UnitOfWork
from shared.security.directory import account_copy, unit_copy

_ID = sa.Uuid(as_uuid=False)
metadata = sa.MetaData()
alert_table = sa.Table(
    "alert",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("version", sa.Integer),
    sa.Column("unit", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("case_id", _ID),
    sa.Column("case_no", sa.Text),
    sa.Column("case_version", sa.Integer),
    sa.Column("saved_search_id", _ID),
    sa.Column("saved_search_name", sa.Text),
    sa.Column("fingerprint", sa.Text),
    sa.Column("reason", JSONB),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("due_at", sa.DateTime(timezone=True)),
    sa.Column("channels", ARRAY(sa.Text)),
    sa.Column("assigned_to", sa.Text),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("escalated_to", sa.Text),
)
history_table = sa.Table(
    "alert_history",
    metadata,
    sa.Column("alert_id", _ID),
    sa.Column("version", sa.Integer),
    sa.Column("act", sa.Text),
    sa.Column("actor", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("comment", sa.Text),
)
ended_table = sa.Table("ended_case", metadata, sa.Column("case_id", _ID, primary_key=True), sa.Column("status", sa.Text))
sequence_table = sa.Table("alert_sequence", metadata, sa.Column("last", sa.BigInteger))

_COLUMNS = tuple(column.name for column in alert_table.columns)
_CHANGING = ("state", "version", "assigned_to", "acknowledged_by", "escalated_to")


class PostgresAlerts:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    @property
    def _connection(self) -> sa.Connection:
        return self._work.connection

    def known(self, keys: Iterable[MatchKey]) -> set[MatchKey]:
        columns = (alert_table.c.saved_search_id, alert_table.c.case_id, alert_table.c.fingerprint)
        rows = self._connection.execute(sa.select(*columns).where(sa.tuple_(*columns).in_(list(keys))))
        return {(row[0], row[1], row[2]) for row in rows}

    def ended_cases(self, case_ids: Iterable[str]) -> dict[str, str]:
        rows = self._connection.execute(sa.select(ended_table).where(ended_table.c.case_id.in_(sorted(case_ids))))
        return {row.case_id: row.status for row in rows}

    def end_cases(self, statuses: Mapping[str, str]) -> None:
        self._connection.execute(sa.select(sequence_table.c.last).with_for_update())
        rows = [{"case_id": case_id, "status": status} for case_id, status in sorted(statuses.items())]
        self._connection.execute(insert(ended_table).values(rows).on_conflict_do_nothing())

    def next_sequences(self, count: int) -> int:
        last = self._connection.scalar(
            sa.update(sequence_table).values(last=sequence_table.c.last + count).returning(sequence_table.c.last)
        )
        assert isinstance(last, int)
        return last - count + 1

    def open_of_cases(self, case_ids: Iterable[str]) -> list[Alert]:
        open_ones = sa.and_(alert_table.c.case_id.in_(sorted(case_ids)), alert_table.c.state != "dismissed")
        return self._all(sa.select(alert_table).where(open_ones).order_by(alert_table.c.sequence).with_for_update())

    def overdue(self, now: datetime, limit: int) -> list[Alert]:
        late = sa.and_(alert_table.c.state == "new", alert_table.c.due_at <= now)
        statement = sa.select(alert_table).where(late).order_by(alert_table.c.sequence).limit(limit)
        return self._all(statement.with_for_update(skip_locked=True))

    def get(self, alert_id: str, units: frozenset[str], *, lock: bool = False) -> Alert | None:
        statement = sa.select(alert_table).where(alert_table.c.id == alert_id, _of_units(units))
        found = self._all(statement.with_for_update() if lock else statement)
        return found[0] if found else None

    def page(self, page: Page) -> list[Alert]:
        statement = sa.select(alert_table).where(_of_units(page.units)).order_by(alert_table.c.sequence.desc()).limit(page.limit)
        if page.state is not None:
            statement = statement.where(alert_table.c.state == page.state)
        if page.before is not None:
            statement = statement.where(alert_table.c.sequence < page.before)
        return self._all(statement)

    def counts(self, units: frozenset[str]) -> dict[str, int]:
        statement = sa.select(alert_table.c.state, sa.func.count()).where(_of_units(units)).group_by(alert_table.c.state)
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def since(self, sequence: int, units: frozenset[str], limit: int) -> list[Alert]:
        statement = sa.select(alert_table).where(alert_table.c.sequence > sequence, _of_units(units))
        return self._all(statement.order_by(alert_table.c.sequence).limit(limit))

    def latest_sequence(self) -> int:
        return int(self._connection.scalar(sa.select(sequence_table.c.last)) or 0)

    def add(self, raised: Sequence[Change]) -> None:
        rows = [{name: getattr(change.alert, name) for name in _COLUMNS} | _lists(change.alert) for change in raised]
        self._connection.execute(sa.insert(alert_table), rows)
        self._keep(raised)

    def change(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        statement = (
            sa.update(alert_table)
            .where(alert_table.c.id == sa.bindparam("changed"))
            .values({name: sa.bindparam(f"new_{name}") for name in _CHANGING})
        )
        rows = [{"changed": change.alert.id} | {f"new_{name}": getattr(change.alert, name) for name in _CHANGING} for change in changes]
        self._connection.execute(statement, rows)
        self._keep(changes)

    def units(self, codes: Iterable[str]) -> dict[str, Unit]:
        rows = self._connection.execute(sa.select(unit_copy).where(unit_copy.c.code.in_(sorted(codes))))
        return {row.code: Unit(row.code, row.parent, row.mail, languages_of(row.names)) for row in rows}

    def assignable(self, username: str) -> tuple[str, tuple[str, ...]] | None:
        active = sa.and_(account_copy.c.username == username, account_copy.c.active)
        row = self._connection.execute(sa.select(account_copy.c.unit, account_copy.c.roles).where(active)).first()
        return (row.unit, tuple(row.roles)) if row else None

    def _keep(self, changes: Sequence[Change]) -> None:
        rows = [
            {
                "alert_id": change.alert.id,
                "version": change.alert.version,
                "act": change.act,
                "actor": change.actor,
                "recipient": change.to,
                "comment": change.comment,
            }
            for change in changes
        ]
        self._connection.execute(sa.insert(history_table), rows)
        facts = [_event(change) for change in changes]
        whole = [replace(event, data={"alert": change.alert.to_wire()}) for event, change in zip(facts, changes, strict=True)]
        self._work.emit(ALERTS_EXCHANGE, facts)
        self._work.emit(ALERTS_NOMINAL_EXCHANGE, whole)

    def _all(self, statement: sa.Select[Any]) -> list[Alert]:
        return [_alert(row) for row in self._connection.execute(statement)]


def _of_units(units: frozenset[str]) -> sa.ColumnElement[bool]:
    codes = sorted(units)
    return sa.or_(alert_table.c.unit.in_(codes), alert_table.c.escalated_to.in_(codes))


def _lists(alert: Alert) -> dict[str, Any]:
    return {"reason": list(alert.reason), "channels": list(alert.channels)}


def _alert(row: Any) -> Alert:
    return Alert(**{name: getattr(row, name) for name in _COLUMNS} | {"channels": tuple(row.channels)})


def _event(change: Change) -> Event:
    return Event(
        type=change.event,
        source="/notifications",
        subject=change.alert.id,
        data={"alert": change.alert.facts()},
        aggregate_version=change.alert.version,
        actor=change.actor,
        actor_unit=change.actor_unit,
        correlation_id=change.correlation_id,
        causation_id=change.causation_id,
    )
