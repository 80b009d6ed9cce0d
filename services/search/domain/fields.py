"""The one table of fields of the query language: parser, help panel, compiler and facets read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from services.search.domain.normalise import fold
from shared.i18n import N_

Kind = Literal["text", "code", "unit", "identifier", "hs", "number", "date", "route"]


@dataclass(frozen=True, slots=True)
class Field:
    """`words` are the names that may be typed, by language, the first one shown; `index` is where the values stand in the document.

    `vocabulary` names the code list of a coded field; `facet` is the index whose values are counted ('' for none); `line` marks conditions
    that hold together for one goods line.
    """

    name: str
    kind: Kind
    index: str
    label: str
    help: str
    example: str
    words: Mapping[str, tuple[str, ...]]
    vocabulary: str = ""
    facet: str = ""
    line: bool = False


def _words(lao: str, *more: str) -> Mapping[str, tuple[str, ...]]:
    return {"lo": tuple(lao.split("|")), "en": more}


_TABLE = (
    Field("drug", "code", "drug", N_("Goods"), N_("Drug or other kind of goods, by code or name, with all that it includes"),
          "drug:heroin", _words("ຢາ", "subtype", "substance"), "subtypes", facet="subtype", line=True),
    Field("commodity", "code", "commodity", N_("Commodity"), N_("Group of goods"), "commodity:drugs", _words("ສິນຄ້າ"),
          "commodities", facet="commodity"),
    Field("kg", "number", "kg", N_("Weight"), N_("Kilograms of the case; beside drug:, hs: or brand: those of one goods line"),
          "kg:>10", _words("ກິໂລ", "weight"), line=True),
    Field("hs", "hs", "hs", N_("HS code"), N_("Two, four or six digits of the HS code"), "hs:2939", _words("ລະຫັດສິນຄ້າ"), line=True),
    Field("brand", "text", "brand", N_("Brand"), N_("Words of the brand"), "brand:example", _words("ຍີ່ຫໍ້"), line=True),
    Field("country", "code", "country", N_("Country"), N_("Country of the place of seizure, by ISO code or name"), "country:LA",
          _words("ປະເທດ"), "countries", facet="country"),
    Field("place", "text", "place", N_("Place"), N_("Words of the place's name"), "place:airport", _words("ສະຖານທີ່")),
    Field("region", "text", "region", N_("Region"), N_("Words of the province or region"), "region:bokeo", _words("ແຂວງ", "province")),
    Field("office", "unit", "office", N_("Office"), N_("Customs office, by code or name"), "office:LA-VTE", _words("ຫ້ອງການ"),
          facet="office"),
    Field("unit", "unit", "unit", N_("Unit"), N_("Unit with all units below it, by code or name"), "unit:LA-VTE", _words("ໜ່ວຍງານ"),
          facet="unit"),
    Field("status", "code", "status", N_("Status"), N_("Status of the case"), "status:validated", _words("ສະຖານະ"), "statuses",
          facet="status"),
    Field("date", "date", "date", N_("Date"), N_("Day, month or year of the seizure, or a range"), "date:2014-01-01..2014-06-30",
          _words("ວັນທີ"), facet="month"),
    Field("route", "route", "route", N_("Route"), N_("Departure to destination, by ISO code or name"), "route:CO>ES", _words("ເສັ້ນທາງ")),
    Field("mode", "code", "mode", N_("Transport"), N_("Mode of transport"), "mode:4", _words("ຂົນສົ່ງ"), "transport_modes", facet="mode"),
    Field("method", "code", "method", N_("How it was found"), N_("Detection method"), "method:detector_dog", _words("ວິທີ"),
          "detection_methods", facet="method"),
    Field("concealment", "code", "concealment", N_("Hidden"), N_("Where the goods were hidden"), "concealment:hold_baggage",
          _words("ຊຸກເຊື່ອງ"), "concealment", facet="concealment"),
    Field("procedure", "code", "procedure", N_("Procedure"), N_("Customs procedure"), "procedure:transit", _words("ລະບອບພາສີ"),
          "procedures", facet="procedure"),
    Field("offence", "code", "offence", N_("Offence"), N_("Type of offence"), "offence:concealment", _words("ການກະທຳຜິດ"),
          "offence_types", facet="offence"),
    Field("origin", "code", "origin", N_("Origin of the record"), N_("Recorded, imported or training"), "origin:imported",
          _words("ທີ່ມາ"), "origins", facet="origin"),
    Field("classification", "code", "classification", N_("Classification"), N_("Classification of the case"),
          "classification:restricted", _words("ຊັ້ນຄວາມລັບ"), "classifications"),
    Field("case", "identifier", "case", N_("Case number"), N_("Case number, whole or its beginning with *"), "case:LA-VTE-2026-000123",
          _words("ເລກຄະດີ|ເລກທີຄະດີ", "case_no")),
    Field("container", "identifier", "container", N_("Container"), N_("Container number, whole or its beginning with *"),
          "container:MSKU1234565", _words("ຕູ້")),
    Field("identifier", "identifier", "identifier", N_("Number or plate"),
          N_("Plate, chassis, flight, container, seal, waybill or serial number, with or without punctuation"), "identifier:XX123",
          _words("ໝາຍເລກ", "number", "plate", "flight", "seal", "waybill", "vin", "imo", "serial")),
    Field("title", "text", "title", N_("Title"), N_("Words of the title"), "title:suitcase", _words("ຫົວຂໍ້")),
    Field("narrative", "text", "narrative", N_("Narrative"), N_("Words of the narrative, in any language"), "narrative:false",
          _words("ລາຍລະອຽດ")),
    Field("description", "text", "description", N_("Description"), N_("Words of the goods' description"), "description:powder",
          _words("ຄຳອະທິບາຍ")),
    Field("import", "text", "import", N_("Import"), N_("Job, file, row or original values of an imported case"), "import:buprenorphine",
          _words("ນຳເຂົ້າຂໍ້ມູນ")),
)  # fmt: skip

FIELDS: Mapping[str, Field] = {field.name: field for field in _TABLE}


@lru_cache(maxsize=1)
def _by_word() -> dict[str, Field]:
    found = {field.name: field for field in _TABLE}
    for field in _TABLE:
        for words in field.words.values():
            for word in words:
                found.setdefault(fold(word), field)
    return found


@lru_cache(maxsize=1024)
def field_named(word: str) -> Field | None:
    """The field that a typed word means, in any language and case."""
    return _by_word().get(fold(word))


def field_like(word: str) -> str:
    """The nearest word for a mistyped one, '' when none is near."""
    return next(iter(get_close_matches(fold(word), _by_word(), n=1, cutoff=0.6)), "")


def describe(field: Field) -> dict[str, object]:
    """One entry of `GET /search/fields`; label and help are gettext ids."""
    return {
        "name": field.name,
        "kind": field.kind,
        "label": field.label,
        "help": field.help,
        "example": field.example,
        "words": {"en": [field.name, *field.words["en"]], "lo": list(field.words["lo"])},
        "vocabulary": field.vocabulary or None,
        "facet": bool(field.facet),
    }
