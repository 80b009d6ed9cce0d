"""The trail: entries, the chain's head, the messaging tables and the copies of the directory."""

from __future__ import annotations

from alembic import op

from shared.persistence import create_messaging_tables
from shared.security.directory import create_directory_tables

revision = "audit_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_messaging_tables(op)
    create_directory_tables(op.get_bind())
    op.execute("""
        CREATE TABLE entry (
            seq bigint PRIMARY KEY,
            at timestamptz NOT NULL,
            actor text NOT NULL,
            unit text NOT NULL,
            action text NOT NULL,
            subject text NOT NULL,
            outcome text NOT NULL,
            details jsonb NOT NULL,
            event text NOT NULL,
            hash bytea NOT NULL
        )""")
    op.execute("CREATE INDEX entry_subject ON entry (subject, seq)")
    op.execute("CREATE INDEX entry_actor ON entry (actor, seq)")
    op.execute("CREATE INDEX entry_at ON entry USING brin (at)")
    # The head is written beside the entries, so that an end cut off is seen too.
    op.execute("CREATE TABLE chain_head (one boolean PRIMARY KEY DEFAULT true CHECK (one), seq bigint NOT NULL, hash bytea NOT NULL)")
    op.execute("INSERT INTO chain_head VALUES (true, 0, decode(repeat('00', 32), 'hex'))")
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'The trail is append-only'; END $$""")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")
