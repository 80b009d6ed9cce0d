"""Tables of jobs and imports, in the database of the cases service; the migration `cases_0002` makes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


# `principal` holds the claims the job was asked with; `staged` is null until the file is copied; `checkpoint` is the last row done.
job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="queued"),
    sa.Column("principal", pg.JSONB, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("request", pg.JSONB, nullable=False),
    sa.Column("staged", sa.BigInteger),
    _count("checkpoint"),
    _count("rows"),
    _count("created"),
    _count("rejected"),
    _count("duplicates"),
    sa.Column("cancel_reason", sa.Text),
    sa.Column("result", pg.JSONB),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("started_at", sa.DateTime(timezone=True)),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
)

# Unlogged: a copy of the file that is made again when the server lost it.
staging = sa.Table(
    "import_staging",
    metadata,
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("row", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary),
    sa.Column("cells", sa.Text, nullable=False),
    prefixes=["UNLOGGED"],
)

# A row that became a case: what it held, and which of the equal rows it was. Unique over all files.
identity = sa.Table(
    "import_identity",
    metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("occurrence", sa.Integer, primary_key=True),
    sa.Column("job", sa.Text, nullable=False),
)

rejection = sa.Table(
    "import_rejection",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("row", sa.BigInteger, primary_key=True),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
