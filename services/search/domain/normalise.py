"""Folding: the one form in which texts and queries are compared, with offsets back into what was written.

The order is that of `lao_style.md`: NFKC; zero-width characters dropped; Lao vowels and tones put in one order; `ຫນ ຫມ ຫລ` to
`ໜ ໝ ຫຼ`; Lao digits to ASCII; then case folded, and accents folded on Latin, Greek and Cyrillic letters only (Lao, Thai and
others write vowels and tones as marks, which must stay). The same function serves index, query and word list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_TONES = "\u0ec8-\u0ecb"
_VOWEL_SIGNS = "\u0eb1\u0eb4-\u0eb9\u0ebb\u0ebc\u0ecd"
_LAO_DIGITS = {0x0ED0 + digit: str(digit) for digit in range(10)}
_COMPLEX = "\x00"
_FOLDED_SCRIPTS = ("LATIN ", "GREEK ", "CYRILLIC ")

# Each rule keeps or shortens the text; the order matters (`lao_style.md`).
_LAO_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile("ເເ"), lambda _: "ແ"),
    (re.compile(f"([{_TONES}]+)([{_VOWEL_SIGNS}]+)"), lambda match: match[2] + match[1]),
    (re.compile(f"\u0ecd([{_TONES}]*)\u0eb2"), lambda match: match[1] + "\u0eb3"),
    (re.compile(f"\u0eb3([{_TONES}]+)"), lambda match: match[1] + "\u0eb3"),
    (re.compile("ຫ[ນມລ]"), lambda match: {"ນ": "ໜ", "ມ": "ໝ", "ລ": "ຫຼ"}[match[0][1]]),
)
_LAO = re.compile("[\u0e80-\u0eff]")
# The only Lao mark that NFKC moves and the rules do not.
_LAO_VIRAMA = 0x0EBA


@dataclass(frozen=True, slots=True)
class Normalised:
    """`offsets[i]` is where character `i` of `text` begins in the source, with one more for the end; None where they are equal."""

    text: str
    offsets: tuple[int, ...] | None = None

    def source(self, position: int) -> int:
        return position if self.offsets is None else self.offsets[position]


def normalise(text: str) -> Normalised:
    """Fold `text`; folding twice changes nothing."""
    if text.isascii():
        return Normalised(text.lower())
    simple = text.translate(_SIMPLE)
    if _COMPLEX in simple:
        return _normalise_fully(text)
    return _in_lao_order(simple) if _LAO.search(simple) else Normalised(simple)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """The text of `normalise` alone: for codes, labels and names."""
    return normalise(text).text


class _SimpleFolding(dict[int, str]):
    """Characters that fold to one character whatever stands beside them, and Lao, for whose neighbours `_LAO_RULES` care.

    All others become the mark `_COMPLEX`.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if _LAO.match(character) and code != _LAO_VIRAMA:
            self[code] = _LAO_DIGITS.get(code, character)
            return self[code]
        folded = _fold_sequence(character)
        alone = len(folded) == 1 and not _needs_neighbours(character) and not _needs_neighbours(folded)
        self[code] = folded if alone else _COMPLEX
        return self[code]


def _needs_neighbours(character: str) -> bool:
    decomposed = unicodedata.normalize("NFKD", character)
    return (
        unicodedata.category(decomposed[0])[0] == "M"
        or character in ZERO_WIDTH
        or _LAO.match(character) is not None
        or _joins_before(character)
    )


def _joins_before(character: str) -> bool:
    """Whether a character may compose with the one before it: marks, conjoining jamo, half-width voicing."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff" or character in ZERO_WIDTH


@lru_cache(maxsize=4096)
def _fold_sequence(sequence: str) -> str:
    """Fold one base character with its marks."""
    compatible = unicodedata.normalize("NFKC", sequence).casefold()
    kept: list[str] = []
    foldable = False
    for character in unicodedata.normalize("NFD", compatible):
        if not unicodedata.category(character).startswith("M"):
            foldable = unicodedata.name(character, "").startswith(_FOLDED_SCRIPTS)
        elif foldable and not _LAO.match(character):
            continue
        kept.append(character)
    return unicodedata.normalize("NFKC", "".join(kept))


_SIMPLE = _SimpleFolding({0: _COMPLEX})


def _in_lao_order(text: str) -> Normalised:
    """Lao that needs no NFKC: most of it needs no rule either."""
    folded, offsets = text, None
    while True:
        again = folded
        for pattern, replace in _LAO_RULES:
            if pattern.search(again):
                again, offsets = _substitute(pattern, replace, again, offsets or list(range(len(text) + 1)))
        if again == folded:
            return Normalised(folded, tuple(offsets) if offsets else None)
        folded = again


def _normalise_fully(text: str) -> Normalised:
    """Fold sequence by sequence until nothing changes: two rounds for nearly everything."""
    folded, offsets = text, list(range(len(text) + 1))
    while True:
        again, offsets = _one_round(folded, offsets)
        if again == folded:
            return Normalised(folded, tuple(offsets))
        folded = again


def _one_round(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    text, offsets = _fold_sequences(text, offsets)
    if _LAO.search(text):
        for pattern, replace in _LAO_RULES:
            text, offsets = _substitute(pattern, replace, text, offsets)
        text = text.translate(_LAO_DIGITS)
    return text, offsets


def _fold_sequences(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    pieces: list[str] = []
    starts: list[int] = []
    for start, end in _sequences(text):
        visible = text[start:end].translate(dict.fromkeys(map(ord, ZERO_WIDTH)))
        piece = _fold_sequence(visible) if visible else ""
        pieces.append(piece)
        # Where each character of the sequence stays one, its own offset stays too.
        starts += offsets[start:end] if len(piece) == end - start else [offsets[start]] * len(piece)
    return "".join(pieces), [*starts, offsets[-1]]


def _sequences(text: str) -> list[tuple[int, int]]:
    bounds = [index for index, character in enumerate(text) if index == 0 or not _joins_before_cached(character)]
    return list(pairwise([*bounds, len(text)]))


_joins_before_cached = lru_cache(maxsize=4096)(_joins_before)


def _substitute(pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str, offsets: list[int]) -> tuple[str, list[int]]:
    if not pattern.search(text):
        return text, offsets
    pieces: list[str] = []
    starts: list[int] = []
    done = 0
    for match in pattern.finditer(text):
        replacement = replace(match)
        pieces += [text[done : match.start()], replacement]
        starts += offsets[done : match.start()]
        starts += offsets[match.start() : match.start() + len(replacement)]
        done = match.end()
    return "".join([*pieces, text[done:]]), [*starts, *offsets[done:]]
