"""Why a document matched: which conditions held, in which fields of the case, and the words that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from services.search.domain.document import Document, Source
from services.search.domain.evidence import positive_leaves, spans
from services.search.domain.fields import FIELDS
from services.search.domain.highlight import merged, snippet
from services.search.domain.matching import Prepared, holds
from services.search.domain.plan import AllOf, AnyOf, Between, Has, Leaf, Plan, TermBetween
from shared.vocabulary import vocabulary

# Where the value of an index stands in the case; text indexes name the path of their source instead.
_PATHS = {
    "id": ("id",),
    "case": ("case_no",),
    "status": ("status",),
    "origin": ("origin",),
    "classification": ("classification",),
    "office": ("office",),
    "unit": ("unit",),
    "country": ("place.country",),
    "commodity": ("goods.commodity",),
    "subtype": ("goods.subtype",),
    "drug": ("goods.subtype",),
    "hs": ("goods.hs_code",),
    "lines": ("goods",),
    "line": ("goods",),
    "kg": ("kilograms", "goods"),
    "mode": ("conveyances.mode",),
    "method": ("detection_method",),
    "procedure": ("procedure",),
    "concealment": ("concealment",),
    "offence": ("offence_types",),
    "route": ("route",),
    "container": ("conveyances.container_no",),
    "identifier": ("case_no", "conveyances", "goods.serials"),
    "date": ("occurred_on", "occurred_at"),
    "year": ("occurred_on", "occurred_at"),
    "month": ("occurred_on", "occurred_at"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that held.

    `field` is the query's ('' for free words), `text` a piece of the case's text or the English label of the code, `terms` the words
    found in it or the codes, `paths` where in the case they stand.
    """

    field: str
    text: str
    terms: tuple[str, ...]
    paths: tuple[str, ...]


def leaves(plan: Plan, document: Document | Prepared) -> frozenset[str]:
    """Keys of the conditions, not under a NOT, that hold."""
    asked = document if isinstance(document, Prepared) else Prepared(document)
    return frozenset(leaf.key for leaf in positive_leaves(plan) if holds(leaf, asked))


def fingerprint(keys: frozenset[str]) -> str:
    """The same for the same conditions, whatever the places and the order of the query."""
    return sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]


def reasons(plan: Plan, document: Document | Prepared) -> list[Reason]:
    """One for each condition that holds, in the order of the query; its text is the first source that bears it out, or the value itself."""
    asked = document if isinstance(document, Prepared) else Prepared(document)
    return [_reason(leaf, asked) for leaf in positive_leaves(plan) if holds(leaf, asked)]


def _reason(leaf: Leaf, asked: Prepared) -> Reason:
    found = [source for source in asked.document.all_sources() if spans(leaf, source)]
    values = list(_values(leaf.part, asked))
    paths = tuple(dict.fromkeys([*(source.path for source in found), *(path for index, _ in values for path in _PATHS[index])]))
    if found:
        text, terms = _quoted(leaf, found[0])
    else:
        terms = tuple(dict.fromkeys(value for index, value in values if index not in ("lines", "line")))
        text = ", ".join(_label(leaf.field, term) for term in terms)
    return Reason(leaf.field, text, terms, paths)


def _label(name: str, term: str) -> str:
    field = FIELDS.get(name)
    return vocabulary(field.vocabulary).label(term, "en") if field and field.vocabulary else term


def _quoted(leaf: Leaf, source: Source) -> tuple[str, tuple[str, ...]]:
    text = "".join(segment.text for segment in snippet(leaf, source))
    words = [source.text[start:end] for start, end in merged(source.text, spans(leaf, source))]
    return text, tuple(dict.fromkeys(words))


def _values(plan: Plan, asked: Prepared) -> Iterator[tuple[str, str]]:
    """(index, value as a person reads it) of the codes and numbers that hold."""
    match plan:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                if holds(part, asked):
                    yield from _values(part, asked)
        case Has(index, term) if index in _PATHS and holds(plan, asked):
            yield index, term
        case TermBetween(index) if holds(plan, asked):
            yield index, ""
        case Between(index) if holds(plan, asked):
            yield index, _number(index, asked.numbers[index])


def _number(index: str, value: int) -> str:
    if index == "kg":
        whole, rest = divmod(value, 10**9)
        return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") + " kg"
    digits = f"{value:08d}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
