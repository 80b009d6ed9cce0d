"""The training installation's units and accounts (api.md): clearly fictitious, the same on every machine."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from services.gateway.accounts import ROOT, Unit, add_account, change_account, ensure_units, has_account, reset_password
from shared.settings import Settings

UNITS_FILE = Path(__file__).parents[2] / "shared" / "vocabulary" / "data" / "training_units.csv"
MAIL_DOMAIN = "training.example"


@dataclass(frozen=True, slots=True)
class TrainingAccount:
    username: str
    roles: tuple[str, ...]
    unit: str
    name: str

    @property
    def clearance(self) -> str:
        return "secret" if self.unit == ROOT else "restricted"


ACCOUNTS = (
    TrainingAccount("officer.vte", ("reporting_officer",), "LA-VTE", "Training officer"),
    TrainingAccount("validator.vte", ("validator", "reporting_officer"), "LA-VTE", "Training validator 1"),
    TrainingAccount("validator2.vte", ("validator", "reporting_officer"), "LA-VTE", "Training validator 2"),
    TrainingAccount("analyst.hq", ("analyst",), ROOT, "Training analyst"),
    TrainingAccount("chief.hq", ("intelligence_manager",), ROOT, "Training chief"),
    TrainingAccount("auditor.hq", ("auditor",), ROOT, "Training auditor"),
    TrainingAccount("admin", ("administrator",), ROOT, "Training administrator"),
)


def seed(settings: Settings, password: str) -> None:
    """Idempotent: what is there already stays; another password than before resets that of every training account."""
    ensure_units(settings, training_units())
    for wanted in ACCOUNTS:
        if not has_account(settings, wanted.username):
            add_account(
                settings,
                wanted.username,
                wanted.roles,
                wanted.unit,
                password,
                clearance=wanted.clearance,
                name=wanted.name,
                any_password=True,
            )
            continue
        change_account(settings, wanted.username, unit=wanted.unit, roles=list(wanted.roles), clearance=wanted.clearance, active=True)
        reset_password(settings, wanted.username, password)


def training_units() -> list[Unit]:
    with UNITS_FILE.open(encoding="utf-8", newline="") as file:
        return [
            Unit(
                row["code"], row["kind"], row["parent"] or None, {"en": row["en"], "lo": row["lo"]}, f"{row['code'].lower()}@{MAIL_DOMAIN}"
            )
            for row in csv.DictReader(file)
        ]
