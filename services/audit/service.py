"""The audit process: chains what every service tells, answers auditors by RPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.audit import handlers
from services.audit.adapters.trail import PostgresTrail
from shared.contracts.envelope import Event
from shared.messaging import topology
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.rpc import Call, rpc_method
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork
from shared.security.directory import apply_directory, current_subtree
from shared.security.rules import require


class AuditService:
    name = "audit"
    database = DatabaseProvider("audit")

    @subscribe(topology.AUDIT_TRAIL)
    def on_acts(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        handlers.record(PostgresTrail(work), events)

    @subscribe(topology.AUDIT_DIRECTORY)
    def on_directory(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        apply_directory(work.connection, events)

    @rpc_method
    def list_entries(self, call: Call) -> dict[str, Any]:
        assert call.principal is not None
        require(call.principal, "audit.read")
        with self.database.unit_of_work() as work:
            current_subtree(work.connection, call.principal)
            return handlers.list_entries(PostgresTrail(work), call.payload)

    @rpc_method(internal=("gateway",))
    def list_readers(self, call: Call) -> dict[str, Any]:
        """The gateway asks only after `cases` has said that the caller may know."""
        with self.database.unit_of_work() as work:
            return handlers.list_readers(PostgresTrail(work), call.payload)

    @rpc_method(internal=("operator",))
    def verify(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return handlers.verify_page(PostgresTrail(work), call.payload)
