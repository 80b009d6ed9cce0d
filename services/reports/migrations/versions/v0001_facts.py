"""The facts, their time, the messaging tables and the copies of the directory."""

from __future__ import annotations

from alembic import op

from shared.persistence import create_messaging_tables
from shared.security.directory import create_directory_tables

revision = "reports_0001"
down_revision = None
branch_labels = None
depends_on = None

FACT = """
    CREATE TABLE fact (
        case_id uuid NOT NULL,
        version integer NOT NULL,
        counts_case boolean NOT NULL,
        status text NOT NULL,
        validated boolean NOT NULL,
        classification text NOT NULL,
        occurred_on date,
        country text NOT NULL,
        office text NOT NULL,
        unit text NOT NULL,
        origin text NOT NULL,
        method text NOT NULL,
        departure text NOT NULL,
        destination text NOT NULL,
        commodity text NOT NULL,
        kilograms numeric
    )"""


def upgrade() -> None:
    create_messaging_tables(op)
    create_directory_tables(op.get_bind())
    op.execute(FACT)
    op.execute("CREATE INDEX fact_case ON fact (case_id)")
    op.execute("CREATE INDEX fact_occurred ON fact (occurred_on)")
    op.execute("CREATE TABLE freshness (one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz)")
    op.execute("INSERT INTO freshness VALUES (true, NULL)")
    # One row: the rebuild that runs or ran last. `after` is the replay's cursor, so that a killed rebuild goes on.
    op.execute("""
        CREATE TABLE rebuild (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            state text NOT NULL,
            after bigint NOT NULL,
            done bigint NOT NULL,
            total bigint NOT NULL,
            started_at timestamptz NOT NULL,
            ended_at timestamptz
        )""")
