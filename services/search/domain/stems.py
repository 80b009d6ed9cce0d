"""Light stems of Latin words, each language's own; a stem only ever widens free words and ranks below the word itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import snowballstemmer

LANGUAGES = {"en": "english", "fr": "french", "es": "spanish"}
_SHORTEST = 4


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(LANGUAGES[language])


@lru_cache(maxsize=16_384)
def stem_of(word: str, language: str) -> str:
    """The stem of a folded word, '' where there is none to take (short words, digits, other scripts, other languages)."""
    if language not in LANGUAGES or len(word) < _SHORTEST or not word.isascii() or not word.isalpha():
        return ""
    stem: str = _stemmer(language).stemWord(word)
    return stem
