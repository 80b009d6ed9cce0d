"""The gateway's own tables: units, accounts, sessions and what failed sign-ins left behind."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, sa.ForeignKey("unit.code"), index=True),
    sa.Column("names", pg.JSONB, nullable=False),
    sa.Column("mail", sa.Text, nullable=False, server_default=""),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("username", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.code"), nullable=False, index=True),
    sa.Column("roles", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("clearance", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("password_hash", sa.Text, nullable=False),
    # Grows with every change of unit, roles, clearance or activity: services refuse tokens that are behind.
    sa.Column("rights_version", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
    # Only the SHA-256 of a token is kept: who reads the database signs in as nobody.
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("account", pg.UUID(as_uuid=False), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("csrf_token", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)

# By the name that was typed, whether or not an account has it: a lock tells nobody which names exist.
sign_in_failure = sa.Table(
    "sign_in_failure",
    metadata,
    sa.Column("username", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("locked_until", sa.DateTime(timezone=True)),
)
