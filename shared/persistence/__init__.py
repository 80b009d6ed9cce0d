"""One database and role per service: `Database`, its `UnitOfWork`, the messaging tables, migrations."""

from shared.persistence.database import Database, is_conflict, is_connection_lost
from shared.persistence.tables import create_messaging_tables
from shared.persistence.unit_of_work import UnitOfWork

__all__ = ["Database", "UnitOfWork", "create_messaging_tables", "is_conflict", "is_connection_lost"]
