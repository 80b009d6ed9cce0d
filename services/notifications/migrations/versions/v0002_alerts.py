"""Alerts, what became of them, the cases that ended, and the mails that are due."""

from __future__ import annotations

from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"

STATEMENTS = (
    """
    CREATE TABLE alert (
        id uuid PRIMARY KEY,
        sequence bigint NOT NULL UNIQUE,
        version integer NOT NULL,
        unit text NOT NULL,
        state text NOT NULL,
        severity text NOT NULL,
        case_id uuid NOT NULL,
        case_no text NOT NULL,
        case_version integer NOT NULL,
        saved_search_id uuid NOT NULL,
        saved_search_name text NOT NULL,
        fingerprint text NOT NULL,
        reason jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz,
        channels text[] NOT NULL,
        assigned_to text,
        acknowledged_by text,
        escalated_to text,
        UNIQUE (saved_search_id, case_id, fingerprint)
    )""",
    "CREATE INDEX alert_unit ON alert (unit, sequence DESC)",
    "CREATE INDEX alert_escalated_to ON alert (escalated_to, sequence DESC) WHERE escalated_to IS NOT NULL",
    "CREATE INDEX alert_case_open ON alert (case_id) WHERE state <> 'dismissed'",
    "CREATE INDEX alert_due ON alert (due_at) WHERE state = 'new'",
    # The row lock is what makes the order of the numbers the order of the commits.
    "CREATE TABLE alert_sequence (single boolean PRIMARY KEY DEFAULT true CHECK (single), last bigint NOT NULL)",
    "INSERT INTO alert_sequence (last) VALUES (0)",
    """
    CREATE TABLE alert_history (
        alert_id uuid NOT NULL REFERENCES alert,
        version integer NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        act text NOT NULL,
        actor text NOT NULL,
        recipient text,
        comment text NOT NULL,
        PRIMARY KEY (alert_id, version)
    )""",
    "CREATE TABLE ended_case (case_id uuid PRIMARY KEY, status text NOT NULL)",
    """
    CREATE TABLE delivery (
        id uuid PRIMARY KEY,
        alert_id uuid NOT NULL REFERENCES alert,
        kind text NOT NULL,
        address text NOT NULL,
        languages text[] NOT NULL,
        state text NOT NULL DEFAULT 'waiting',
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        claimed_at timestamptz,
        problem text NOT NULL DEFAULT '',
        UNIQUE (alert_id, kind, address)
    )""",
    "CREATE INDEX delivery_waiting ON delivery (due_at) WHERE state IN ('waiting', 'claimed')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
