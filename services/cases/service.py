"""The cases process: commands and queries by RPC, the directory by events. Imports bring their calls as `ImportRpc`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from services.cases.adapters.store import PostgresCases
from services.cases.domain.record import Moment
from services.cases.handlers import commands, queries
from services.cases.handlers.callers import Caller
from services.cases.imports.rpc import ImportRpc
from services.cases.ports import Trace
from shared.contracts.envelope import Event
from shared.messaging import topology
from shared.messaging.call import Call
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.idempotency import answer_once
from shared.messaging.rpc import rpc_method
from shared.messaging.settings_provider import SettingsProvider
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork
from shared.security.directory import apply_directory, current_subtree

Command = Callable[[PostgresCases, Caller, Any], dict[str, Any]]
READERS = ("search", "reports", "notifications", "operator")


class CasesService(ImportRpc):
    name = "cases"
    database = DatabaseProvider("cases")
    settings = SettingsProvider()

    @subscribe(topology.CASES_DIRECTORY)
    def on_directory(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        apply_directory(work.connection, events)

    @rpc_method
    def create_case(self, call: Call) -> dict[str, Any]:
        return self._do(commands.create_case, call, call.payload.get("body"))

    @rpc_method
    def change_case(self, call: Call) -> dict[str, Any]:
        return self._do(commands.change_case, call, call.payload)

    @rpc_method
    def transition_case(self, call: Call) -> dict[str, Any]:
        return self._do(commands.transition_case, call, call.payload)

    @rpc_method
    def get_case(self, call: Call) -> dict[str, Any]:
        return self._ask(queries.get_case, call)

    @rpc_method
    def list_cases(self, call: Call) -> dict[str, Any]:
        return self._ask(queries.list_cases, call)

    @rpc_method
    def case_versions(self, call: Call) -> dict[str, Any]:
        return self._ask(queries.case_versions, call)

    @rpc_method
    def case_difference(self, call: Call) -> dict[str, Any]:
        return self._ask(queries.case_difference, call)

    @rpc_method(internal=READERS)
    def replay(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return queries.replay(PostgresCases(work), call.payload)

    @rpc_method(internal=READERS)
    def compare(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return queries.compare(PostgresCases(work), call.payload)

    @rpc_method(internal=READERS)
    def count_cases(self, call: Call) -> dict[str, Any]:  # noqa: ARG002  every RPC method takes the call
        with self.database.unit_of_work() as work:
            return PostgresCases(work).totals()

    def _do(self, command: Command, call: Call, argument: Any) -> dict[str, Any]:
        """A command once: state, version, events and the idempotency row in one transaction."""
        with self.database.unit_of_work() as work:
            caller = self._caller(work, call)
            answer = answer_once(work, call, lambda: command(PostgresCases(work), caller, argument))
            work.commit()
        return answer

    def _ask(self, query: Command, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return query(PostgresCases(work), self._caller(work, call), call.payload)

    def _caller(self, work: UnitOfWork, call: Call) -> Caller:
        zone = self.settings.zone
        subtree = current_subtree(work.connection, call.principal)
        return Caller(call.principal, subtree, Moment(datetime.now(zone), zone), Trace(call.correlation_id, call.traceparent))
