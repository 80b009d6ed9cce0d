"""The one Alembic environment of all services; `shared.persistence.migrations` hands it an open connection."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
