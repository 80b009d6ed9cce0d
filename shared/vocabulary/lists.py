from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

import orjson

LISTS = Path(__file__).parent / "data" / "lists"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Entry:
    """`broader` is the code that includes this one; `properties` are what a list adds, such as a unit's `kilograms`."""

    code: str
    labels: Mapping[str, str]
    retired: bool = False
    broader: str | None = None
    synonyms: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """In the language asked for, else in English, else the code itself."""
        return self.labels.get(language) or self.labels.get("en") or self.code


class Vocabulary:
    """One code list, in the order of its source."""

    def __init__(self, name: str, entries: Mapping[str, Entry]) -> None:
        self.name = name
        self._entries = entries
        self.codes = tuple(code for code, entry in entries.items() if not entry.retired)
        self.all_codes = frozenset(entries)

    def __contains__(self, code: object) -> bool:
        """Whether the code exists, retired or not."""
        return code in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, code: str) -> Entry:
        """Raises KeyError for an unknown code."""
        return self._entries[code]

    def label(self, code: str, language: str) -> str:
        """An unknown code is its own label: records may be older or newer than this list."""
        entry = self._entries.get(code)
        return code if entry is None else entry.label(language)

    def is_retired(self, code: str) -> bool:
        entry = self._entries.get(code)
        return entry is not None and entry.retired

    def narrower(self, code: str) -> frozenset[str]:
        """The code and all that it includes."""
        found = {code}
        waiting = [code]
        while waiting:
            children = self._children.get(waiting.pop(), ())
            waiting.extend(child for child in children if child not in found)
            found.update(children)
        return frozenset(found)

    def find(self, text: str) -> str | None:
        """The code for a code, a label in any language or a synonym, however cased and spaced; None when none has this name."""
        return self._names.get(fold(text))

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for entry in self:
            if entry.broader:
                children.setdefault(entry.broader, []).append(entry.code)
        return children

    @cached_property
    def _names(self) -> dict[str, str]:
        """Codes win over labels and labels over synonyms where one name means two."""
        found: dict[str, str] = {}
        for names_of in (lambda e: (e.code,), lambda e: e.labels.values(), lambda e: e.synonyms):
            for entry in self:
                for name in names_of(entry):
                    found.setdefault(fold(name), entry.code)
        return found


def fold(text: str) -> str:
    """NFC, not NFKC, which takes Lao apart; case folded, invisible characters dropped, blanks made one."""
    return " ".join(normalize("NFC", text.translate(_INVISIBLE)).casefold().split())


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in LISTS.glob("*.json")))


@cache
def vocabulary(name: str) -> Vocabulary:
    """Raises KeyError for an unknown list."""
    if name not in names():
        raise KeyError(name)
    raw: dict[str, dict[str, Any]] = orjson.loads((LISTS / f"{name}.json").read_bytes())
    return Vocabulary(name, {code: _entry(code, values) for code, values in raw.items()})


@cache
def kilogram_factor(unit: str) -> Decimal | None:
    """Kilograms in one of the unit, or None where no conversion is known: never guessed."""
    units = vocabulary("units")
    factor = units.entry(unit).properties.get("kilograms") if unit in units else None
    return None if factor is None else Decimal(factor)


def _entry(code: str, values: dict[str, Any]) -> Entry:
    known = ("en", "lo", "retired", "broader", "synonyms")
    return Entry(
        code=code,
        labels={language: values[language] for language in ("en", "lo") if language in values},
        retired=values.get("retired", False),
        broader=values.get("broader"),
        synonyms=tuple(values.get("synonyms", ())),
        properties={name: value for name, value in values.items() if name not in known},
    )
