"""Officers at work on a real database: each call is a transaction of its own, as in the service."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.cases.adapters.store import PostgresCases
from services.cases.domain.record import Moment
from services.cases.handlers import commands, queries
from services.cases.handlers.callers import Caller
from shared.contracts.envelope import Event, decode_batch
from shared.persistence import Database
from shared.persistence.tables import outbox
from shared.security.directory import current_subtree
from shared.security.principal import Principal

ZONE = ZoneInfo("Asia/Vientiane")
OFFICER = Principal("account-officer", "officer.vte", "LA-VTE", ("reporting_officer",))
COLLEAGUE = Principal("account-colleague", "colleague.vte", "LA-VTE", ("reporting_officer",))
VALIDATOR = Principal("account-validator", "validator.vte", "LA-VTE", ("validator", "reporting_officer"))
ELSEWHERE = Principal("account-elsewhere", "officer.svk", "LA-SVK", ("reporting_officer",))
ANALYST = Principal("account-analyst", "analyst.hq", "LA-HQ", ("analyst",), clearance="secret")
CHIEF = Principal("account-chief", "chief.hq", "LA-HQ", ("intelligence_manager",), clearance="secret")
ADMINISTRATOR = Principal("account-admin", "admin", "LA-HQ", ("administrator",))

KETAMINE = {
    "offence_types": ["concealment"],
    "occurred_at": "2026-03-02T21:40:00+07:00",
    "office": "LA-VTE",
    "place": {"name": "Wattay International Airport", "country": "LA"},
    "detection_method": "risk_profile",
    "title": "Ketamine in a suitcase",
    "narrative": {"en": "An exercise.", "lo": "ບົດຝຶກຫັດ."},
    "goods": [{"commodity": "drugs", "subtype": "ketamine", "description": {"en": "white powder"}, "quantity": "2.400", "unit": "KGM"}],
    "route": [{"role": "departure", "country": "TH"}, {"role": "destination", "country": "LA"}],
    "conveyances": [{"mode": "4", "flight_or_voyage": "XX123"}],
    "concealment": [{"code": "hold_baggage"}],
}


class Desk:
    """Acts of principals; `at` sets the time of what follows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now: datetime | None = None

    def create(self, body: Any = None, principal: Principal = OFFICER) -> dict[str, Any]:
        return self._run(commands.create_case, principal, KETAMINE if body is None else body)

    def change(self, case: dict[str, Any], patch: Any, principal: Principal = OFFICER, if_match: str | None = "current") -> dict[str, Any]:
        payload = {"id": case["id"], "if_match": tag(case, if_match), "patch": patch}
        return self._run(commands.change_case, principal, payload)

    def move(
        self, case: dict[str, Any], to: Any, principal: Principal = OFFICER, if_match: str | None = "current", **rest: Any
    ) -> dict[str, Any]:
        payload = {"id": case["id"], "if_match": tag(case, if_match), "to": to} | rest
        return self._run(commands.transition_case, principal, payload)

    def submitted(self, principal: Principal = OFFICER, **changes: Any) -> dict[str, Any]:
        return self.move(self.create(KETAMINE | changes, principal), "submitted", principal)

    def validated(self, **changes: Any) -> dict[str, Any]:
        return self.move(self.submitted(**changes), "validated", VALIDATOR)

    def get(self, reference: str, principal: Principal = OFFICER) -> dict[str, Any]:
        return self._run(queries.get_case, principal, {"id": reference})

    def list(self, principal: Principal = OFFICER, **payload: Any) -> dict[str, Any]:
        return self._run(queries.list_cases, principal, payload)

    def versions(self, case: dict[str, Any], principal: Principal = OFFICER) -> list[dict[str, Any]]:
        return self._run(queries.case_versions, principal, {"id": case["id"]})["items"]

    def difference(self, case: dict[str, Any], a: Any, b: Any, principal: Principal = OFFICER) -> dict[str, Any]:
        return self._run(queries.case_difference, principal, {"id": case["id"], "a": a, "b": b})

    def events(self, exchange: str) -> list[Event]:
        """In the order of the outbox."""
        with self.database.engine.connect() as connection:
            bodies = connection.scalars(sa.select(outbox.c.body).where(outbox.c.exchange == exchange).order_by(outbox.c.sequence)).all()
        return [event for body in bodies for event in decode_batch(body)]

    def _run(self, handler: Any, principal: Principal, argument: Any) -> Any:
        with self.database.unit_of_work() as work:
            moment = Moment(self.now or datetime.now(ZONE), ZONE)
            caller = Caller(principal, current_subtree(work.connection, principal), moment)
            answer = handler(PostgresCases(work), caller, argument)
            work.commit()
        return answer


def tag(case: dict[str, Any], if_match: str | None) -> str | None:
    return f'"{case["version"]}"' if if_match == "current" else if_match
