"""Jobs, and what imports need: staged rows, identities of rows taken in, rejected rows.

No index leads from a job to its rows: a staging table is read whole, and the identities of a job are looked for only when it is undone.
"""

from __future__ import annotations

from alembic import op

revision = "cases_0002"
down_revision = "cases_0001"
branch_labels = None
depends_on = None

TABLES = """
    CREATE TABLE job (
        id text PRIMARY KEY,
        kind text NOT NULL,
        state text NOT NULL DEFAULT 'queued',
        principal jsonb NOT NULL,
        unit text NOT NULL,
        request jsonb NOT NULL,
        staged bigint,
        checkpoint bigint NOT NULL DEFAULT 0,
        rows bigint NOT NULL DEFAULT 0,
        created bigint NOT NULL DEFAULT 0,
        rejected bigint NOT NULL DEFAULT 0,
        duplicates bigint NOT NULL DEFAULT 0,
        cancel_reason text,
        result jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz
    );
    CREATE INDEX job_waiting ON job (created_at) WHERE state IN ('queued', 'running');
    CREATE UNLOGGED TABLE import_staging (job text NOT NULL, row bigint NOT NULL, hash bytea, cells text NOT NULL);
    CREATE TABLE import_identity (
        hash bytea NOT NULL,
        occurrence integer NOT NULL,
        job text NOT NULL,
        PRIMARY KEY (hash, occurrence)
    );
    CREATE TABLE import_rejection (
        job text NOT NULL,
        row bigint NOT NULL,
        field text NOT NULL,
        reason text NOT NULL,
        PRIMARY KEY (job, row)
    );
"""


def upgrade() -> None:
    op.execute(TABLES)
