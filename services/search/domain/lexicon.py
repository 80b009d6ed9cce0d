"""Cuts Lao into words with the word list of laonlp, put through our own folding.

Only the word list is read, not the package: importing it costs 60 MB and a second, and its cutter 60 us a sentence. The list is read
at the first Lao word, so a process that meets none never holds it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from services.search.domain.normalise import fold

_FILES = ("Lao-Dictionary.txt", "lo_spellcheck_dict.txt", "lao-wannaphong.txt", "wiktionary-20210720.txt")
_ONLY_LAO = re.compile("[\u0e80-\u0eff]+")
# No word begins with a mark, nor ends where a leading vowel still waits for its consonant.
_MARKS = frozenset("ັຳິີຶືຸູົຼ່້໊໋໌ໍະາຽໆ")
_LEADING_VOWELS = frozenset("ເແໂໃໄ")
_LONGEST = 24
_UNKNOWN_COST = 3


@lru_cache(maxsize=1)
def lao_words() -> frozenset[str]:
    """Every Lao word of the list, folded."""
    spec = find_spec("laonlp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    corpus = Path(next(iter(spec.submodule_search_locations))) / "corpus"
    words: set[str] = set()
    for name in _FILES:
        lines = (corpus / name).read_text(encoding="utf-8-sig").splitlines()
        words.update(fold.__wrapped__(line.strip()) for line in lines if line and line[0] != "#")
    return frozenset(word for word in words if len(word) <= _LONGEST and _ONLY_LAO.fullmatch(word))


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """Every beginning of every word: where a cut need not be tried further."""
    return frozenset(word[:length] for word in lao_words() for length in range(1, len(word) + 1))


@lru_cache(maxsize=16_384)
def cut(run: str) -> tuple[str, ...]:
    """Words of a folded Lao run, joined they are the run: fewest words first, then the longest word last; unknown stretches stay whole."""
    size = len(run)
    words, beginnings = lao_words(), _beginnings()
    allowed = [_may_cut(run, index) for index in range(size + 1)]
    # From the end: (cost, end of the word that begins here, known)
    costs = [0] * (size + 1)
    ends = [size] * (size + 1)
    known = [False] * (size + 1)
    for start in range(size - 1, -1, -1):
        if not allowed[start]:
            continue
        end = next(index for index in range(start + 1, size + 1) if allowed[index])
        costs[start], ends[start] = _UNKNOWN_COST + costs[end], end
        for stop in range(start + 1, min(size, start + _LONGEST) + 1):
            word = run[start:stop]
            if word not in beginnings:
                break
            if allowed[stop] and word in words and 1 + costs[stop] <= costs[start]:
                costs[start], ends[start], known[start] = 1 + costs[stop], stop, True
    return _join_unknown(run, ends, known)


def _may_cut(run: str, index: int) -> bool:
    if index in (0, len(run)):
        return True
    return run[index] not in _MARKS and run[index - 1] not in _LEADING_VOWELS


def _join_unknown(run: str, ends: list[int], known: list[bool]) -> tuple[str, ...]:
    pieces: list[str] = []
    start, unknown_from = 0, None
    while start < len(run):
        if known[start]:
            if unknown_from is not None:
                pieces.append(run[unknown_from:start])
                unknown_from = None
            pieces.append(run[start : ends[start]])
        elif unknown_from is None:
            unknown_from = start
        start = ends[start]
    if unknown_from is not None:
        pieces.append(run[unknown_from:])
    return tuple(pieces)
