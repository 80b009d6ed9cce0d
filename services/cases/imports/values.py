"""Reads what people write in cells: numbers, dates, words that mean nothing. Nothing is guessed: what cannot be read is None."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

LAO_DIGITS = str.maketrans("໐໑໒໓໔໕໖໗໘໙", "0123456789")
# Zero-width characters come along with copied text; none of them is ever meant.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """One line, composed, without blanks around it or invisible characters in it; the letters stay as they were written."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(LAO_DIGITS).translate(INVISIBLE))
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    return _SPACES.sub(" ", text).strip()


def key(text: str) -> str:
    """What two spellings of one value share: case, blanks and Latin accents do not tell them apart."""
    folded = clean(text).casefold()
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFD", folded)
    # Only the Latin, Greek and Cyrillic accents (U+0300 block): Lao vowels and tones are marks too and must stay.
    return "".join(character for character in parts if not "\u0300" <= character <= "\u036f")


def read_decimal(text: str, *, decimal_mark: str = ".") -> Decimal | None:
    """A plain or scientific number, else None; groups of digits only where the mapping's decimal mark leaves no doubt."""
    digits = text.translate(LAO_DIGITS).strip().replace("\u00a0", "").replace(" ", "")
    group = "," if decimal_mark == "." else "."
    if group in digits:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{group}\d{{3}})+(?:\{decimal_mark}\d*)?", digits):
            return None
        digits = digits.replace(group, "")
    digits = digits.replace(decimal_mark, ".")
    if not _NUMBER.fullmatch(digits):
        return None
    return Decimal(digits)


def plain(number: Decimal) -> str:
    """A decimal string without exponent or trailing zeros after the point's end: `1e-06` is `0.000001`, `490.0` stays `490.0`."""
    return format(number, "f")


def read_day(text: str, formats: tuple[str, ...]) -> str | None:
    """The ISO day of the first format that fits. A year no seizure can have (before 1900, Buddhist era) is not read."""
    digits = text.translate(LAO_DIGITS).strip()
    for pattern in formats:
        try:
            moment = datetime.strptime(digits, pattern)  # noqa: DTZ007  a day without time has no zone
        except ValueError:
            continue
        if 1900 <= moment.year <= datetime.now().year + 1:  # noqa: DTZ005  the limit is a year wide
            return moment.date().isoformat()
    return None
