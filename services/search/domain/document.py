"""A case as the index sees it: what every engine stores and the matcher evaluates, worked out once, in Python.

`texts` are sequences of terms with positions, `keywords` sets of whole terms, `numbers` whole numbers; the three tuples below name them.
Everything that repeats between cases (values, labels, broader codes) is cached: a case of an import costs little more than its new words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from services.search.domain.analyse import GAP, Analysed, analyse, analyse_stems
from services.search.domain.facts import facts_of
from services.search.domain.labels import labels_of

Json = Mapping[str, Any]

IMPORT = "import"
"""The field of what an import file said: kept out of the free words."""
TEXT_FIELDS = ("title", "narrative", "place", "region", "description", "brand", IMPORT)
# `<field>` holds words, `<field>_grams` trigrams of unspaced scripts; `all` joins every source of the case.
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

# Texts that people write in sentences, where stems help; names of places and brands have none.
STEMMED = frozenset({"title", "narrative", "description"})


class Source(NamedTuple):
    """A text of the case, for highlights and reasons: `field` of the query language ('' where it has none), `path` in the case.

    A `label` is the name of a code that the case holds; it is found by its words, and no screen highlights it.
    """

    field: str
    path: str
    language: str | None
    text: str
    label: bool = False


@dataclass(slots=True)
class Document:
    """`texts` holds, by index, one tuple of terms for each value (or run of trigrams): terms stand one position apart, tuples `GAP`."""

    id: str
    version: int
    sequence: int
    texts: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    keywords: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    imported: Json = field(default_factory=dict)

    def all_sources(self) -> Iterator[Source]:
        """`sources`, and what the import file said: not listed before it is asked for, since few ask and imports are many."""
        yield from self.sources
        yield from _import_sources(self.imported)

    def positions(self, index: str) -> list[tuple[int, str]]:
        """Every (position, term) of a text index: the definition of what an engine holds."""
        found: list[tuple[int, str]] = []
        start = 0
        for terms in self.texts.get(index, ()):
            found += [(start + offset, term) for offset, term in enumerate(terms)]
            start += len(terms) + GAP
        return found


def analyse_case(case: Json) -> Document:
    """The document of a full case (`shared.contracts.cases.NominalCase` as JSON); members that are absent count as empty."""
    facts = facts_of(case)
    document = Document(case["id"], case["version"], case.get("sequence", 0), keywords=facts.keywords, numbers=facts.numbers)
    document.sources = [*_own_sources(case), *_label_sources(case, document.keywords)]
    for source in document.sources:
        _add(document.texts, source)
    if case.get("import"):
        document.imported = case
        _add_imported(document.texts, case)
    return document


def _add(texts: dict[str, list[tuple[str, ...]]], source: Source) -> None:
    analysed = analyse(source.text)
    if not analysed.words:
        return
    texts.setdefault("all", []).append(analysed.words)
    if source.label:
        return
    if analysed.grams:
        texts.setdefault("all_grams", []).extend(analysed.grams)
        texts.setdefault("all_sounds", []).extend(analysed.sounds)
    if source.field in TEXT_FIELDS:
        _add_field(texts, source.field, analysed)
    if source.field in STEMMED:
        stems = analyse_stems(source.text, source.language)
        if stems:
            texts.setdefault("all_stems", []).append(stems)


def _add_imported(texts: dict[str, list[tuple[str, ...]]], case: Json) -> None:
    for text in (*_import_members(case["import"]), *(case.get("original") or {}).values()):
        analysed = analyse(text)
        if analysed.words:
            _add_field(texts, IMPORT, analysed)


def _import_members(source: Json) -> tuple[str, str, str]:
    return source["job"], source["file"], str(source["row"])


def _add_field(texts: dict[str, list[tuple[str, ...]]], name: str, analysed: Analysed) -> None:
    texts.setdefault(name, []).append(analysed.words)
    if analysed.grams:
        texts.setdefault(f"{name}_grams", []).extend(analysed.grams)


def sources_of(case: Json) -> Iterator[Source]:
    """The texts of a case as they were written, in the order in which a reader wants them."""
    yield from _own_sources(case)
    yield from _import_sources(case)


def _own_sources(case: Json) -> Iterator[Source]:
    if case.get("title"):
        yield Source("title", "title", None, case["title"])
    for language, text in (case.get("narrative") or {}).items():
        yield Source("narrative", f"narrative.{language}", language, text)
    place = case.get("place") or {}
    if place.get("name"):
        yield Source("place", "place.name", None, place["name"])
    if place.get("region"):
        yield Source("region", "place.region", None, place["region"])
    for number, line in enumerate(case.get("goods") or ()):
        yield from _goods_sources(f"goods[{number}]", line)
    for number, conveyance in enumerate(case.get("conveyances") or ()):
        yield from _plain(f"conveyances[{number}]", conveyance, _CONVEYANCE_TEXTS)
    for number, leg in enumerate(case.get("route") or ()):
        yield from _plain(f"route[{number}]", leg, ("place",))
    for number, concealment in enumerate(case.get("concealment") or ()):
        yield from _plain(f"concealment[{number}]", concealment, ("text",))
    yield from _plain("", case, ("offence_other", "legal_basis", "tags"))


_CONVEYANCE_TEXTS = (
    "registration",
    "vin",
    "imo",
    "mmsi",
    "make",
    "model",
    "colour",
    "flight_or_voyage",
    "container_no",
    "seals",
    "waybill",
)


def _goods_sources(path: str, line: Json) -> Iterator[Source]:
    for language, text in (line.get("description") or {}).items():
        yield Source("description", f"{path}.description.{language}", language, text)
    if line.get("brand"):
        yield Source("brand", f"{path}.brand", None, line["brand"])
    yield from _plain(path, line, ("right_holder", "serials", "lab_reference"))
    if line.get("cites"):
        yield from _plain(f"{path}.cites", line["cites"], ("taxon",))


def _plain(path: str, holder: Json, members: Iterable[str]) -> Iterator[Source]:
    """Texts without a field of their own: found by free words only."""
    for member in members:
        value = holder.get(member)
        if value:
            where = f"{path}.{member}" if path else member
            for text in (value,) if isinstance(value, str) else value:
                yield Source("", where, None, text)


def _import_sources(case: Json) -> Iterator[Source]:
    """Where an imported case comes from, and what its file said: found by `import:` and not by free words."""
    if case.get("import"):
        for member, text in zip(("job", "file", "row"), _import_members(case["import"]), strict=True):
            yield Source(IMPORT, f"import.{member}", None, text)
        for path, text in (case.get("original") or {}).items():
            yield Source(IMPORT, f"original.{path}", None, text)


def _label_sources(case: Json, keywords: Mapping[str, tuple[str, ...]]) -> Iterator[Source]:
    for code in keywords.get("subtype", ()):
        yield from _labels("drug", "goods.subtype", "subtypes", code)
    for code in keywords.get("country", ()):
        yield from _labels("country", "place.country", "countries", code)
    for code in dict.fromkeys(leg.get("country") for leg in case.get("route") or ()):
        if code and code not in keywords.get("country", ()):
            yield from _labels("route", "route.country", "countries", code)


@lru_cache(maxsize=4096)
def _labels(name: str, path: str, vocabulary: str, code: str) -> tuple[Source, ...]:
    return tuple(Source(name, path, language, label, label=True) for language, label in labels_of(vocabulary, code))
