"""Saved searches of the training installation, of several units; written once, whatever was changed since stays."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from services.search.adapters.saved_searches import PostgresSavedSearches
from services.search.domain.saved_search import SavedSearchContent
from shared.contracts.envelope import Event
from shared.contracts.matches import SAVED_SEARCH_CHANGED, SEARCH_EXCHANGE
from shared.persistence import Database
from shared.settings import Settings

_NAMESPACE = uuid.UUID("0193a4c0-5e5e-7000-8000-7ea111116500")


@dataclass(frozen=True, slots=True)
class TrainingSearch:
    """`by` is a training account of that unit, or of the central office for units without one."""

    unit: str
    by: str
    name: str
    query: str
    alert: bool = True
    severity: str = "medium"
    channels: tuple[str, ...] = ("screen",)

    @property
    def id(self) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self.unit}/{self.name}"))

    @property
    def content(self) -> SavedSearchContent:
        return SavedSearchContent(self.name, self.query, self.unit, self.alert, self.severity, self.channels)


SEARCHES = (
    TrainingSearch("LA-VTE", "validator.vte", "Drugs in baggage", "commodity:drugs concealment:hold_baggage", severity="high"),
    TrainingSearch("LA-VTE", "validator.vte", "ຢາເສບຕິດທີ່ສະໜາມບິນ", "ສິນຄ້າ:drugs unit:LA-VTE", severity="high", channels=("screen", "mail")),
    TrainingSearch("LA-VTE", "validator.vte", "Ivory and rhino horn by air", "(drug:ivory OR drug:rhino_horn) mode:4", severity="critical"),
    TrainingSearch("LA-VTE", "validator.vte", "Cigarettes", "drug:cigarettes", alert=False),
    TrainingSearch("LA-HQ", "chief.hq", "Ketamine anywhere", "drug:ketamine OR ເຄຕາມີນ", severity="high", channels=("screen", "mail")),
    TrainingSearch("LA-HQ", "chief.hq", "More than 50 kg of drugs", "commodity:drugs kg:>50", severity="critical"),
    TrainingSearch("LA-HQ", "analyst.hq", "Parcels from Europe", "concealment:parcel (route:NL OR route:DE OR route:GB OR route:FR)"),
    TrainingSearch("LA-HQ", "analyst.hq", "Wildlife to neighbours", "commodity:wildlife_timber (route:>VN OR route:>CN)", alert=False),
    TrainingSearch("LA-SVK", "chief.hq", "Fuel and vehicles", "commodity:fuel_excise", severity="low"),
    TrainingSearch("LA-HOE", "chief.hq", "Methamphetamine from the river", "drug:methamphetamine mode:8", severity="high"),
)


def seed(settings: Settings) -> int:
    """How many were written now."""
    database = Database(settings, "search", pool_size=1)
    try:
        with database.unit_of_work() as work:
            searches = PostgresSavedSearches(work.connection)
            new = [training for training in SEARCHES if not searches.exists(training.id)]
            for training in new:
                made = searches.insert(training.id, training.content, training.by)
                data = {"id": made.id, "unit": made.unit, "alert": made.alert, "severity": made.severity, "channels": list(made.channels)}
                work.emit(SEARCH_EXCHANGE, [Event(SAVED_SEARCH_CHANGED, "/search", made.id, data, made.version, training.by, made.unit)])
            work.commit()
        return len(new)
    finally:
        database.dispose()
