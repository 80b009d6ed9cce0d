"""Where a source text bears out a condition: the places that highlights mark and reasons quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from services.search.domain.analyse import Token, analyse_trigrams, analyse_words
from services.search.domain.document import IMPORT, STEMMED, Source
from services.search.domain.matching import accepts
from services.search.domain.plan import Alike, AllOf, AnyOf, Begins, Has, Leaf, Near, Plan
from services.search.domain.stems import stem_of

Span = tuple[int, int]
_KINDS = ("_grams", "_sounds", "_stems")


def positive_leaves(plan: Plan) -> Iterator[Leaf]:
    """The conditions that are not under a NOT, in the order of the query, each once."""
    seen: set[str] = set()
    waiting: list[Plan] = [plan]
    while waiting:
        part = waiting.pop()
        match part:
            case Leaf(key):
                if key not in seen:
                    seen.add(key)
                    yield part
            case AllOf(parts) | AnyOf(parts):
                waiting.extend(reversed(parts))


def spans(plan: Plan, source: Source) -> list[Span]:
    """Places of a source's text that bear out any primitive of a leaf, as they come; empty where the leaf asks for no text."""
    match plan:
        case Leaf(_, _, part):
            return spans(part, source)
        case AllOf(parts) | AnyOf(parts):
            return [span for part in parts for span in spans(part, source)]
        case Has() | Begins() | Alike():
            return _each(plan, source)
        case Near(index, terms, slop):
            return _near(_tokens(source, index), terms, slop)
    return []


def _each(plan: Has | Begins | Alike, source: Source) -> list[Span]:
    tokens = _tokens(source, plan.index)
    if _split(plan.index)[1] == "_stems":
        language = source.language or "en"
        return [(token.start, token.end) for token in tokens if accepts(plan, stem_of(token.term, language))]
    return [(token.start, token.end) for token in tokens if accepts(plan, token.term)]


@lru_cache(maxsize=256)
def _split(index: str) -> tuple[str, str]:
    """An index's name and kind: (`title`, `_grams`)."""
    for kind in _KINDS:
        if index.endswith(kind):
            return index.removesuffix(kind), kind
    return index, ""


def _tokens(source: Source, index: str) -> Sequence[Token]:
    """The tokens of a source as they stand in an index; none when the source is no part of it."""
    name, kind = _split(index)
    inside = source.field != IMPORT if name == "all" else source.field == name and not source.label
    if not inside or (source.label and kind) or (kind == "_stems" and source.field not in STEMMED):
        return ()
    if kind in ("_grams", "_sounds"):
        return analyse_trigrams(source.text, heard=kind == "_sounds")
    return analyse_words(source.text)


def _near(tokens: Sequence[Token], terms: Sequence[str], slop: int) -> list[Span]:
    by_position = {token.position: token for token in tokens}
    if slop:
        first, second = terms
        pairs = [(left, right) for left in tokens if left.term == first for right in tokens if right.term == second]
        near = [pair for pair in pairs if abs(pair[1].position - pair[0].position - 1) <= slop]
        return [(token.start, token.end) for pair in near for token in pair]
    found = []
    for token in tokens:
        row = [by_position.get(token.position + offset) for offset in range(len(terms))]
        if all(other is not None and other.term == term for other, term in zip(row, terms, strict=True)):
            last = by_position[token.position + len(terms) - 1]
            found.append((token.start, last.end))
    return found
