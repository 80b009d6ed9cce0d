"""The Lao catalogue is whole: nothing untranslated, nothing guessed, nothing that lost a placeholder."""

from __future__ import annotations

import re

from services.gateway.translation import translate
from services.gateway.web.catalogue import collect, open_messages, read_catalogue

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
LAO = re.compile(r"[\u0e80-\u0eff]")
# Names and symbols that are the same in every language.
SAME_IN_LAO = {"HS", "REST API", "%(time)s ms"}


def messages():
    return [message for message in read_catalogue() if message.id]


def text_of(message):
    return (message.id[0], message.string[0]) if isinstance(message.id, tuple) else (message.id, message.string)


def test_nothing_is_open():
    assert list(open_messages()) == []


def test_nothing_is_guessed():
    assert [message.id for message in messages() if message.fuzzy] == []


def test_services_and_pages_are_both_collected():
    places = {location[0].split("/")[1] for message in collect() for location in message.locations}
    assert {"cases", "gateway", "search", "reports"} <= places


def test_placeholders_are_kept():
    differing = [
        text_of(message)
        for message in messages()
        if sorted(PLACEHOLDER.findall(text_of(message)[0])) != sorted(PLACEHOLDER.findall(text_of(message)[1]))
    ]
    assert differing == []


def test_lao_is_lao():
    foreign = [
        source
        for source, text in map(text_of, messages())
        if not LAO.search(text) and source not in SAME_IN_LAO and re.sub(PLACEHOLDER, "", source).strip(" :.>~")
    ]
    assert foreign == []


def test_lao_style():
    """No zero-width space, no `ຫນ ຫມ` for the letters that there are, `ຳ` as one character, no exclamation mark."""
    wrong = [text for _, text in map(text_of, messages()) if re.search("\u200b|ຫນ|ຫມ|ໍາ|!|ເເ", text)]
    assert wrong == []


def test_the_translator_reads_it():
    assert translate("lo", "Sign in") == "ເຂົ້າສູ່ລະບົບ"
    assert translate("lo", "%(count)s new", {"count": 3}) == "ໃໝ່ 3"
    assert translate("en", "Sign in") == "Sign in"
