"""Completion of what is being typed: fields, codes of a field by code or label, words of the cases that the asker may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.search.domain.fields import FIELDS, Field, field_named
from services.search.domain.normalise import fold
from services.search.domain.units import Units
from services.search.domain.writing import quoted
from services.search.ports import Readable, SearchEngine
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.vocabulary import vocabulary

MOST = 10
_FREE_WORDS = "all"
_SHORTEST = 2


def suggest(engine: SearchEngine, units: Units, readable: Readable, payload: Mapping[str, Any], language: str) -> dict[str, Any]:
    """`{items: [{kind, text, label, count}]}`: `text` is the whole query with the last word completed, kind is field, code or word."""
    query = payload.get("q") or ""
    if not isinstance(query, str):
        raise Unprocessable(errors=[FieldError("q", "wrong_type", N_("Enter text here."))])
    start = len(query) - len(query.split()[-1]) if query and not query[-1].isspace() else len(query)
    head, last = query[:start], query[start:]
    sign = "-" if last.startswith("-") else ""
    name, colon, value = last.removeprefix("-").partition(":")
    field = field_named(name) if colon else None
    found: list[dict[str, Any]] = []
    if field is not None:
        found = list(_values(field, name, value, units, language))
    elif len(name) >= _SHORTEST and not colon:
        found = [*_fields(name, language), *_words(engine, readable, name)]
    return {"items": [item | {"text": f"{head}{sign}{item['text']}"} for item in found[:MOST]]}


def _fields(beginning: str, language: str) -> Iterator[dict[str, Any]]:
    typed = fold(beginning)
    for field in FIELDS.values():
        names = (field.name, *(word for words in field.words.values() for word in words))
        named = next((name for name in names if fold(name).startswith(typed)), None)
        if named is not None:
            shown = field.words["lo"][0] if language == "lo" and named != field.name else named
            yield {"kind": "field", "text": f"{shown}:", "label": field.label, "count": None}


def _values(field: Field, name: str, beginning: str, units: Units, language: str) -> Iterator[dict[str, Any]]:
    typed = fold(beginning.strip('"')).strip()
    for code, label in _labels(field, units, language):
        if fold(code).startswith(typed) or any(word.startswith(typed) for word in (fold(label), *fold(label).split())):
            yield {"kind": "code", "text": f"{name}:{quoted(code)}", "label": label, "count": None}


def _labels(field: Field, units: Units, language: str) -> Iterator[tuple[str, str]]:
    if field.kind == "unit":
        yield from ((code, units.label(code, language)) for code in sorted(units.names))
    elif field.vocabulary:
        codes = vocabulary(field.vocabulary)
        yield from ((code, codes.label(code, language)) for code in codes.codes)


def _words(engine: SearchEngine, readable: Readable, beginning: str) -> Iterator[dict[str, Any]]:
    typed = fold(beginning)
    for term, count in engine.terms(_FREE_WORDS, typed, MOST, readable):
        yield {"kind": "word", "text": term, "label": term, "count": count}
