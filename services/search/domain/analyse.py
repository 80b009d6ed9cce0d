"""Texts into tokens: words, stems, trigrams. Documents and queries go through the same functions.

A word is a run of letters, marks, digits and `_`. Lao runs are cut by dictionary, an ideograph is a word, and a run of Thai, Khmer or
Burmese stays one word: trigrams find what lies inside. Trigrams are cut from runs of unspaced scripts, joined over spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from services.search.domain.lexicon import cut
from services.search.domain.normalise import normalise
from services.search.domain.scripts import LAO, RUNS, WORDS, classes
from services.search.domain.stems import LANGUAGES, stem_of

GAP = 100
"""Positions left free between two values (or gram runs) of a field; no phrase crosses it, since slop is at most `query.MAX_SLOP`."""

_ASCII_WORDS = re.compile(r"[0-9a-z_]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A term with its place: `start` and `end` in the source text, `position` in the sequence of tokens."""

    term: str
    start: int
    end: int
    position: int


@dataclass(frozen=True, slots=True)
class Analysed:
    """The tokens of one value. `words` stand one position apart; each tuple of `grams` or `sounds` is a run of its own."""

    words: tuple[str, ...] = ()
    grams: tuple[tuple[str, ...], ...] = ()
    sounds: tuple[tuple[str, ...], ...] = field(default=())


def analyse(text: str) -> Analysed:
    """All tokens of one value, without places: what is indexed."""
    return _repeated(text) if len(text) <= _LONGEST_REPEATED else _analyse(text)


def _analyse(text: str) -> Analysed:
    if text.isascii():
        return Analysed(tuple(_ASCII_WORDS.findall(text.lower())))
    folded = normalise(text).text
    kinds = classes(folded)
    words: list[str] = []
    for match in WORDS.finditer(kinds):
        word = folded[match.start() : match.end()]
        words += cut(word) if match[0][0] == LAO else (word,)
    runs = ["".join(folded[match.start() : match.end()].split()) for match in RUNS.finditer(kinds)]
    heard = [sound(run) for run in runs]
    return Analysed(
        tuple(words),
        tuple(trigrams(run) for run in runs if len(run) >= 3),
        tuple(trigrams(other) for run, other in zip(runs, heard, strict=True) if other != run and len(other) >= 3),
    )


# Imports repeat their places and names; a narrative is not repeated and would only fill the memory.
_LONGEST_REPEATED = 100
_repeated = lru_cache(maxsize=16_384)(_analyse)


@lru_cache(maxsize=256)
def analyse_words(text: str) -> tuple[Token, ...]:
    """The words of `analyse`, with their places in `text`."""
    folded = normalise(text)
    tokens: list[Token] = []
    kinds = classes(folded.text)
    for match in WORDS.finditer(kinds):
        word, start = folded.text[match.start() : match.end()], match.start()
        for piece in cut(word) if match[0][0] == LAO else (word,):
            tokens.append(Token(piece, folded.source(start), folded.source(start + len(piece)), len(tokens)))
            start += len(piece)
    return tuple(tokens)


def runs_with_places(text: str, *, heard: bool = False) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each run from which trigrams are cut (`heard`: as it sounds), and for each of its characters the place in `text`."""
    folded = normalise(text)
    for match in RUNS.finditer(classes(folded.text)):
        places = [index for index in range(match.start(), match.end()) if not folded.text[index].isspace()]
        run = "".join([folded.text[index] for index in places])
        if heard:
            places = [place for place, character in zip(places, run, strict=True) if character != SILENCER]
            run = sound(run)
        yield run, [(folded.source(place), folded.source(place + 1)) for place in places]


def analyse_trigrams(text: str, *, heard: bool = False) -> tuple[Token, ...]:
    """The trigrams of `analyse` (`heard`: those of the text as it sounds), with their places; `GAP` positions between runs."""
    tokens: list[Token] = []
    position = 0
    for run, places in runs_with_places(text, heard=heard):
        for index, gram in enumerate(trigrams(run)):
            tokens.append(Token(gram, places[index][0], places[index + 2][1], position))
            position += 1
        position += GAP
    return tuple(tokens)


def analyse_stems(text: str, language: str | None) -> tuple[str, ...]:
    """Stems of the words of a text in English, French or Spanish; texts of unknown language count as English, others have none."""
    language = language or "en"
    if language not in LANGUAGES:
        return ()
    return tuple(dict.fromkeys(stem for word in analyse(text).words if (stem := stem_of(word, language))))


def trigrams(run: str) -> tuple[str, ...]:
    return tuple(run[index : index + 3] for index in range(len(run) - 2))


SILENCER = "\u0ecc"
_CLUSTER = re.compile("(?<!ຫ)\u0ebc")


def sound(run: str) -> str:
    """A Lao run as it sounds: ຣ and the sign of ລ as ລ, silenced letters without their mark (`lao_style.md`, the weaker field)."""
    return _CLUSTER.sub("ລ", run.replace("ຣ", "ລ")).replace(SILENCER, "")
