"""The reports process: folds `case.*` into facts, answers reports by RPC, rebuilds itself on demand."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from nameko.timer import timer

from services.reports import handlers
from services.reports.adapters import rebuild
from services.reports.adapters.documents import MEDIA_TYPES, render
from services.reports.adapters.facts import PostgresFacts
from services.reports.domain.definitions import FORMATS
from services.reports.ports import Readable
from shared.contracts.envelope import Event
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.messaging import topology
from shared.messaging.cooperation import in_thread
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.rpc import Call, rpc_method
from shared.messaging.rpc_provider import RpcProvider
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork
from shared.security.directory import apply_directory, current_subtree
from shared.security.rules import scope_for

OPERATOR = ("operator",)


class ReportsService:
    name = "reports"
    database = DatabaseProvider("reports")
    rpc = RpcProvider("reports")

    @subscribe(topology.REPORTS_CASES)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        handlers.fold(rebuild.stores_to_fold(work), events)

    @subscribe(topology.REPORTS_DIRECTORY)
    def on_directory(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        apply_directory(work.connection, events)

    @rpc_method
    def list_reports(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            _readable(work, call)
        return handlers.list_reports()

    @rpc_method
    def run_report(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return handlers.run_report(PostgresFacts(work), _readable(work, call), call.payload, call.language)

    @rpc_method
    def render_report(self, call: Call) -> dict[str, Any]:
        """A report as a file, `content` in base64."""
        file_format = call.payload.get("format")
        if file_format not in FORMATS:
            problem = FieldError("format", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": "json, csv, xlsx"})
            raise Unprocessable(N_("The report can't be run as asked."), errors=[problem])
        with self.database.unit_of_work() as work:
            report = handlers.run_report(PostgresFacts(work), _readable(work, call), call.payload, call.language)
        content = in_thread(render, report, file_format)
        return {
            "filename": f"{report['key']}.{file_format}",
            "media_type": MEDIA_TYPES[file_format],
            "content": base64.b64encode(content).decode(),
        }

    @rpc_method(internal=OPERATOR)
    def verify(self, call: Call) -> dict[str, Any]:
        """One page of the comparison with the cases store: `{compared, differences, next, facts}`; call again with `after: next`."""

        def compare(after: int | str | None) -> dict[str, Any]:
            return self.rpc.call("cases", "compare", {"after": after, "limit": rebuild.PAGE})

        with self.database.unit_of_work() as work:
            return handlers.compare_page(PostgresFacts(work), compare, call.payload.get("after"))

    @rpc_method(internal=OPERATOR)
    def start_rebuild(self, call: Call) -> dict[str, Any]:  # noqa: ARG002  every RPC method takes the call
        total = self.rpc.call("cases", "count_cases", {})["cases"]
        with self.database.unit_of_work() as work:
            rebuild.start(work, total)
            work.commit()
            return rebuild.status(work.connection)

    @rpc_method(internal=OPERATOR)
    def rebuild_status(self, call: Call) -> dict[str, Any]:  # noqa: ARG002  every RPC method takes the call
        with self.database.unit_of_work() as work:
            return rebuild.status(work.connection)

    @timer(interval=1)
    def run_rebuild(self) -> None:
        """Goes on with a rebuild, also with one that a kill broke off."""
        more = True
        while more:
            with self.database.unit_of_work() as work:
                more = rebuild.step(work, self._replay)
                work.commit()

    def _replay(self, after: int, limit: int) -> dict[str, Any]:
        return self.rpc.call("cases", "replay", {"after": after, "limit": limit}, timeout=60)


def _readable(work: UnitOfWork, call: Call) -> Readable:
    principal = call.principal
    assert principal is not None
    scope = scope_for(principal, "report.run", current_subtree(work.connection, principal))
    return Readable(scope.units, scope.classifications)
