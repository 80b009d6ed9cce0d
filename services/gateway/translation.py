"""Texts in the officer's language: gettext catalogues of the pages, one for the whole installation.

A `.mo` beside the `.po` is used when it is there and newer; else the `.po` is compiled in memory, so that a checkout needs no build step.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "lo")
DEFAULT_LANGUAGE = "en"
LOCALE_DIRECTORY = Path(__file__).parent / "web" / "locale"


@lru_cache
def translator(language: str) -> gettext.NullTranslations:
    """The catalogue of one language; English needs none, since message ids are English."""
    directory = LOCALE_DIRECTORY / language / "LC_MESSAGES"
    source, compiled = directory / "opencen.po", directory / "opencen.mo"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not source.exists():
        return gettext.NullTranslations()
    buffer = BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale=language))
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


def translate(language: str, message: str, params: dict[str, Any] | None = None) -> str:
    """A message id with its parameters filled in; one that does not fit its parameters is given as it is."""
    text = translator(language).gettext(message) if message else ""
    try:
        return text % params if params else text.replace("%%", "%")
    except (KeyError, ValueError, TypeError):
        return text


def negotiate(header: str | None) -> str:
    """The best language that we have for an `Accept-Language` header."""
    wanted = sorted(_preferences(header or ""), key=lambda item: -item[1])
    for tag, quality in wanted:
        language = tag.split("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE


def _preferences(header: str) -> list[tuple[str, float]]:
    preferences = []
    for part in header.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            quality = 0.0
        preferences.append((tag.strip(), quality))
    return preferences
