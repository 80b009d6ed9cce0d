from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.cases.domain.record import Actor, Change, Identity, Moment, Record, create, move, numbered
from services.cases.domain.step_request import step_request

ZONE = ZoneInfo("Asia/Vientiane")
NOW = Moment(datetime(2026, 11, 24, 3, 0, tzinfo=UTC), ZONE)
OFFICER = Actor("account-officer", "officer.vte", "LA-VTE")
VALIDATOR = Actor("account-validator", "validator.vte", "LA-VTE")

KETAMINE: dict[str, Any] = {
    "offence_types": ["concealment"],
    "occurred_at": "2026-03-02T21:40:00+07:00",
    "office": "LA-VTE",
    "place": {"name": "Wattay International Airport", "country": "LA"},
    "title": "Ketamine in a suitcase",
    "narrative": {"en": "An exercise.", "lo": "ບົດຝຶກຫັດ."},
    "goods": [{"commodity": "drugs", "subtype": "ketamine", "quantity": "2.400", "unit": "KGM"}],
    "route": [{"role": "departure", "country": "TH"}],
    "conveyances": [{"mode": "4", "type": "aircraft", "registration": "EXERCISE"}, {"mode": "4"}],
    "concealment": [{"code": "hold_baggage", "text": "false bottom"}],
}


def made(body: Any = None) -> Change:
    return create(KETAMINE if body is None else body, OFFICER, NOW, Identity("id", 7, {"unit": "LA-VTE"}))


def draft(**changes: Any) -> Record:
    return made(KETAMINE | changes).record


def submitted(**changes: Any) -> Record:
    return numbered(move(draft(**changes), step_request("submitted"), OFFICER, NOW), "LA-VTE-2026-000001").record


def stepped(record: Record, *path: str) -> Record:
    for to in path:
        record = move(record, step_request(to, "A reason"), VALIDATOR, NOW).record
    return record
