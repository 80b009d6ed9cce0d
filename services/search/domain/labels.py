"""The code lists as the query language needs them: labels of a code, codes of a typed name, broader codes."""

from __future__ import annotations

from functools import lru_cache

from services.search.domain.analyse import analyse
from services.search.domain.normalise import fold
from shared.vocabulary import Vocabulary, vocabulary

LANGUAGES = ("en", "lo")


@lru_cache(maxsize=4096)
def labels_of(name: str, code: str) -> tuple[tuple[str, str], ...]:
    """(language, label) of a code; none for a code that the list does not know."""
    codes = vocabulary(name)
    if code not in codes:
        return ()
    labels = codes.entry(code).labels
    return tuple((language, labels[language]) for language in LANGUAGES if labels.get(language))


@lru_cache(maxsize=4096)
def with_broader(name: str, code: str) -> tuple[str, ...]:
    """The code and every code that includes it, nearest first."""
    codes = vocabulary(name)
    found = [code]
    while code in codes and (broader := codes.entry(code).broader) and broader not in found:
        code = broader
        found.append(code)
    return tuple(found)


@lru_cache(maxsize=4096)
def codes_named(name: str, text: str) -> tuple[str, ...]:
    """Codes that a typed text means: the one with this code, label or synonym, else all whose label holds its words."""
    codes = vocabulary(name)
    exact = codes.find(text) or _by_fold(codes).get(fold(text).strip())
    if exact:
        return (exact,)
    words = set(analyse(text).words)
    if not words:
        return ()
    return tuple(entry.code for entry in codes if any(words <= set(analyse(label).words) for label in entry.labels.values()))


@lru_cache(maxsize=64)
def _by_fold(codes: Vocabulary) -> dict[str, str]:
    """Names with our own folding, which also takes accents and the ways of writing Lao."""
    found: dict[str, str] = {}
    for entry in codes:
        for text in (entry.code, *entry.labels.values(), *entry.synonyms):
            found.setdefault(fold(text).strip(), entry.code)
    return found


def names_in(name: str) -> tuple[str, ...]:
    """Every folded name of a list: what a misspelt one is compared with."""
    return tuple(_by_fold(vocabulary(name)))
