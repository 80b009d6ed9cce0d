"""Which messages are new: one row per message, in the transaction of the effect."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from shared.persistence import UnitOfWork
from shared.persistence.tables import inbox


def take_new(work: UnitOfWork, consumer: str, message_ids: Sequence[str]) -> set[str]:
    """The ids that this consumer has not had yet. Waits for another transaction that is just taking one of them."""
    rows = [{"consumer": consumer, "message_id": message_id} for message_id in sorted(set(message_ids))]
    statement = insert(inbox).values(rows).on_conflict_do_nothing().returning(inbox.c.message_id)
    return set(work.connection.scalars(statement))
