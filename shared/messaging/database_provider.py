"""`database = DatabaseProvider("reports")` in a nameko service class."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from shared.persistence import Database


class DatabaseProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    """The service's one `Database`, for all its entrypoints."""

    def __init__(self, service: str, **options: Any) -> None:
        self._service = service
        self.database: Database | None = None
        super().__init__(**options)

    def setup(self) -> None:
        self.database = Database(self.container.config["settings"], self._service)

    def get_dependency(self, worker_ctx: Any) -> Database:  # noqa: ARG002  nameko's signature
        assert self.database is not None
        return self.database

    def stop(self) -> None:
        if self.database is not None:
            self.database.dispose()


def database_of(container: Any) -> Database:
    """The database that a container's consumers commit to."""
    for provider in container.dependencies:
        if isinstance(provider, DatabaseProvider) and provider.database is not None:
            return provider.database
    raise RuntimeError(f"{container.service_name} subscribes and has no DatabaseProvider")
