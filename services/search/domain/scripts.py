"""Which characters make words, by one class letter for each character of a folded text."""

from __future__ import annotations

import re
import unicodedata

WORD, LAO, UNSPACED, IDEOGRAPH, SPACE, OTHER = "w", "l", "t", "c", " ", "."

# Blocks of scripts written without spaces between words (Lao apart, since a dictionary cuts it).
_UNSPACED_BLOCKS = ((0x0E00, 0x0E7F), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))
_IDEOGRAPH_BLOCKS = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_WORD_CATEGORIES = ("L", "M", "Nd")


class _Classes(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = _class_of(code)
        return self[code]


def _class_of(code: int) -> str:
    character = chr(code)
    if character.isspace():
        return SPACE
    if not unicodedata.category(character).startswith(_WORD_CATEGORIES) and character != "_":
        return OTHER
    if 0x0E80 <= code <= 0x0EFF:
        return LAO
    if any(first <= code <= last for first, last in _UNSPACED_BLOCKS):
        return UNSPACED
    if any(first <= code <= last for first, last in _IDEOGRAPH_BLOCKS):
        return IDEOGRAPH
    return WORD


_CLASSES = _Classes()
# One word, one run of an unspaced script, or one ideograph.
WORDS = re.compile(f"{WORD}+|{LAO}+|{UNSPACED}+|{IDEOGRAPH}")
# Unspaced scripts joined over spaces: what trigrams are cut from.
RUNS = re.compile(f"[{LAO}{UNSPACED}](?:[{LAO}{UNSPACED} ]*[{LAO}{UNSPACED}])?")


def classes(text: str) -> str:
    """The class letters of a text, one for each character."""
    return text.translate(_CLASSES)


def is_unspaced(text: str) -> bool:
    """Whether a word (one run of `WORDS`) is Lao, Thai or another script that trigrams serve."""
    return bool(text) and _class_of(ord(text[0])) in (LAO, UNSPACED)


def is_word(character: str) -> bool:
    """Whether one character is a letter, mark, digit or `_`."""
    return _CLASSES[ord(character)] not in (SPACE, OTHER)
