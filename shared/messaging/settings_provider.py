"""`settings = SettingsProvider()` in a nameko service class."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from shared.settings import Settings


class SettingsProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    def get_dependency(self, worker_ctx: Any) -> Settings:  # noqa: ARG002  nameko's signature
        settings: Settings = self.container.config["settings"]
        return settings
