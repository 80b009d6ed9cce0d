"""What `opencen demo` adds to a running installation."""

from __future__ import annotations

from shared.settings import Settings


def throw_away(settings: Settings) -> None: ...
def load(settings: Settings) -> None: ...
def welcome(settings: Settings) -> None: ...
