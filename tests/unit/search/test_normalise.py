"""Folding: the Lao table of the language guide, and what must hold for any text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.normalise import _normalise_fully, fold, normalise

LAO = st.text(alphabet=[chr(code) for code in range(0x0E80, 0x0F00)] + list("\u200b\u200d a1 "), max_size=12)
ANY = st.text(max_size=24) | LAO


@pytest.mark.parametrize("written", ["ນ້ຳ", "ນ້ໍາ", "ນໍ້າ", "ນຳ້"])
def test_four_ways_of_writing_water_are_one(written):
    assert fold(written) == "ນ້ຳ"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ຫນ້າ", "ໜ້າ"),
        ("ຫມາ", "ໝາ"),
        ("ຫລວງ", "ຫຼວງ"),
        ("ໜ້າ", "ໜ້າ"),
        ("ໝາ", "ໝາ"),
        ("ຫຼວງ", "ຫຼວງ"),
        ("ເເມ່ນ", "ແມ່ນ"),
        ("ກ່ິ", "ກິ່"),
        ("ກຸ່", "ກຸ່"),
        ("ກ່ໍ", "ກໍ່"),
        ("ຫ້ຼາ", "ຫຼ້າ"),
        ("໑໒໓", "123"),
        ("ພາ\u200bສີ", "ພາສີ"),
        ("ພາ\ufeffສີ\u2060", "ພາສີ"),
        ("ຈຳນວນ", "ຈຳນວນ"),
        ("ຢາບ້າ", "ຢາບ້າ"),
    ],
)
def test_lao(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("São Tomé", "sao tome"),
        ("ÉCOLE", "ecole"),
        ("e\u0301cole", "ecole"),
        ("Ёж", "еж"),
        ("Άρης", "αρησ"),
        ("Straße", "strasse"),
        ("ﬁne ㎏ ½", "fine kg 1\u20442"),
        ("İzmir", "izmir"),
        ("\uff21\uff22\uff11", "ab1"),
        ("ภาษี", "ภาษี"),
        ("हिन्दी", "हिन्दी"),
        ("각", "각"),
        ("\u1100\u1161\u11a8", "각"),
    ],
)
def test_other_scripts(written, folded):
    assert fold(written) == folded


@given(ANY)
def test_folding_twice_changes_nothing(text):
    once = normalise(text).text
    assert normalise(once).text == once


@given(LAO | st.text(alphabet="ນ້ໍາຳຸູິເຫມລຼໜໝ່໊໋໑ຣa\u0301\u0eba", max_size=10))
def test_the_quick_way_and_the_full_one_agree(text):
    assert normalise(text).text == _normalise_fully(text).text


@given(ANY)
def test_offsets_lead_into_the_source_in_order(text):
    folded = normalise(text)
    places = [folded.source(index) for index in range(len(folded.text) + 1)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
    assert places[-1] == len(text)


@given(st.text(alphabet="abzÀéñÇЁйάώß", max_size=20))
def test_offsets_point_at_the_letter_that_was_folded(text):
    folded = normalise(text)
    for index, character in enumerate(folded.text):
        source = text[folded.source(index)]
        assert character in unicodedata.normalize("NFD", source.casefold())


@given(ANY, ANY)
def test_a_blank_parts_texts(one, other):
    """What is folded on one side of a blank does not depend on the other."""
    assert normalise(f"{one} {other}").text == f"{normalise(one + ' ').text}{normalise(other).text}"
