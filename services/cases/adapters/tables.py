"""Tables of cases. A body is the whole case as JSON text: written, sent and read back as the same bytes, so `json`, not `jsonb`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

# A case's own growing number: replay pages by it, search packs it into its sort keys.
case_sequence = sa.Sequence("case_sequence", metadata=metadata)

# `authors` are accounts; `lead` is the account of the lead officer; both are what rights ask for.
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False, unique=True),
    sa.Column("case_no", sa.Text, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("classification", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("authors", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("lead", sa.Text),
    sa.Column("kilograms", sa.Numeric),
    sa.Column("import_job", sa.Text),
    sa.Column("body", pg.JSON, nullable=False),
)
# Worklists hold no imported case; drafts and returned records are looked up by their people.
_WORK = cases.c.origin != "imported"
sa.Index("cases_worklist", cases.c.status, cases.c.sequence, postgresql_where=_WORK)
sa.Index("cases_work", cases.c.sequence, postgresql_where=_WORK)
sa.Index("cases_authors", cases.c.authors, postgresql_using="gin", postgresql_where=_WORK)
sa.Index("cases_lead", cases.c.lead, postgresql_where=cases.c.lead.is_not(None))
sa.Index("cases_import", cases.c.import_job, postgresql_where=cases.c.import_job.is_not(None))

case_version = sa.Table(
    "case_version",
    metadata,
    sa.Column("case_id", pg.UUID(as_uuid=False), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("changed", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("body", pg.JSON, nullable=False),
)

# The last number given, by office and year of submission: one row each, so that no number is ever left out.
case_counter = sa.Table(
    "case_counter",
    metadata,
    sa.Column("office", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)
