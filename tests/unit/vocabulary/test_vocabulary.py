from __future__ import annotations

import subprocess
import sys
import time
from decimal import Decimal

import pytest

from shared.vocabulary import kilogram_factor, names, vocabulary
from shared.vocabulary.generate import build, write
from shared.vocabulary.lists import LISTS


def test_committed_lists_are_what_the_script_makes(tmp_path):
    write(tmp_path)
    assert {path.name: path.read_bytes() for path in LISTS.iterdir()} == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("name", names())
def test_each_code_has_a_label_in_both_languages_without_invisible_characters(name):
    for entry in vocabulary(name):
        for language in ("en", "lo"):
            assert entry.labels[language].strip(), (name, entry.code, language)
            assert not set(entry.labels[language]) & set("\u200b\u200c\u200d\u2060\ufeff")


def test_broader_codes_exist_and_form_no_circle():
    subtypes = vocabulary("subtypes")
    for entry in subtypes:
        assert entry.broader is None or entry.broader in subtypes
        assert entry.code not in set().union(*(subtypes.narrower(c) for c in subtypes.narrower(entry.code) - {entry.code}))
        assert entry.properties["commodity"] in vocabulary("commodities")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("subtypes", "  YABA ", "methamphetamine_tablets"),
        ("subtypes", "ຢາ\u200bບ້າ", "methamphetamine_tablets"),
        ("subtypes", "coca  PASTE", "coca_paste"),
        ("units", "kg", "KGM"),
        ("units", "ກິໂລກຼາມ", "KGM"),
        ("countries", "ລາວ", "LA"),
        ("countries", "la", "LA"),
        ("subtypes", "no such thing", None),
    ],
)
def test_names_are_found_however_they_are_written(name, text, code):
    assert vocabulary(name).find(text) == code


def test_narrower_codes_include_the_code_itself():
    subtypes = vocabulary("subtypes")
    assert {"cocaine", "cocaine_base", "crack"} <= subtypes.narrower("cocaine")
    assert subtypes.narrower("khat") == {"khat"}
    assert subtypes.narrower("nps") > subtypes.narrower("synthetic_cannabinoids")


def test_retired_codes_keep_their_label_and_are_not_offered():
    currencies = vocabulary("currencies")
    assert "FRF" in currencies
    assert currencies.is_retired("FRF")
    assert "FRF" not in currencies.codes
    assert currencies.label("FRF", "en") == "French Franc"


def test_an_unknown_code_is_its_own_label_and_an_unknown_language_falls_back():
    assert vocabulary("units").label("XYZ", "lo") == "XYZ"
    assert vocabulary("units").label("KGM", "fr") == "Kilogram"
    with pytest.raises(KeyError):
        vocabulary("nothing")


@pytest.mark.parametrize(
    ("unit", "factor"), [("KGM", "1"), ("GRM", "0.001"), ("LBR", "0.45359237"), ("U2", None), ("LTR", None), ("nothing", None)]
)
def test_kilograms_only_where_a_conversion_is_known(unit, factor):
    assert kilogram_factor(unit) == (None if factor is None else Decimal(factor))


def test_every_commodity_has_an_area():
    areas = vocabulary("areas")
    assert all(entry.properties["area"] in areas for entry in vocabulary("commodities"))


def test_importing_reads_no_list():
    code = "from shared.vocabulary import vocabulary; print(vocabulary.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "0"


def test_all_lists_load_in_a_blink():
    vocabulary.cache_clear()
    started = time.perf_counter()
    for name in names():
        vocabulary(name)
    assert time.perf_counter() - started < 1


def test_build_has_every_list():
    assert set(build()) == set(names())
