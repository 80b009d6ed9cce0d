"""Edit distance with neighbours swapped (optimal string alignment), as the engines' automata count it."""

from __future__ import annotations

from functools import lru_cache


def default_distance(word: str) -> int:
    """One edit in words of up to five characters, two in longer ones."""
    return 1 if len(word) <= 5 else 2


@lru_cache(maxsize=32_768)
def within(one: str, other: str, limit: int) -> bool:
    """Whether at most `limit` edits lead from one word to the other."""
    if abs(len(one) - len(other)) > limit:
        return False
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        line = [row]
        for column, right in enumerate(other, start=1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return False
        before, last = last, line
    return last[-1] <= limit


@lru_cache(maxsize=32_768)
def letters(word: str) -> int:
    """Which letters a word has, as a set of bits."""
    bits = 0
    for character in word:
        bits |= 1 << (ord(character) & 63)
    return bits


def differ(one: int, other: int, limit: int) -> bool:
    """An edit takes at most one letter away and brings at most one: more strange letters than edits is too far."""
    return (one & ~other).bit_count() > limit or (other & ~one).bit_count() > limit
