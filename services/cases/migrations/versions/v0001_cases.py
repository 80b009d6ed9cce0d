"""Cases, their versions and numbers, the messaging tables and the copies of the directory."""

from __future__ import annotations

from alembic import op

from shared.persistence import create_messaging_tables
from shared.security.directory import create_directory_tables

revision = "cases_0001"
down_revision = None
branch_labels = None
depends_on = None

CASES = """
    CREATE SEQUENCE case_sequence;
    CREATE TABLE cases (
        id uuid PRIMARY KEY,
        sequence bigint NOT NULL UNIQUE,
        case_no text UNIQUE,
        version integer NOT NULL,
        status text NOT NULL,
        classification text NOT NULL,
        unit text NOT NULL,
        origin text NOT NULL,
        authors text[] NOT NULL,
        lead text,
        kilograms numeric,
        import_job text,
        body json NOT NULL
    );
    CREATE INDEX cases_worklist ON cases (status, sequence) WHERE origin <> 'imported';
    CREATE INDEX cases_work ON cases (sequence) WHERE origin <> 'imported';
    CREATE INDEX cases_authors ON cases USING gin (authors) WHERE origin <> 'imported';
    CREATE INDEX cases_lead ON cases (lead) WHERE lead IS NOT NULL;
    CREATE INDEX cases_import ON cases (import_job) WHERE import_job IS NOT NULL;
    CREATE TABLE case_version (
        case_id uuid NOT NULL,
        version integer NOT NULL,
        at timestamptz NOT NULL,
        account text NOT NULL,
        actor text NOT NULL,
        change text NOT NULL,
        reason text,
        changed text[] NOT NULL,
        body json NOT NULL,
        PRIMARY KEY (case_id, version)
    );
    CREATE TABLE case_counter (
        office text NOT NULL,
        year integer NOT NULL,
        last bigint NOT NULL,
        PRIMARY KEY (office, year)
    );
"""


def upgrade() -> None:
    create_messaging_tables(op)
    create_directory_tables(op.get_bind())
    op.execute(CASES)
