"""Other names and spellings of what a free word names: goods in each language, and Lao words that are written in several ways."""

from __future__ import annotations

import re
from functools import lru_cache

from services.search.domain.normalise import fold
from shared.vocabulary import vocabulary

# Whole words that letter rules cannot bring together (`lao_style.md`): the press's slips, and ຮ beside ຣ.
SPELLINGS = (("ຍຶດ", "ຢຶດ", "ຢືດ"), ("ນໍແຮດ", "ນໍແຣດ"))
# A short by-name is too often another word: speed, ice, grass.
_SHORTEST_SYNONYM = 6
_IN_PARENTHESES = re.compile(r"\s*\([^)]*\)")


@lru_cache(maxsize=4096)
def other_names(text: str) -> tuple[str, ...]:
    """The other names, without the word itself."""
    word = fold(text).strip()
    names = [*_goods_names(text), *(name for group in _spellings() if word in group for name in group)]
    return tuple(dict.fromkeys(name for name in names if fold(name) != word))


def _goods_names(text: str) -> list[str]:
    goods = vocabulary("subtypes")
    code = goods.find(text)
    if code is None:
        return []
    entry = goods.entry(code)
    labels = [_IN_PARENTHESES.sub("", label) for label in entry.labels.values()]
    return labels + [name for name in entry.synonyms if len(name) >= _SHORTEST_SYNONYM]


@lru_cache(maxsize=1)
def _spellings() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(fold(word) for word in group) for group in SPELLINGS)
