"""Words of codes, out of the vocabularies: for one code, and as the choices of a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.vocabulary import Entry, vocabulary

SEPARATOR = "/"
SYMBOLS = {"KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "t", "LTR": "l", "MLT": "ml", "MTR": "m", "MTK": "m²", "MTQ": "m³", "HAR": "ha"}
WITHOUT_PLURAL = {"head", "viss", "long", "short", "troy", "cubic", "square", "metric"}
OTHER_LANGUAGE = {"en": "lo", "lo": "en"}

# What stands first in a long list, because most records take it.
COMMON_UNITS = ("KGM", "GRM", "U2", "H87", "LTR", "stick", "carton_200", "bottle", "HEA", "MTQ", "TNE")
COMMON_CURRENCIES = ("LAK", "USD", "THB", "CNY", "VND", "EUR")
COMMON_COUNTRIES = ("LA", "TH", "VN", "CN", "MM", "KH")


@dataclass(frozen=True, slots=True)
class Choice:
    """`other` is the label in the other language, `words` are further names that find it."""

    code: str
    text: str
    other: str = ""
    words: str = ""

    def __iter__(self) -> Iterator[str]:
        """Templates unpack `code, text`."""
        return iter((self.code, self.text))


def label(name: str, code: str | None, language: str) -> str:
    """An unknown code is its own label; nothing is nothing."""
    return vocabulary(name).label(code, language) if code else ""


@cache
def choices(name: str, language: str) -> tuple[Choice, ...]:
    return tuple(_choice(entry, language) for entry in vocabulary(name) if not entry.retired)


@cache
def choices_first(name: str, language: str, first: tuple[str, ...]) -> tuple[Choice, ...]:
    """The common ones in their order, then the rest in the order of the page's language."""
    by_code = {choice.code: choice for choice in choices(name, language)}
    common = [by_code.pop(code) for code in first if code in by_code]
    return (*common, *sorted(by_code.values(), key=lambda choice: choice.text.casefold()))


def unit_choices(language: str) -> tuple[Choice, ...]:
    return choices_first("units", language, COMMON_UNITS)


def country_choices(language: str) -> tuple[Choice, ...]:
    return choices_first("countries", language, COMMON_COUNTRIES)


def currency_choices(language: str) -> tuple[Choice, ...]:
    return choices_first("currencies", language, COMMON_CURRENCIES)


@cache
def goods_choices(language: str) -> tuple[Choice, ...]:
    """Commodities and their subtypes in one list: `drugs`, `drugs/heroin`."""
    subtypes = list(vocabulary("subtypes"))
    found = []
    for commodity in vocabulary("commodities"):
        if commodity.retired:
            continue
        found.append(_choice(commodity, language))
        for subtype in subtypes:
            if subtype.properties.get("commodity") == commodity.code and not subtype.retired:
                choice = _choice(subtype, language)
                text = f"{commodity.label(language)} · {choice.text}"
                found.append(Choice(f"{commodity.code}{SEPARATOR}{subtype.code}", text, choice.other, choice.words))
    return tuple(found)


def goods_label(kind: str | None, language: str) -> str:
    commodity, _, subtype = (kind or "").partition(SEPARATOR)
    return label("subtypes", subtype, language) or label("commodities", commodity, language)


def amount(number: str, unit: str | None, language: str) -> str:
    """`12.4 kg`, `137,600 tablets`: metric units by their symbol in English, others in words; Lao words have no plural."""
    if language == "en":
        word = SYMBOLS.get(unit or "") or _english_plural(label("units", unit, language).lower(), number)
    else:
        word = label("units", unit, language)
    return f"{number} {word}".strip()


def _english_plural(words: str, number: str) -> str:
    first, blank, rest = words.partition(" ")
    if number == "1" or first in WITHOUT_PLURAL or not first.isalpha():
        return words
    return f"{first}{'es' if first.endswith(('s', 'x', 'ch')) else 's'}{blank}{rest}"


def _choice(entry: Entry, language: str) -> Choice:
    other = entry.labels.get(OTHER_LANGUAGE[language], "")
    return Choice(entry.code, entry.label(language), other, " ".join(entry.synonyms))
