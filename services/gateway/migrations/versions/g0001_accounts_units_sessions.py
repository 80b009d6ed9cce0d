"""Accounts, units, sessions, failed sign-ins, and the messaging tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.persistence import create_messaging_tables

revision = "g0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_messaging_tables(op)
    _create_units_and_accounts()
    _create_sessions()


def _create_units_and_accounts() -> None:
    op.create_table(
        "unit",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, sa.ForeignKey("unit.code"), index=True),
        sa.Column("names", pg.JSONB, nullable=False),
        sa.Column("mail", sa.Text, nullable=False, server_default=""),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
    )
    op.create_table(
        "account",
        sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
        sa.Column("username", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, sa.ForeignKey("unit.code"), nullable=False, index=True),
        sa.Column("roles", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("clearance", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("rights_version", sa.BigInteger, nullable=False, server_default="1"),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
    )


def _create_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("account", pg.UUID(as_uuid=False), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("csrf_token", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", TIME, nullable=False, index=True),
        sa.Column("last_seen_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("ended_at", TIME),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("username", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("locked_until", TIME),
    )


def downgrade() -> None:
    for table in ("sign_in_failure", "session", "account", "unit", "idempotency", "inbox", "outbox"):
        op.drop_table(table)
