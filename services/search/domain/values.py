"""What may stand after a field's colon, or alone: words, prefixes, fuzzy words, codes, numbers, days, routes."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from services.search.domain.analyse import analyse
from services.search.domain.errors import QueryError
from services.search.domain.facts import compact
from services.search.domain.fields import Field
from services.search.domain.normalise import fold
from services.search.domain.scripts import is_unspaced
from services.search.domain.tree import DateRange, FieldTerm, Fuzzy, Node, Phrase, Prefix, Range, Route, Words
from shared.i18n import N_

MAX_SLOP = 20
"""Below `analyse.GAP`, so that no phrase reaches from one value into the next."""
MAX_DISTANCE = 2
SHORTEST_FUZZY = 3
SHORTEST_PREFIX = 2
MAX_POINTS = 3

_Value = TypeVar("_Value")

_FUZZY = re.compile(r"(?P<word>.*[^~])~(?P<distance>[^~]*)", re.DOTALL)
_COMPARISON = re.compile(r"(?P<operator>>=|<=|>|<)(?P<bound>.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?")
_LOCAL_DAY = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
_BUDDHIST = 2400


def typed_value(chunk: str, at: int, field: Field | None, start: int) -> Node:
    """The node of an unquoted value that begins at `at`; its condition, with the field, begins at `start`."""
    end = at + len(chunk)
    if field is None or field.kind in ("text", "identifier", "hs"):
        return _wordlike(chunk, at, field, start)
    return _coded(chunk, at, field, start, end)


class Quoted(NamedTuple):
    """What stood between quotation marks, the first of them at `opened`, and the `~3` after the second, at `suffix_at`."""

    text: str
    opened: int
    suffix: str
    suffix_at: int


def quoted_value(quoted: Quoted, field: Field | None, start: int) -> Node:
    text, opened, suffix, suffix_at = quoted
    end = suffix_at + len(suffix)
    if field is not None and field.kind != "text":
        if suffix:
            raise QueryError("bad_slop", N_("Remove the ~ here: only phrases of words take it."), suffix_at)
        if not text.strip():
            raise QueryError("missing_value", N_("Write the value inside the quotation marks."), opened)
        return _coded(text.strip(), opened + 1, field, start, end)
    _require_words(text, opened)
    return Phrase(text, _slop(suffix, suffix_at), field.name if field else "", start=start, end=end)


def _slop(suffix: str, at: int) -> int:
    if not suffix:
        return 0
    digits = fold(suffix[1:])
    if not digits.isascii() or not digits.isdigit() or not 0 <= int(digits[:6]) <= MAX_SLOP:
        raise QueryError("bad_slop", N_("Write a number from 0 to %(limit)s after ~."), at, limit=MAX_SLOP)
    return int(digits)


def _wordlike(chunk: str, at: int, field: Field | None, start: int) -> Node:
    end = at + len(chunk)
    if "*" in chunk:
        return _prefix(chunk, at, field, start)
    fuzzy = _FUZZY.fullmatch(chunk)
    if fuzzy:
        return _fuzzy(fuzzy["word"], fuzzy["distance"], at, field, start)
    if chunk[0] == "~":
        raise QueryError("bad_fuzzy", N_("Put ~ after one word of at least %(limit)s letters."), at, limit=SHORTEST_FUZZY)
    _require_words(chunk, at)
    if field is not None and field.kind != "text":
        return FieldTerm(field.name, chunk, value_start=at, start=start, end=end)
    return Words(chunk, field.name if field else "", start=start, end=end)


def _prefix(chunk: str, at: int, field: Field | None, start: int) -> Node:
    star = chunk.find("*")
    if star != len(chunk) - 1:
        raise QueryError("bad_star", N_("Put the star at the end of the word."), at + star)
    beginning = chunk[:star]
    named = field is not None and field.kind != "text"
    if len(compact(beginning) if named else fold(beginning)) < SHORTEST_PREFIX:
        raise QueryError("short_prefix", N_("Write at least %(limit)s letters before the star."), at + star, limit=SHORTEST_PREFIX)
    _require_words(beginning, at)
    words = analyse(beginning).words
    if not named and words != (fold(beginning),) and not all(is_unspaced(word) for word in words):
        raise QueryError("bad_star", N_("Put the star after one word, without marks in it."), at + star)
    return Prefix(beginning, field.name if field else "", start=start, end=at + len(chunk))


def _fuzzy(word: str, distance: str, at: int, field: Field | None, start: int) -> Node:
    mark = at + len(word)
    if field is not None and field.kind != "text":
        raise QueryError("bad_fuzzy", N_("Remove the ~ here: this field takes no approximate values."), mark)
    if distance not in ("", "1", "2"):
        raise QueryError("bad_fuzzy", N_("Write 1 or 2 after ~, or nothing."), mark)
    words = analyse(word).words
    if len(words) != 1 or words[0] != fold(word) or len(words[0]) < SHORTEST_FUZZY:
        raise QueryError("bad_fuzzy", N_("Put ~ after one word of at least %(limit)s letters."), mark, limit=SHORTEST_FUZZY)
    name = field.name if field else ""
    return Fuzzy(word, int(distance) if distance else None, name, start=start, end=mark + 1 + len(distance))


def _require_words(text: str, at: int) -> None:
    if not analyse(text).words:
        raise QueryError("nothing_to_search", N_("Write letters or digits here: this mark alone finds nothing."), at)


def _coded(text: str, at: int, field: Field, start: int, end: int) -> Node:
    if field.kind == "number":
        low, high, above, below = _bounds(text, at, _number)
        if low is not None and high is not None and low > high:
            raise _backwards(at)
        return Range(field.name, low, high, above, below, start=start, end=end)
    if field.kind == "date":
        return _days(text, at, field, start, end)
    if field.kind == "route":
        return Route(_points(text, at), value_start=at, start=start, end=end)
    star = text.find("*")
    if star >= 0 or text.endswith("~"):
        raise QueryError("bad_star", N_("Write the whole code or name: this field takes no * and no ~."), at + max(star, 0))
    _require_words(text, at)
    return FieldTerm(field.name, text, value_start=at, start=start, end=end)


def _bounds(text: str, at: int, read: Callable[[str, int], _Value]) -> tuple[_Value | None, _Value | None, bool, bool]:
    """(low, high, above, below) of `>x`, `>=x`, `<x`, `<=x`, `x..y`, `x..`, `..y` or `x`."""
    comparison = _COMPARISON.fullmatch(text)
    if comparison:
        bound = read(comparison["bound"], at + comparison.start("bound"))
        strict = len(comparison["operator"]) == 1
        return (bound, None, strict, False) if text[0] == ">" else (None, bound, False, strict)
    first, dots, second = text.partition("..")
    if not dots:
        value = read(text, at)
        return value, value, False, False
    if not first and not second:
        raise QueryError("missing_value", N_("Write a value before or after the two dots."), at)
    return read(first, at) if first else None, read(second, at + len(first) + 2) if second else None, False, False


def _backwards(at: int) -> QueryError:
    return QueryError("bad_range", N_("Put the smaller value first."), at)


def _number(text: str, at: int) -> Decimal:
    digits = fold(text)
    if not _NUMBER.fullmatch(digits):
        raise QueryError("bad_number", N_("Write a number, with a point for decimals: 2.5"), at)
    return Decimal(digits)


def _days(text: str, at: int, field: Field, start: int, end: int) -> DateRange:
    low, high, above, below = _bounds(text, at, _span)
    first = low and (low[1] if above else low[0])
    last = high and (high[0] if below else high[1])
    try:
        first = date.fromordinal(first.toordinal() + 1) if first and above else first
        last = date.fromordinal(last.toordinal() - 1) if last and below else last
    except ValueError:
        raise _bad_date(at) from None
    if first and last and first > last:
        raise _backwards(at)
    return DateRange(field.name, first, last, start=start, end=end)


def _span(text: str, at: int) -> tuple[date, date]:
    """First and last day of a year, a month or a day."""
    digits = fold(text)
    match = _DAY.fullmatch(digits) or _LOCAL_DAY.fullmatch(digits)
    if not match:
        raise _bad_date(at)
    year, month, day = (int(match[part]) if match[part] else None for part in ("year", "month", "day"))
    if year is not None and year > _BUDDHIST:
        raise QueryError("buddhist_year", N_("Write the year of the Christian era: %(year)s would be %(christian)s."), at,
                         year=year, christian=year - 543)  # fmt: skip
    try:
        first = date(year or 0, month or 1, day or 1)
        last = date(first.year, month or 12, day or monthrange(first.year, month or 12)[1])
    except ValueError:
        raise _bad_date(at) from None
    return first, last


def _bad_date(at: int) -> QueryError:
    return QueryError("bad_date", N_("Write a day, month or year: 2014-06-30, 30/06/2014, 2014-06 or 2014."), at)


def _points(text: str, at: int) -> tuple[str, ...]:
    points = tuple(point.strip() for point in text.split(">"))
    if len(points) > MAX_POINTS or not any(points) or (len(points) == MAX_POINTS and not all(points)):
        raise QueryError("bad_route", N_("Write one country, two as CO>ES, or three as CO>PA>ES."), at)
    for point in points:
        if point:
            _require_words(point, at + text.find(point))
    return points
