"""Help for a search that finds nothing: which of its words find nothing, and what was probably meant."""

from __future__ import annotations

from typing import Any

from services.search.domain.analyse import analyse
from services.search.domain.better_words import did_you_mean, free_words, nearest
from services.search.domain.compiling import compile_query
from services.search.domain.tree import Words
from services.search.domain.units import Units
from services.search.handlers.asking import Asked
from services.search.ports import Readable, Request, SearchEngine

_FREE_WORDS = "all"
# Terms that begin with the same letter, most frequent first: what is rarer than all these is hardly what was meant.
_MOST_TERMS = 20_000


def help_for_nothing(engine: SearchEngine, units: Units, readable: Readable, asked: Asked) -> dict[str, Any]:
    """`finds_nothing` names the free words without a hit among what the asker may read, `did_you_mean` is a query to try or None."""
    lost = {word for word in free_words(asked.node) if _finds_nothing(engine, units, readable, word)}

    def better(text: str) -> str | None:
        words = analyse(text).words
        if len(words) != 1 or all(word.text != text for word in lost):
            return None
        return nearest(words[0], engine.terms(_FREE_WORDS, words[0][0], _MOST_TERMS, readable))

    return {
        "finds_nothing": [word.text for word in sorted(lost, key=lambda word: word.start)],
        "did_you_mean": did_you_mean(asked.text, asked.node, better),
    }


def _finds_nothing(engine: SearchEngine, units: Units, readable: Readable, word: Words) -> bool:
    return engine.search(Request(plan=compile_query(word, units), readable=readable, limit=1)).total == 0
