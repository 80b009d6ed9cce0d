"""A case as the index sees it: what every engine stores and the matcher evaluates, worked out once, in Python.

`texts` are sequences of terms with positions, `keywords` sets of whole terms, `numbers` whole numbers. Names are those of `INDEXES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.search.domain.analyse import GAP

TEXT_FIELDS = ("title", "narrative", "place", "region", "description", "brand", "import")
# `<field>` holds words, `<field>_grams` trigrams of unspaced scripts; `all` joins the texts of the case.
TEXT_INDEXES = (
    *TEXT_FIELDS,
    *(f"{name}_grams" for name in TEXT_FIELDS),
    "all",
    "all_grams",
    "all_sounds",
    "all_stems",
)
KEYWORD_INDEXES = (
    "id", "case", "status", "origin", "classification", "office", "unit", "country", "commodity", "subtype", "drug", "mode", "method",
    "procedure", "concealment", "offence", "hs", "route", "year", "month", "container", "identifier", "lines", "line",
)  # fmt: skip
NUMBER_INDEXES = ("kg", "date")
"""`kg` in micrograms (a signed 64-bit number), `date` as 20140630."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text as the officer wrote it, for highlights: `field` of the query language, `path` in the case, `language` where known."""

    field: str
    path: str
    language: str | None
    text: str


@dataclass(slots=True)
class Document:
    id: str
    version: int
    sequence: int
    # By index: one tuple of terms for each value (or gram run), one position apart, GAP positions between two tuples.
    texts: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    keywords: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    def positions(self, index: str) -> list[tuple[int, str]]:
        """Every (position, term) of a text index: the definition of what an engine holds."""
        found: list[tuple[int, str]] = []
        start = 0
        for terms in self.texts.get(index, ()):
            found += [(start + offset, term) for offset, term in enumerate(terms)]
            start += len(terms) + GAP
        return found
