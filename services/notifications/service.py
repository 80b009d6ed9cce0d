"""The notifications process: matches become alerts, officers act on them, late ones go to the unit above, mails leave."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from nameko.timer import timer

from services.notifications.adapters.alerts import PostgresAlerts
from services.notifications.adapters.deliveries import Deliveries, PostgresOutgoing
from services.notifications.adapters.smtp import MailSender
from services.notifications.handlers import acting, raising
from services.notifications.ports import Alerts
from shared.contracts.envelope import Event
from shared.faults import describe
from shared.messaging import topology
from shared.messaging.call import Call
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.idempotency import answer_once
from shared.messaging.rpc import rpc_method
from shared.messaging.settings_provider import SettingsProvider
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork
from shared.security.directory import apply_directory, current_subtree
from shared.security.rules import scope_for

log = logging.getLogger(__name__)


class NotificationsService:
    name = "notifications"
    database = DatabaseProvider("notifications")
    settings = SettingsProvider()

    @subscribe(topology.NOTIFICATIONS_MATCHES)
    def on_matches(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        raising.raise_alerts(PostgresAlerts(work), PostgresOutgoing(work), events)

    @subscribe(topology.NOTIFICATIONS_CASES)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        raising.end_cases(PostgresAlerts(work), events)

    @subscribe(topology.NOTIFICATIONS_DIRECTORY)
    def on_directory(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        apply_directory(work.connection, events)

    @rpc_method
    def list_alerts(self, call: Call) -> dict[str, Any]:
        return self._read(acting.list_alerts, call)

    @rpc_method
    def get_alert(self, call: Call) -> dict[str, Any]:
        return self._read(acting.get_alert, call)

    @rpc_method
    def alerts_since(self, call: Call) -> dict[str, Any]:
        return self._read(acting.alerts_since, call)

    @rpc_method
    def latest_sequence(self, call: Call) -> dict[str, Any]:
        return self._read(lambda alerts, _units, _payload: {"sequence": alerts.latest_sequence()}, call)

    @rpc_method
    def acknowledge_alert(self, call: Call) -> dict[str, Any]:
        return self._act("acknowledge", call)

    @rpc_method
    def assign_alert(self, call: Call) -> dict[str, Any]:
        return self._act("assign", call)

    @rpc_method
    def escalate_alert(self, call: Call) -> dict[str, Any]:
        return self._act("escalate", call)

    @rpc_method
    def dismiss_alert(self, call: Call) -> dict[str, Any]:
        return self._act("dismiss", call)

    @timer(interval=5)
    def escalate_overdue(self) -> None:
        def escalate() -> int:
            with self.database.unit_of_work() as work:
                escalated = raising.escalate_overdue(PostgresAlerts(work), PostgresOutgoing(work), datetime.now(UTC))
                work.commit()
            return escalated

        _until_none_left(escalate)

    @timer(interval=1)
    def send_mails(self) -> None:
        _until_none_left(MailSender(self.settings, Deliveries(self.database)).send_due)

    def _read(self, handler: Callable[[Alerts, frozenset[str], dict[str, Any]], dict[str, Any]], call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            return handler(PostgresAlerts(work), _units(work, call, "alert.read"), call.payload)

    def _act(self, act: str, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            units = _units(work, call, "alert.act")

            def perform() -> dict[str, Any]:
                alerts, outgoing = PostgresAlerts(work), PostgresOutgoing(work)
                return acting.act_on_alert(alerts, outgoing, act, call.principal, units=units, payload=call.payload)

            answer = answer_once(work, call, perform)
            work.commit()
        return answer


def _units(work: UnitOfWork, call: Call, act: str) -> frozenset[str]:
    return scope_for(call.principal, act, current_subtree(work.connection, call.principal)).units


def _until_none_left(step: Callable[[], int]) -> None:
    """A timer that fails must not end the process (nameko's would log the text): the next tick tries again."""
    try:
        while step():
            pass
    except Exception as error:  # noqa: BLE001  whatever it is, the next tick tries again
        log.warning("Later: %s", describe(error))
