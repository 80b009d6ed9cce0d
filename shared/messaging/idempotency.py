"""`Idempotency-Key`: the first answer again instead of the act again, kept by the service that owns the effect, in its transaction.

with self.database.unit_of_work() as work:
    answer = answer_once(work, call, lambda: handlers.create_case(...))
    work.commit()
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shared.errors import Conflict
from shared.i18n import N_
from shared.messaging.call import Call
from shared.persistence import UnitOfWork
from shared.persistence.tables import idempotency

# Not part of what the caller asked for: a repeated key is answered before `If-Match` is looked at, and an upload's place differs each time.
_OUTSIDE_OF_BODY = ("if_match", "path")
RETRY_AFTER_SECONDS = 1


def answer_once(work: UnitOfWork, call: Call, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs `act`, or returns what it returned the first time.

    Raises Conflict for another body under the same key, and (`in_progress`) while the first call still runs.
    """
    earlier = recall(work, call)
    if earlier is not None:
        return earlier
    answer = act()
    remember(work, call, answer)
    return answer


def recall(work: UnitOfWork, call: Call) -> dict[str, Any] | None:
    """The first answer, or None: then this transaction alone may act, until it ends."""
    if call.idempotency_key is None:
        return None
    _claim(work, call)
    row = work.connection.execute(
        sa.select(idempotency.c.body_hash, idempotency.c.answer).where(
            idempotency.c.account == call.principal.account,
            idempotency.c.path == call.path,
            idempotency.c.key == call.idempotency_key,
            idempotency.c.created_at > sa.func.now() - sa.text("interval '7 days'"),
        )
    ).first()
    if row is None:
        return None
    if row.body_hash != _body_hash(call):
        raise Conflict(N_("This Idempotency-Key was used for another request. Use a new key."), code="idempotency_key_reused")
    answer: dict[str, Any] = orjson.loads(row.answer)
    return answer


def remember(work: UnitOfWork, call: Call, answer: dict[str, Any]) -> None:
    if call.idempotency_key is None:
        return
    row = {"account": call.principal.account, "path": call.path, "key": call.idempotency_key}
    # A row that is there is older than its life, else it had been recalled.
    fresh = {"body_hash": _body_hash(call), "answer": orjson.dumps(answer), "created_at": sa.func.now()}
    statement = insert(idempotency).values(**row, **fresh)
    work.connection.execute(statement.on_conflict_do_update(index_elements=list(row), set_=fresh))


def _claim(work: UnitOfWork, call: Call) -> None:
    """A lock that ends with the transaction, so that a kill leaves no claim behind."""
    name = "\x1f".join((call.principal.account, call.path, call.idempotency_key or ""))
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    if not work.connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))):
        raise Conflict(
            N_("The same request is still being worked on. Ask again shortly."),
            code="in_progress",
            details={"retry_after": RETRY_AFTER_SECONDS},
        )


def _body_hash(call: Call) -> bytes:
    body = {name: value for name, value in call.payload.items() if name not in _OUTSIDE_OF_BODY}
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
