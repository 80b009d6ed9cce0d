"""Runs `services/<name>/migrations/versions/` on that service's own database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.persistence.database import make_engine
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
# Any number does, as long as it is ours alone: two migrations of one database wait for each other.
MIGRATION_LOCK = 7_302_001


def migrate(settings: Settings, service: str) -> None:
    """Brings the database to the newest revision; safe to run twice or at the same time."""
    with _connection(settings, service) as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        config = _config(service)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def schema_is_current(settings: Settings, service: str) -> bool:
    """A process whose schema is behind (or ahead) must not start."""
    with _connection(settings, service) as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present == set(ScriptDirectory.from_config(_config(service)).get_heads())


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", str(Path(__file__).parent / "environment"))
    config.set_main_option("version_locations", str(ROOT / "services" / service / "migrations" / "versions"))
    return config


@contextmanager
def _connection(settings: Settings, service: str) -> Iterator[sa.Connection]:
    engine = make_engine(settings.database_url(service), f"{service}-migrations", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
