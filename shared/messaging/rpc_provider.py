"""`rpc = RpcProvider("reports")` in a nameko service class: calls to other services, as this service's broker account."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from shared.messaging.rpc_sync import SyncRpcClient


class RpcProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    def __init__(self, service: str, **options: Any) -> None:
        self._service = service
        self.client: SyncRpcClient | None = None
        super().__init__(**options)

    def setup(self) -> None:
        self.client = SyncRpcClient(self.container.config["settings"], self._service)

    def get_dependency(self, worker_ctx: Any) -> SyncRpcClient:  # noqa: ARG002  nameko's signature
        assert self.client is not None
        return self.client

    def stop(self) -> None:
        if self.client is not None:
            self.client.close()
