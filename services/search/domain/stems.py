"""Light stems of Latin words, each language's own; a stem only ever widens free words and ranks below the word itself."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

import snowballstemmer

_NAMES = {"en": "english", "fr": "french", "es": "spanish"}
_SHORTEST = 4


@lru_cache(maxsize=1)
def _stemmers() -> dict[str, object]:
    return {language: snowballstemmer.stemmer(name) for language, name in _NAMES.items()}


@lru_cache(maxsize=65_536)
def stems_of(word: str) -> MappingProxyType[str, str]:
    """The stem of a folded word by language; empty where there is none to take (short words, digits, other scripts)."""
    if len(word) < _SHORTEST or not word.isascii() or not word.isalpha():
        return MappingProxyType(dict.fromkeys(_NAMES, ""))
    return MappingProxyType({language: stemmer.stemWord(word) for language, stemmer in _stemmers().items()})  # type: ignore[attr-defined]  # snowballstemmer has no types
