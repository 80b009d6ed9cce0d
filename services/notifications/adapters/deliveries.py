"""Mails that are due, as rows: claimed with SKIP LOCKED, tried with back-off, each handed to the mail server at most once.

`waiting` -> `claimed` (connecting) -> `sending` (the server is just taking it) -> `sent`. Only from `claimed` does a mail go back to
`waiting`: when a kill falls into the moment of handing over, nobody can know whether the server took it, and an officer must not get an
alert twice. Such a row stays `sending`; the alert itself is on the screens and will be escalated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.notifications.adapters.alerts import alert_table
from services.notifications.domain.back_off import pause_after
from services.notifications.domain.mail import Delivery
from services.notifications.ports import MailDue
from shared.identifiers import new_id
from shared.persistence import Database, UnitOfWork

_CLAIM_ENDS = "interval '5 minutes'"
delivery_table = sa.Table(
    "delivery",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("alert_id", sa.Uuid(as_uuid=False)),
    sa.Column("kind", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("languages", ARRAY(sa.Text)),
    sa.Column("state", sa.Text),
    sa.Column("attempts", sa.Integer),
    sa.Column("due_at", sa.DateTime(timezone=True)),
    sa.Column("claimed_at", sa.DateTime(timezone=True)),
    sa.Column("problem", sa.Text),
)


class PostgresOutgoing:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def queue(self, mails: Sequence[MailDue]) -> None:
        if not mails:
            return
        rows = [
            {"id": new_id(), "alert_id": due.alert.id, "kind": due.kind, "address": due.address, "languages": list(due.languages)}
            for due in mails
        ]
        self._work.connection.execute(insert(delivery_table).on_conflict_do_nothing(), rows)


class Deliveries:
    """The sender's view; each step is its own transaction, so that a kill leaves a state that says what may be done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, limit: int) -> list[Delivery]:
        table = delivery_table
        expired = sa.and_(table.c.state == "claimed", table.c.claimed_at < sa.func.now() - sa.text(_CLAIM_ENDS))
        ready = sa.or_(sa.and_(table.c.state == "waiting", table.c.due_at <= sa.func.now()), expired)
        chosen = sa.select(table.c.id).where(ready).order_by(table.c.due_at).limit(limit).with_for_update(skip_locked=True)
        statement = (
            sa.update(table)
            .where(table.c.id.in_(chosen), alert_table.c.id == table.c.alert_id)
            .values(state="claimed", claimed_at=sa.func.now(), attempts=table.c.attempts + 1)
            .returning(table, alert_table.c.sequence)
        )
        with self._database.unit_of_work() as work:
            rows = work.connection.execute(statement).all()
            work.commit()
        return [_delivery(row) for row in rows]

    def sending(self, delivery: Delivery) -> None:
        self._set(delivery, state="sending")

    def sent(self, delivery: Delivery) -> None:
        self._set(delivery, state="sent", problem="")

    def failed(self, delivery: Delivery, problem: str, *, for_good: bool) -> bool:
        """Whether it will be tried again. `problem` is a class or code, never an address."""
        pause = None if for_good else pause_after(delivery.attempts)
        if pause is None:
            self._set(delivery, state="failed", problem=problem)
            return False
        self._set(delivery, state="waiting", problem=problem, due_at=sa.func.now() + pause)
        return True

    def _set(self, delivery: Delivery, **values: Any) -> None:
        with self._database.unit_of_work() as work:
            work.connection.execute(sa.update(delivery_table).where(delivery_table.c.id == delivery.id).values(**values))
            work.commit()


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        kind=row.kind,
        alert_id=row.alert_id,
        number=row.sequence,
        address=row.address,
        languages=tuple(row.languages),
        attempts=row.attempts,
    )
