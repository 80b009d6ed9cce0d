"""The fields of the tantivy index, and a document as the JSON that tantivy takes fastest.

Text indexes get terms parted by spaces; marks between the values of a field leave the gap that no phrase crosses. Each order of a list
is one unsigned number, the key and the case's sequence packed together, so that a range on it is "after this hit".
"""

from __future__ import annotations

import base64
from typing import Any

import orjson
import tantivy
from tantivy import Filter, SchemaBuilder, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from services.search.adapters.tantivy_query import RANGE_INDEXES, range_term
from services.search.domain.document import KEYWORD_INDEXES, NUMBER_INDEXES, TEXT_INDEXES
from services.search.domain.values import MAX_SLOP
from services.search.ports import Entry

# Raised when what is written changes: an index of another version is built anew.
SCHEMA_VERSION = 1
FACETS = (
    "commodity", "subtype", "country", "office", "unit", "method", "mode", "procedure", "concealment", "offence", "status",
    "origin", "year", "month",
)  # fmt: skip
SEQUENCE = "sequence"
VERSION = "version"
SOURCE = "source"
AUTHOR = "author"
CASE_KEY = "case_key"
TOKENS = "tokens"

SEQUENCE_BITS = 28
_KEY_BITS = 64 - SEQUENCE_BITS
_LAST = (1 << _KEY_BITS) - 1
_MANTISSA_BITS = 30
# Taken out by the analyser, but each moves the position on. A gap wider than any slop is as good as a wider one, and cheaper.
_SKIPPED = "-"
_BETWEEN_RUNS = " " + f"{_SKIPPED} " * (MAX_SLOP + 1)


def build_schema() -> tantivy.Schema:
    builder = SchemaBuilder()
    for name in TEXT_INDEXES:
        builder.add_text_field(name, tokenizer_name=TOKENS, index_option="position")
    for name in (*KEYWORD_INDEXES, AUTHOR):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in FACETS)
    for name in NUMBER_INDEXES:
        builder.add_integer_field(name, fast=True)
    for name in ("date_down", "date_up", "kg_down", "kg_up", VERSION):
        builder.add_unsigned_field(name, fast=True)
    builder.add_unsigned_field(SEQUENCE, fast=True, indexed=True)
    builder.add_text_field(CASE_KEY, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_bytes_field(SOURCE, stored=True)
    return builder.build()


def token_analyser() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.custom_stopword([_SKIPPED])).build()


def encode(entry: Entry) -> str:
    """One document for `IndexWriter.add_json`."""
    document = entry.document
    values: dict[str, Any] = {name: _runs(runs) for name, runs in document.texts.items() if runs}
    values.update(document.keywords)
    values.update((name, [range_term(term) for term in document.keywords[name]]) for name in RANGE_INDEXES & document.keywords.keys())
    values.update(document.numbers)
    values.update(sort_keys(entry))
    values[SEQUENCE] = entry.sequence
    values[VERSION] = entry.version
    values[AUTHOR] = entry.authors
    values[SOURCE] = base64.b64encode(entry.source).decode()
    return orjson.dumps(values).decode()


def sort_keys(entry: Entry) -> dict[str, Any]:
    """Cases without a date or weight come last in either direction."""
    numbers = entry.document.numbers
    day, weight = numbers.get("date"), numbers.get("kg")
    day_key = None if day is None else day
    weight_key = None if weight is None else order_key(weight)
    return {
        "date_down": _pack(day_key or 0, entry.sequence),
        "date_up": _pack(_LAST if day_key is None else day_key, entry.sequence),
        "kg_down": _pack(weight_key or 0, entry.sequence),
        "kg_up": _pack(_LAST if weight_key is None else weight_key, entry.sequence),
        CASE_KEY: case_key(entry.case_no),
    }


def order_key(number: int) -> int:
    """A whole number from 0 to 2**63 in 36 bits, in order; exact to one part in a thousand million, which no scale reads."""
    exponent = number.bit_length()
    surplus = exponent - 1 - _MANTISSA_BITS
    mantissa = number >> surplus if surplus > 0 else number << -surplus
    return (exponent << _MANTISSA_BITS | mantissa & (1 << _MANTISSA_BITS) - 1) + 1


def case_key(case_no: str) -> str:
    """Hexadecimal, so that it is one word of the range syntax and sorts as the number does."""
    return case_no.encode().hex()


def _pack(key: int, sequence: int) -> int:
    return key << SEQUENCE_BITS | sequence


def _runs(runs: list[tuple[str, ...]]) -> str:
    return _BETWEEN_RUNS.join([" ".join(run) for run in runs])
