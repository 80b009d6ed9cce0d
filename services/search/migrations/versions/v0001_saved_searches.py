"""Saved searches, what they alerted, rebuilds of the index, messaging tables and copies of the directory."""

from __future__ import annotations

from alembic import op

from shared.persistence import create_messaging_tables
from shared.security.directory import create_directory_tables

revision = "search_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_messaging_tables(op)
    create_directory_tables(op.get_bind())
    op.execute("""
        CREATE TABLE saved_search (
            id uuid PRIMARY KEY,
            version integer NOT NULL,
            name text NOT NULL,
            query text NOT NULL,
            unit text NOT NULL,
            alert boolean NOT NULL,
            severity text NOT NULL,
            channels text[] NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            created_by text NOT NULL,
            changed_at timestamptz NOT NULL DEFAULT now(),
            changed_by text NOT NULL,
            deleted_at timestamptz,
            revision bigint NOT NULL
        )""")
    op.execute("CREATE INDEX saved_search_unit ON saved_search (unit, id) WHERE deleted_at IS NULL")
    op.execute("CREATE INDEX saved_search_revision ON saved_search (revision)")
    # One row, locked by every write: so revisions become visible in their order, and a matcher that has read one has read all before it.
    op.execute("CREATE TABLE saved_search_clock (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL)")
    op.execute("INSERT INTO saved_search_clock VALUES (true, 0)")
    # What each search has alerted: the fingerprint is the set of the query's leaves that held.
    op.execute("""
        CREATE TABLE saved_search_match (
            saved_search uuid NOT NULL REFERENCES saved_search (id),
            case_id uuid NOT NULL,
            fingerprint text NOT NULL,
            case_version integer NOT NULL,
            matched_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (saved_search, case_id, fingerprint)
        )""")
    op.execute("""
        CREATE TABLE index_rebuild (
            id uuid PRIMARY KEY,
            directory text NOT NULL,
            state text NOT NULL CHECK (state IN ('requested', 'running', 'done')),
            after_sequence bigint NOT NULL DEFAULT 0,
            indexed bigint NOT NULL DEFAULT 0,
            total bigint,
            requested_by text NOT NULL,
            requested_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz
        )""")
    # At most one at a time.
    op.execute("CREATE UNIQUE INDEX index_rebuild_open ON index_rebuild ((true)) WHERE state IN ('requested', 'running')")
