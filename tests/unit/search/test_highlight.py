"""Highlights are pieces of the original, in whole graphemes."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.document import Source, analyse_case, sources_of
from services.search.domain.highlight import highlight, highlights, marks, snippet, to_html
from tests.unit.search.builders import case, plan


def _html(query, text, field="title", language=None):
    return to_html(highlight(plan(query), Source(field, field, language, text)))


@pytest.mark.parametrize(
    ("query", "text", "html"),
    [
        ("ketamine", "Ketamine & more", "<mark>Ketamine</mark> &amp; more"),
        ("sao", "<b>São</b>", "&lt;b&gt;<mark>São</mark>&lt;/b&gt;"),
        ("suitcase", "Two suitcases", "Two <mark>suitcases</mark>"),
        ('"false bottom"', "a false bottom, bottom false", "a <mark>false bottom</mark>, bottom false"),
        ('"bottom false"~2', "a false bottom", "a <mark>false</mark> <mark>bottom</mark>"),
        ("ket*", "ketone ketamine kit", "<mark>ketone</mark> <mark>ketamine</mark> kit"),
        ("watay~", "Wattay", "<mark>Wattay</mark>"),
        ("a -ketamine", "a ketamine", "<mark>a</mark> ketamine"),
        ("a OR b", "b a", "<mark>b</mark> <mark>a</mark>"),
        ("title:box", "box", "<mark>box</mark>"),
        ("place:box", "box", "box"),
        ("kg:>1", "box", "box"),
        ("", "box", "box"),
        ("ນ້ຳມັນ", "ນໍ້າມັນ", "<mark>ນໍ້າມັນ</mark>"),
        ("ຢາບ", "ພົບຢາບ້າ", "ພົບ<mark>ຢາບ້</mark>າ"),
        ("ຢາບ້າ", "ຢ າ ບ້ າ", "<mark>ຢ າ ບ້ າ</mark>"),
        ("ກິໂລກລາມ", "2 ກິໂລກຣາມ", "2 <mark>ກິໂລກຣາມ</mark>"),
        ("ไอ*", "ยาไอซ์", "ยาไอซ์"),
    ],
)
def test_marks(query, text, html):
    assert _html(query, text) == html


def test_stems_are_those_of_the_texts_language():
    assert _html("valise", "valises", "narrative", "fr") == "<mark>valises</mark>"
    assert _html("valise", "valises", "place") == "valises"


def test_label_texts_are_not_highlighted():
    made = analyse_case(case())
    assert set(highlights(plan("ketamine laos"), made.sources)) == {"title", "narrative.lo"}
    assert set(highlights(plan("suitcase"), sources_of(case()))) == {"title", "narrative.en"}


def test_an_imported_value_is_marked_for_import_alone():
    source = Source("import", "original.DRUG", None, "Marijuana")
    assert marks(plan("import:marijuana"), source)
    assert not marks(plan("marijuana"), source)


LONG = "word " * 100 + "ketamine " + "word " * 100


def test_a_snippet_stands_around_the_first_mark():
    segments = snippet(plan("ketamine"), Source("title", "title", None, LONG))
    text = "".join(segment.text for segment in segments)
    assert text.startswith("…word")
    assert text.endswith("…")
    assert len(text) < 170
    assert [segment.text for segment in segments if segment.mark] == ["ketamine"]


def test_a_snippet_without_a_mark_is_the_beginning():
    segments = snippet(plan("boat"), Source("title", "title", None, LONG))
    assert "".join(segment.text for segment in segments).startswith("word word")
    assert not any(segment.mark for segment in segments)


def test_a_snippet_at_the_end_of_a_text():
    segments = snippet(plan("ketamine"), Source("title", "title", None, "word " * 100 + "ketamine"))
    assert segments[-1].text == "ketamine"
    assert segments[0].text == "…"


def test_marks_outside_the_snippet_are_left_out():
    source = Source("title", "title", None, f"ketamine {LONG}")
    assert sum(segment.mark for segment in snippet(plan("ketamine"), source)) == 1
    longest = "ກ" * 300
    assert snippet(plan(longest), Source("title", "title", None, longest))[0].mark


_pieces = st.lists(st.sampled_from(["ນ້ຳ", "ກິ່", "ຢາບ້າ", "e\u0301", "a", " ", ".", "ໜ", "ຫນ", "\u200b", "👩‍👧", "ນໍ້າ"]), max_size=40)


@given(_pieces.map("".join), st.sampled_from(["ນ້ຳ", "ຢາບ", "ea*", "ae*", "ໜ້າ", '"a e"', "ກິ່ກິ່", "éaa~", "ນ້ຳນ້ຳ OR a"]))
def test_segments_are_the_text_in_whole_graphemes(text, query):
    source = Source("narrative", "narrative.lo", "lo", text)
    asked = plan(query)
    segments = highlight(asked, source)
    assert "".join(segment.text for segment in segments) == text
    bounds = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    at = 0
    for segment in segments:
        at += len(segment.text)
        assert at in bounds
    cut = "".join(segment.text for segment in snippet(asked, source, 20))
    assert cut.strip("…") in text
