"""Better words for those that find nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from services.search.domain.fuzzy import default_distance, differ, letters, within
from services.search.domain.normalise import fold
from services.search.domain.tree import And, Node, Or, Words


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str | None:
    """Of the known (term, count) the one that was probably meant: fewest edits, then most frequent."""
    wanted, has = fold(word), letters(fold(word))
    most = default_distance(wanted)
    near = [
        (count, term)
        for term, count in known
        if term != wanted and abs(len(term) - len(wanted)) <= most and not differ(has, letters(term), most) and within(wanted, term, most)
    ]
    for distance in range(1, most + 1):
        found = [pair for pair in near if within(wanted, pair[1], distance)]
        if found:
            return max(found)[1]
    return None


def free_words(node: Node) -> Iterator[Words]:
    """The plain free words of a query that must be found, for the question which of them finds nothing."""
    match node:
        case Words(name=""):
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from free_words(part)


def did_you_mean(text: str, tree: Node, better: Callable[[str], str | None]) -> str | None:
    """The query with every word replaced for which `better` knows another; None when it knows none."""
    changed = text
    for word in sorted(free_words(tree), key=lambda word: word.start, reverse=True):
        other = better(word.text)
        if other:
            changed = changed[: word.start] + other + changed[word.end :]
    return changed if changed != text else None
