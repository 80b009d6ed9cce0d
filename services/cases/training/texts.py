"""Titles and narratives of training cases, in English and Lao, put together from whole sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from babel.dates import format_date
from babel.numbers import format_decimal

from services.cases.training.material import Office, phrases
from shared.vocabulary import vocabulary

LANGUAGES = ("en", "lo")
_BY_WEIGHT = ("KGM", "GRM", "TNE")


@dataclass(frozen=True, slots=True)
class Find:
    """What the sentences speak of. `goods` is its name by language."""

    goods: dict[str, str]
    quantity: Decimal
    unit: str
    way: str
    conveyance: str
    concealment: str
    method: str
    office: Office
    day: date


def title(find: Find, language: str) -> str:
    words = {"goods": find.goods[language], "concealment": _concealment(find, language)}
    return str(phrases()["title"][language] % words)


def narrative(find: Find, language: str, endings: list[int]) -> str:
    words = {
        "date": format_date(find.day, "d MMMM y", locale=language),
        "office": find.office.names[language],
        "conveyance": _conveyance(find, language),
        "goods": _inside(find.goods[language]),
        "amount": amount(find.quantity, find.unit, language),
        "concealment": _concealment(find, language),
    }
    sentences = [phrases()["openings"][find.way][language], phrases()["findings"][find.method][language]]
    sentences = [sentence % words for sentence in sentences]
    return " ".join(sentences + [phrases()["endings"][index][language] for index in endings])


def pick_endings(random: Random) -> list[int]:
    return random.sample(range(len(phrases()["endings"])), random.choice((1, 1, 2)))


def amount(quantity: Decimal, unit: str, language: str) -> str:
    name = phrases()["units"][unit] if language == "en" else vocabulary("units").label(unit, language)
    kind = "weight" if unit in _BY_WEIGHT else "count"
    return str(phrases()["amount"][kind][language] % {"number": format_decimal(quantity, locale=language), "unit": name})


def _concealment(find: Find, language: str) -> str:
    return str(phrases()["concealment"][find.concealment][language])


def _conveyance(find: Find, language: str) -> str:
    return _inside(vocabulary("conveyance_types").label(find.conveyance, language)) if find.conveyance else ""


def _inside(label: str) -> str:
    """A label as it stands inside a sentence; abbreviations keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
