"""Where a source text bears out a condition: the places that highlights mark and reasons quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from services.search.domain.analyse import analyse_words, runs_with_places, sound
from services.search.domain.document import IMPORT, STEMMED, Source
from services.search.domain.matching import accepts
from services.search.domain.normalise import normalise
from services.search.domain.plan import Alike, AllOf, AnyOf, Begins, Has, Leaf, Near, Plan
from services.search.domain.stems import LANGUAGES, stem_of

Span = tuple[int, int]
_STEMS = "_stems"
_RUNS = ("_grams", "_sounds")
_KINDS = (*_RUNS, _STEMS)


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
        case Has() | Near() if _split(plan.index)[1] in _RUNS:
            return _runs(plan, source) if _is_in(source, plan.index) else []
        case Has() | Begins() | Alike() | Near() if _is_in(source, plan.index):
            return _words(plan, source)
    return []


def _is_in(source: Source, index: str) -> bool:
    """Whether the text of a source stands in an index."""
    name, kind = _split(index)
    inside = source.field != IMPORT if name == "all" else source.field == name and not source.label
    stemmed = source.field in STEMMED and (source.language or "en") in LANGUAGES
    return inside and not (source.label and kind) and (kind != _STEMS or stemmed)


def _words(plan: Has | Begins | Alike | Near, source: Source) -> list[Span]:
    if isinstance(plan, Near):
        return _near(plan, source.text) if _may_hold(source.text, plan.terms) else []
    if _split(plan.index)[1] == _STEMS:
        language = source.language or "en"
        return [(token.start, token.end) for token in analyse_words(source.text) if accepts(plan, stem_of(token.term, language))]
    if isinstance(plan, Alike) or _may_hold(source.text, (_beginning(plan),)):
        return [(token.start, token.end) for token in analyse_words(source.text) if accepts(plan, token.term)]
    return []


def _beginning(plan: Has | Begins) -> str:
    return plan.term if isinstance(plan, Has) else plan.prefix


def _may_hold(text: str, terms: Sequence[str]) -> bool:
    """A quick no for most texts: cutting into words costs far more than looking for their letters."""
    folded = normalise(text).text
    return all(term in folded for term in terms)


def _near(plan: Near, text: str) -> list[Span]:
    tokens = analyse_words(text)
    if plan.slop:
        first, second = plan.terms
        pairs = [(left, right) for left in tokens if left.term == first for right in tokens if right.term == second]
        near = [pair for pair in pairs if abs(pair[1].position - pair[0].position - 1) <= plan.slop]
        return [(token.start, token.end) for pair in near for token in pair]
    terms, size = list(plan.terms), len(plan.terms)
    return [
        (token.start, tokens[token.position + size - 1].end)
        for token in tokens
        if token.term == terms[0] and [other.term for other in tokens[token.position : token.position + size]] == terms
    ]


def _runs(plan: Has | Near, source: Source) -> list[Span]:
    """Trigrams in a row are a piece of a run: looked for as such."""
    terms = plan.terms if isinstance(plan, Near) else (plan.term,)
    piece = terms[0] + "".join([term[-1] for term in terms[1:]])
    heard = plan.index.endswith("_sounds")
    written = "".join(normalise(source.text).text.split())
    if piece not in (sound(written) if heard else written):
        return []
    return [
        (places[start][0], places[start + len(piece) - 1][1])
        for run, places in runs_with_places(source.text, heard=heard)
        for start in _all_starts(run, piece)
    ]


def _all_starts(run: str, piece: str) -> Iterator[int]:
    start = run.find(piece)
    while start >= 0:
        yield start
        start = run.find(piece, start + 1)


@lru_cache(maxsize=256)
def _split(index: str) -> tuple[str, str]:
    """An index's name and kind: (`title`, `_grams`)."""
    for kind in _KINDS:
        if index.endswith(kind):
            return index.removesuffix(kind), kind
    return index, ""
