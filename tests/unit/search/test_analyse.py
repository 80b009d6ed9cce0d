"""Tokens: words, trigrams, stems, and their places in the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.analyse import analyse, analyse_stems, analyse_trigrams, analyse_words, sound, trigrams
from services.search.domain.lexicon import cut, lao_words
from services.search.domain.scripts import is_unspaced, is_word

TEXTS = st.text(max_size=40) | st.text(alphabet="ກຂຄງພາສີນ້ຳມັນເແ່ຢບ ab.1-ภ漢\n\t\u2003", max_size=30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Two suitcases, 12 kg", ("two", "suitcases", "12", "kg")),
        ("unodc_ids_2011.csv.gz", ("unodc_ids_2011", "csv", "gz")),
        ("Saint-Denis d'Ivoire", ("saint", "denis", "d", "ivoire")),
        ("São Paulo", ("sao", "paulo")),
        ("Владивосток", ("владивосток",)),
        ("ພາສີນ້ຳມັນ", ("ພາສີ", "ນ້ຳມັນ")),
        ("ຢາບ້າ650ເມັດ", ("ຢາບ້າ", "650", "ເມັດ")),
        ("ภาษาไทย", ("ภาษาไทย",)),
        ("漢字", ("漢", "字")),
        ("... - !", ()),
        ("", ()),
    ],
)
def test_words(text, words):
    assert analyse(text).words == words
    assert tuple(token.term for token in analyse_words(text)) == words


@given(TEXTS)
def test_words_with_places_are_the_words_without(text):
    tokens = analyse_words(text)
    assert tuple(token.term for token in tokens) == analyse(text).words
    assert [token.position for token in tokens] == list(range(len(tokens)))
    assert all(0 <= token.start <= token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)


@given(TEXTS)
def test_no_term_holds_a_blank(text):
    """Engines are given terms parted by blanks."""
    made = analyse(text)
    terms = [*made.words, *(gram for run in (*made.grams, *made.sounds) for gram in run)]
    assert all(term and not any(character.isspace() for character in term) for term in terms)


@given(TEXTS)
def test_trigrams_with_places_are_the_trigrams_without(text):
    for heard, runs in ((False, analyse(text).grams), (True, None)):
        tokens = analyse_trigrams(text, heard=heard)
        if runs is not None:
            assert [token.term for token in tokens] == [gram for run in runs for gram in run]
        places = [token.position for token in tokens]
        assert places == sorted(set(places))


def test_trigrams_join_over_blanks_and_nothing_else():
    assert analyse("ຢາ ບ້າ").grams == analyse("ຢາບ້າ").grams
    assert analyse("ຢາ\n\tບ້າ").grams == analyse("ຢາບ້າ").grams
    assert analyse("ຢາ, ບ້າ").grams != analyse("ຢາບ້າ").grams
    assert analyse("ງູ").grams == ()
    assert analyse("abc def").grams == ()
    assert trigrams("abcd") == ("abc", "bcd")


def test_runs_of_trigrams_stand_apart():
    first, second = analyse_trigrams("ຢາບ້າ 650 ເມັດ")[2:4]
    assert second.position - first.position > 20


@pytest.mark.parametrize(("one", "other"), [("ກຣາມ", "ກລາມ"), ("ກຼາມ", "ກລາມ"), ("ໄອສ໌", "ໄອສ"), ("ເຮໂຣອິນ", "ເຮໂລອິນ")])
def test_what_sounds_the_same(one, other):
    assert sound(one) == sound(other)


def test_high_class_lo_keeps_its_sign():
    assert sound("ຫຼວງ") == "ຫຼວງ"


def test_trigrams_as_heard_point_into_the_source():
    text = "ຢາໄອສ໌ 12"
    tokens = analyse_trigrams(text, heard=True)
    assert tokens[-1].term == "ໄອສ"
    assert text[tokens[-1].start : tokens[-1].end] == "ໄອສ"
    assert analyse("ຢາໄອສ໌").sounds == (("ຢາໄ", "າໄອ", "ໄອສ"),)


def test_the_word_list_is_folded():
    assert "ໜັງສື" in lao_words()
    assert not any("ຫນ" in word or "ຫມ" in word or "ຫລ" in word for word in lao_words())
    assert cut("ຈຳນວນ") == ("ຈຳນວນ",)
    assert cut("ແມ່ນ້ຳຂອງ") == ("ແມ່ນ້ຳຂອງ",)


@given(st.text(alphabet=[chr(code) for code in range(0x0E81, 0x0EDE)], min_size=1, max_size=30))
def test_cutting_loses_nothing(run):
    pieces = cut(run)
    assert "".join(pieces) == run
    assert all(pieces)


def test_a_cut_never_parts_a_mark_from_its_consonant():
    for piece in cut("ກັ້ງຄູ່ປຸ້ຍກິ່ກົ່ວ"):
        assert piece[0] not in "ັ້ິຸ່"


def test_stems():
    assert analyse_stems("Two suitcases", "en") == ("suitcas",)
    assert analyse_stems("suitcases", None) == ("suitcas",)
    assert analyse_stems("valises cachées", "fr")[0] == "valis"
    assert analyse_stems("ພົບ suitcases", "lo") == ()
    assert analyse_stems("12 kg 2026", "en") == ()


def test_characters():
    assert is_word("ກ")
    assert is_word("_")
    assert not is_word("-")
    assert is_unspaced("ພາສີ")
    assert not is_unspaced("tax")
    assert not is_unspaced("")
