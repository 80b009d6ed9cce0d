"""Edit distance with neighbours swapped (optimal string alignment), as the engines' automata count it."""

from __future__ import annotations


def default_distance(word: str) -> int:
    """One edit in words of up to five characters, two in longer ones."""
    return 1 if len(word) <= 5 else 2


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
