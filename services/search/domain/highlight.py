"""Highlights: cut from the original text, widened to whole graphemes, so that no mark is left without its consonant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import regex

from services.search.domain.document import Source
from services.search.domain.evidence import Span, positive_leaves, spans
from services.search.domain.plan import Plan

SNIPPET_LENGTH = 160
_BEFORE = 48
_ELLIPSIS = "…"
_GRAPHEME = regex.compile(r"\X")


class Segment(NamedTuple):
    """A piece of the original; `mark` where it was searched for. The pieces joined are the text (or the snippet)."""

    text: str
    mark: bool


def highlight(plan: Plan, source: Source) -> list[Segment]:
    """The whole text of a source in segments; a single unmarked one where nothing was found."""
    return _segments(source.text, marks(plan, source), (0, len(source.text)))


def snippet(plan: Plan, source: Source, length: int = SNIPPET_LENGTH) -> list[Segment]:
    """About `length` characters of the text around its first mark, in whole graphemes, `…` where it was cut."""
    found = marks(plan, source)
    return _segments(source.text, found, _window(source.text, found, length))


def highlights(plan: Plan, sources: Iterable[Source], length: int = SNIPPET_LENGTH) -> dict[str, list[Segment]]:
    """Snippets by path, of those sources only in which something was found."""
    found = {}
    leaves = list(positive_leaves(plan))
    for source in sources:
        places = [span for leaf in leaves for span in spans(leaf, source)] if not source.label else []
        if places:
            apart = merged(source.text, places)
            found[source.path] = _segments(source.text, apart, _window(source.text, apart, length))
    return found


def to_html(segments: Iterable[Segment]) -> str:
    """The API's form: escaped text with `<mark>` around what was found."""
    return "".join(f"<mark>{escape(segment.text)}</mark>" if segment.mark else escape(segment.text) for segment in segments)


def marks(plan: Plan, source: Source) -> list[Span]:
    """Places to mark, widened to graphemes, in order and apart."""
    found = [span for leaf in positive_leaves(plan) for span in spans(leaf, source)]
    return merged(source.text, found)


def merged(text: str, found: Sequence[Span]) -> list[Span]:
    """Spans widened to graphemes, in order, those that touch made one."""
    if not found:
        return []
    bounds = grapheme_bounds(text)
    apart: list[Span] = []
    for start, end in sorted(widened(bounds, span) for span in found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def grapheme_bounds(text: str) -> Sequence[int]:
    """Where graphemes begin, and the end of the text."""
    if text.isascii():
        return range(len(text) + 1)
    return [*(match.start() for match in _GRAPHEME.finditer(text)), len(text)]


def widened(bounds: Sequence[int], span: Span) -> Span:
    start, end = span
    return bounds[bisect_right(bounds, start) - 1], bounds[bisect_left(bounds, end)]


def _window(text: str, found: Sequence[Span], length: int) -> Span:
    if len(text) <= length:
        return 0, len(text)
    first = found[0][0] if found else 0
    start = 0 if first <= _BEFORE else first - _BEFORE
    start = min(start, len(text) - length)
    bounds = grapheme_bounds(text)
    start, end = widened(bounds, (_blank_after(text, start, first), start + length))
    return start, max(end, found[0][1] if found else 0)


def _blank_after(text: str, start: int, limit: int) -> int:
    """The next beginning of a word, where there is one before the mark."""
    blank = text.find(" ", start, limit) if start else -1
    return start if blank < 0 else blank + 1


def _segments(text: str, found: Iterable[Span], window: Span) -> list[Segment]:
    first, last = window
    segments = [Segment(_ELLIPSIS, mark=False)] if first else []
    at = first
    for start, end in found:
        if start >= last or end <= first:
            continue
        segments += [Segment(text[at:start], mark=False), Segment(text[start : min(end, last)], mark=True)]
        at = min(end, last)
    segments.append(Segment(text[at:last], mark=False))
    if last < len(text):
        segments.append(Segment(_ELLIPSIS, mark=False))
    return [segment for segment in segments if segment.text]
