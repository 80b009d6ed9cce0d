"""Speaks of an exception without its text: that may quote what an officer typed."""

from __future__ import annotations

import traceback
from pathlib import Path

_FRAMES = 6


def describe(error: BaseException) -> str:
    """Class, then the innermost places in the code."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return " < ".join([type(error).__qualname__, *reversed(places)])
