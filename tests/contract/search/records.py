"""Cases of every kind for the suite: written for it, none of them real."""

from __future__ import annotations

import random
from typing import Any

from services.search.domain.units import Units
from services.search.handlers.projecting import entry_of

UNITS = Units(
    names={
        "LA-HQ": {"en": "Central office", "lo": "ຫ້ອງການໃຫຍ່"},
        "LA-VTE": {"en": "Wattay airport", "lo": "ສະໜາມບິນວັດໄຕ"},
        "LA-VTE-A": {"en": "Arrivals", "lo": "ຂາເຂົ້າ"},
        "LA-LPB": {"en": "Luang Prabang", "lo": "ຫຼວງພະບາງ"},
    },
    parents={"LA-HQ": None, "LA-VTE": "LA-HQ", "LA-VTE-A": "LA-VTE", "LA-LPB": "LA-HQ"},
)
ENGLISH = (
    "false bottom of a suitcase",
    "the bottom was false and hollow",
    "methamphetamine tablets in a spare tyre",
    "ketamine powder, white, sewn into clothing",
    "Saint-Denis parcel; crème with cocaïne",
    "detector dog at the airport gate 4",
    "two kilograms of heroin beside cannabis resin",
)
LAO = (
    "ພົບຢາບ້າເຊື່ອງໄວ້ໃນກະເປົາເດີນທາງ",
    "ເຈົ້າໜ້າທີ່ພາສີກວດພົບເຮໂຣອິນຢູ່ດ່ານສາກົນ",
    "ນ້ຳມັນເຖື່ອນ ໒໐໐ ລິດ ຢູ່ແມ່ນ້ຳຂອງ",
)
SUBTYPES = ("heroin", "ketamine", "cocaine", "cannabis_resin", None)
COUNTRIES = ("LA", "TH", "VN", "CN", "ES", None)


def case(sequence: int, **changes: Any) -> dict[str, Any]:
    """One full case as `cases` tells it; the same number gives the same case."""
    chance = random.Random(sequence)
    unit = chance.choice(tuple(UNITS.parents))
    month = f"{2013 + sequence % 3}-{1 + sequence % 12:02d}"
    goods = [_line(chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    weights = [line["quantity_kg"] for line in goods if line["quantity_kg"]]
    made = {
        "id": f"0193a4c0-0000-7000-8000-{sequence:012x}",
        "sequence": sequence,
        "case_no": f"{unit}-{month[:4]}-{sequence:06d}",
        "version": 1,
        "status": chance.choice(("submitted", "validated", "published", "cancelled")),
        "origin": chance.choice(("recorded", "imported")),
        "classification": chance.choice(("unclassified", "restricted", "restricted", "secret")),
        "office": unit,
        "unit": unit,
        "created_by": f"officer{sequence % 5}",
        "submitted_by": f"officer{sequence % 5}",
        "lead_officer": None,
        "title": chance.choice(ENGLISH),
        "narrative": {"en": chance.choice(ENGLISH), "lo": chance.choice(LAO)} if sequence % 2 else {},
        "occurred_on": f"{month}-{1 + sequence % 28:02d}" if sequence % 9 else None,
        "place": {"name": chance.choice(("Wattay International Airport", "ດ່ານມິດຕະພາບ", "São Paulo")), "country": chance.choice(COUNTRIES)},
        "detection_method": chance.choice(("risk_profile", "detector_dog", None)),
        "offence_types": ["concealment"],
        "goods": goods,
        "kilograms": str(sum(map(float, weights))) if weights else None,
        "route": [{"role": "departure", "country": "CO"}, {"role": "destination", "country": chance.choice(("ES", "LA"))}],
        "conveyances": [{"mode": chance.choice(("4", "3")), "container_no": "MSKU1234565"}] if sequence % 4 == 0 else [],
        "concealment": [{"code": "hold_baggage"}] if sequence % 3 == 0 else [],
    }
    return made | changes


def _line(chance: random.Random) -> dict[str, Any]:
    kilograms = chance.choice((None, "0.5", "1", "12.25", "50"))
    return {
        "commodity": "drugs",
        "subtype": chance.choice(SUBTYPES),
        "hs_code": chance.choice(("293911", None)),
        "brand": chance.choice(("Golden (Lion)", None, None)),
        "description": {"en": chance.choice(ENGLISH)},
        "quantity_kg": kilograms,
    }


entry = entry_of
