"""Keeps the Lao catalogue complete: `python -m services.gateway.web.catalogue` collects the marked texts and updates the `.po`.

Marked are `_()` in templates and `N_()` in the Python code of `services` and `shared`: services carry the id, the gateway translates.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[3]
CONFIGURATION = Path(__file__).parent / "babel.cfg"
LOCALE = Path(__file__).parent / "locale"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "N_": None}
SEARCHED = ("services", "shared")
LANGUAGE = "lo"


def catalogue_path(language: str = LANGUAGE) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "opencen.po"


def read_catalogue(language: str = LANGUAGE) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def collect() -> Catalog:
    """Every marked message with the files that say it."""
    with CONFIGURATION.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog(project="OpenCEN", copyright_holder="OpenCEN", charset="utf-8")
    for directory in SEARCHED:
        found = extract_from_dir(ROOT / directory, methods, options, KEYWORDS, comment_tags=("Translators:",))
        for name, _line, message, comments, context in found:
            catalog.add(message, None, [(f"{directory}/{name}", 0)], auto_comments=comments, context=context)
    return catalog


def open_messages(language: str = LANGUAGE) -> Iterator[str]:
    """Messages that the language lacks: not there, empty, or only guessed (fuzzy)."""
    kept = read_catalogue(language)
    for message in collect():
        if message.id and not _is_translated(kept.get(_first(message), message.context)):
            yield _first(message)


def update(language: str = LANGUAGE) -> int:
    """Writes the catalogue anew, in the order of the messages; nothing is guessed. Returns how many are still open."""
    kept = read_catalogue(language) if catalogue_path(language).exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, project="OpenCEN", copyright_holder="OpenCEN", charset="utf-8", fuzzy=False)
    for message in collect():
        if message.id:
            before = kept.get(_first(message), message.context)
            locations = sorted({(name, 0) for name, _ in message.locations})
            fresh.add(message.id, before.string if before else None, locations, context=message.context)
    with catalogue_path(language).open("wb") as file:
        write_po(file, fresh, sort_output=True, include_lineno=False, omit_header=False, width=140)
    return len(list(open_messages(language)))


def _is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, list | tuple) else bool(message.string)


def _first(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


if __name__ == "__main__":
    print(f"{update()} messages are still to be translated in {catalogue_path()}")  # noqa: T201  a command's answer
