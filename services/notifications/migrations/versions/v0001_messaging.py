"""Messaging tables and copies of the directory."""

from __future__ import annotations

from alembic import op

from shared.persistence import create_messaging_tables
from shared.security.directory import create_directory_tables

revision = "notifications_0001"
down_revision = None


def upgrade() -> None:
    create_messaging_tables(op)
    create_directory_tables(op.get_bind())
