"""Cleans a JSON tree before anything else looks at it: digits, invisible characters, depth, what no store can hold."""

from __future__ import annotations

import re
from typing import Any

from services.cases.domain.problems import problem
from shared.errors import FieldError

MOST_LEVELS = 8
MOST_CHARACTERS = 400_000

# Lao digits are stored as ASCII ones; these characters are never stored (lao_style.md).
_LAO_ZERO = 0x0ED0
_REPLACED = {_LAO_ZERO + digit: str(digit) for digit in range(10)} | dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_NOTABLE = re.compile("[\u0ed0-\u0ed9\u200b\u2060\ufeff]")
# Control characters but tab and line ends, and lone surrogates, which are no text at all.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def storable(text: str) -> str:
    """Text of a foreign file that is kept as it was, but for what no store can hold."""
    return _REFUSED.sub("\ufffd", text) if _REFUSED.search(text) else text


class Cleaner:
    """One walk over one tree; afterwards `problems` says what cannot be stored."""

    def __init__(self) -> None:
        self.problems: list[FieldError] = []
        self._characters = 0

    def clean(self, value: Any, path: str = "", level: int = 0) -> Any:
        """Blank text is no answer and becomes null."""
        if isinstance(value, str):
            return self._text(value, path)
        if not isinstance(value, dict | list):
            return value
        if level == MOST_LEVELS:
            self.problems.append(problem(path, "too_deep"))
            return None
        if isinstance(value, list):
            return [self.clean(item, f"{path}[{index}]", level + 1) for index, item in enumerate(value)]
        return {self._key(key, path): self.clean(item, f"{path}.{key}" if path else key, level + 1) for key, item in value.items()}

    def finish(self) -> list[FieldError]:
        if self._characters > MOST_CHARACTERS:
            self.problems.append(problem("", "too_large"))
        return self.problems

    def _text(self, text: str, path: str) -> str | None:
        self._characters += len(text)
        if _REFUSED.search(text):
            self.problems.append(problem(_REFUSED.sub("?", path), "characters"))
            return None
        if _NOTABLE.search(text):
            text = text.translate(_REPLACED)
        return text if text and not text.isspace() else None

    def _key(self, key: str, path: str) -> str:
        if _REFUSED.search(key):
            self.problems.append(problem(path, "characters"))
            return "?"
        return key
