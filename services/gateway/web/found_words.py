"""Texts with the words that were found in them, cut into pieces; templates mark those, so no markup ever comes from a service."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LAO = re.compile(r"[\u0e80-\u0eff]")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    pieces: list[Piece]
    language: str = ""

    def __bool__(self) -> bool:
        return any(piece.text for piece in self.pieces)


def marked(text: str, spans: Iterable[tuple[int, int]] = ()) -> Marked:
    """`spans` are ordered places in the text, in characters."""
    pieces, at = [], 0
    for start, end in spans:
        if start < at or end > len(text):
            continue
        pieces += [Piece(text[at:start]), Piece(text[start:end], found=True)]
        at = end
    return Marked([piece for piece in (*pieces, Piece(text[at:])) if piece.text], language_of(text))


def pieces_of(text: str, terms: Iterable[Any]) -> list[Piece]:
    """`terms` as words or as places `[start, end]` or `{start, end}`; whole graphemes, so no mark is left without its letter."""
    spans = sorted(span for term in terms for span in _spans(text, term))
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return marked(text, joined).pieces


def language_of(text: str) -> str:
    """`lo` for a text that is mostly Lao, so that it gets its font, height and voice on an English page."""
    letters = sum(1 for character in text if character.isalpha())
    return "lo" if letters and 2 * len(LAO.findall(text)) > letters else ""


def _spans(text: str, term: Any) -> Iterable[tuple[int, int]]:
    if isinstance(term, str):
        found = re.finditer(re.escape(term), text, re.IGNORECASE) if term else ()
        return [_widen(text, match.start(), match.end()) for match in found]
    start, end = (term["start"], term["end"]) if isinstance(term, dict) else (term[0], term[1])
    return [_widen(text, int(start), int(end))]


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    while 0 < start < len(text) and unicodedata.category(text[start]) in {"Mn", "Mc", "Me"}:
        start -= 1
    while end < len(text) and unicodedata.category(text[end]) in {"Mn", "Mc", "Me"}:
        end += 1
    return start, end
