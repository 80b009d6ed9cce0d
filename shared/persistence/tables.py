"""Tables that every service's database has for messaging: outbox, inbox, idempotency rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("sequence", sa.BigInteger, sa.Identity(), primary_key=True),
    # Published as `message_id`; it never changes, so that a second publish of the row is seen as the same message.
    sa.Column("message_id", pg.UUID(as_uuid=False), nullable=False, unique=True),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("routing_key", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("published_at", sa.DateTime(timezone=True)),
)
sa.Index("outbox_waiting", outbox.c.sequence, postgresql_where=outbox.c.published_at.is_(None))
sa.Index("outbox_published", outbox.c.published_at, postgresql_where=outbox.c.published_at.is_not(None))

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("message_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
sa.Index("inbox_received", inbox.c.received_at)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
sa.Index("idempotency_created", idempotency.c.created_at)


def create_messaging_tables(op: Any) -> None:
    """For a service's first migration; `op` is Alembic's. Bodies are stored uncompressed: compressing costs more than the disk."""
    metadata.create_all(op.get_bind())
    op.execute("ALTER TABLE outbox ALTER COLUMN body SET STORAGE EXTERNAL")
