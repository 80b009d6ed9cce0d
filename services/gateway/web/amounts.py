"""Amounts as officers type them, in either script and with either separator; what could mean two things is asked back, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

LAO_DIGITS = str.maketrans("໐໑໒໓໔໕໖໗໘໙", "0123456789")
BLANKS = re.compile(r"[\s\u00a0\u202f]+")
TWO_MEANINGS = re.compile(r"(\d{1,3})([.,])(\d{3})")
GROUPS = re.compile(r"\d{1,3}(?:(?P<mark>[.,])\d{3})(?:(?P=mark)\d{3})+")
BOTH_MARKS = re.compile(r"\d{1,3}(?:(?P<mark>[.,])\d{3})+(?!(?P=mark))[.,]\d+")


class TwoMeanings(ValueError):
    """`whole` and `part` are the two readings, each written so that it means one thing only."""

    def __init__(self, whole: str, part: str) -> None:
        super().__init__(whole, part)
        self.whole = whole
        self.part = part


def read_amount(typed: str) -> str:
    """A decimal string with a point; text that is no amount comes back as it is, for the owner to refuse. Raises TwoMeanings."""
    text = BLANKS.sub("", typed.translate(LAO_DIGITS))
    if both := TWO_MEANINGS.fullmatch(text):
        before, _, after = both.groups()
        if before.strip("0"):
            raise TwoMeanings(f"{before}{after}", f"{before}.{after}0")
        return f"{before}.{after}"
    if GROUPS.fullmatch(text):
        return text.replace(",", "").replace(".", "")
    if BOTH_MARKS.fullmatch(text):
        decimal_mark = "," if text.rfind(",") > text.rfind(".") else "."
        group_mark = "." if decimal_mark == "," else ","
        return text.replace(group_mark, "").replace(decimal_mark, ".")
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def show_amount(stored: str | None) -> str:
    """A stored amount in a field, written so that reading it back asks nothing."""
    if not stored:
        return ""
    both = TWO_MEANINGS.fullmatch(stored)
    return f"{stored}0" if both and both[1].strip("0") else stored


def same_amount(one: str, other: str | None) -> bool:
    try:
        return other is not None and Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
