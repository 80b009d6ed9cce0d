"""Which messages are new: one row per message, in the transaction of the effect."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shared.persistence import UnitOfWork
from shared.persistence.tables import inbox

KEPT = "interval '30 days'"
TRIM_ROWS = 1000


def take_new(work: UnitOfWork, consumer: str, message_ids: Sequence[str]) -> set[str]:
    """The ids that this consumer has not had yet. Waits for another transaction that is just taking one of them."""
    rows = [{"consumer": consumer, "message_id": message_id} for message_id in sorted(set(message_ids))]
    statement = insert(inbox).values(rows).on_conflict_do_nothing().returning(inbox.c.message_id)
    return set(work.connection.scalars(statement))


def trim(work: UnitOfWork) -> bool:
    """Forgets messages of a month ago, which no broker holds any more; whether more of them are left."""
    old = sa.select(inbox.c.consumer, inbox.c.message_id).where(inbox.c.received_at < sa.func.now() - sa.text(KEPT)).limit(TRIM_ROWS)
    gone = work.connection.execute(sa.delete(inbox).where(sa.tuple_(inbox.c.consumer, inbox.c.message_id).in_(old)))
    return gone.rowcount == TRIM_ROWS
