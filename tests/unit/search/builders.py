"""Cases as JSON for the tests of the search domain: all invented."""

from __future__ import annotations

from decimal import Decimal

from services.search.domain.compiling import compile_query
from services.search.domain.document import Document, analyse_case
from services.search.domain.matching import holds
from services.search.domain.query import parse
from services.search.domain.units import Units

UNITS = Units(
    names={
        "LA-HQ": {"en": "Customs Department", "lo": "ກົມພາສີ"},
        "LA-VT": {"en": "Vientiane Capital customs"},
        "LA-VTE": {"en": "Wattay International Airport", "lo": "ສະໜາມບິນສາກົນວັດໄຕ"},
        "LA-BOT": {"en": "Boten checkpoint"},
    },
    parents={"LA-HQ": None, "LA-VT": "LA-HQ", "LA-VTE": "LA-VT", "LA-BOT": "LA-HQ"},
)


def case(**changes):
    """A complete case; `changes` replace whole members, and the total follows the lines."""
    made = {
        "id": "0192d1a0-0000-7000-8000-000000000001",
        "version": 1,
        "sequence": 7,
        "case_no": "LA-VTE-2026-000123",
        "status": "submitted",
        "origin": "training",
        "classification": "restricted",
        "office": "LA-VTE",
        "unit": "LA-VTE",
        "offence_types": ["concealment"],
        "occurred_on": "2026-03-02",
        "place": {"name": "Wattay International Airport", "country": "LA", "region": "Vientiane Capital"},
        "procedure": "passenger",
        "detection_method": "risk_profile",
        "title": "Ketamine in a suitcase",
        "narrative": {"en": "Two suitcases with a false bottom.", "lo": "ພົບເຫັນເຄຕາມີນ ນ້ຳໜັກ 2,4 ກິໂລກຣາມ ຢູ່ພື້ນກະເປົາ"},
        "goods": [line("ketamine", "2.400", description={"en": "white powder"})],
        "route": [{"role": "departure", "country": "TH"}, {"role": "transit", "country": "VN"}, {"role": "destination", "country": "LA"}],
        "conveyances": [{"mode": "4", "flight_or_voyage": "XX123", "container_no": "MSKU 123456-5", "seals": ["S-77"]}],
        "concealment": [{"code": "hold_baggage", "text": "glued lining"}],
    }
    made.update(changes)
    weights = [Decimal(one["quantity_kg"]) for one in made["goods"] if one.get("quantity_kg")]
    made.setdefault("kilograms", str(sum(weights)) if weights else None)
    return made


def line(subtype, kilograms=None, **more):
    made = {"commodity": "drugs", "subtype": subtype, **more}
    if kilograms is not None:
        made |= {"quantity": kilograms, "unit": "KGM", "quantity_kg": kilograms}
    return made


def document(**changes) -> Document:
    return analyse_case(case(**changes))


def plan(query, units=UNITS):
    return compile_query(parse(query), units)


def found(query, made: Document | None = None, units=UNITS) -> bool:
    """Whether the query finds the document (the usual one when none is given)."""
    return holds(plan(query, units), made or document())
