"""The table of fields against the document, the code lists and the words officers use."""

import csv
from pathlib import Path

import pytest

from services.search.domain.document import KEYWORD_INDEXES, NUMBER_INDEXES, TEXT_INDEXES
from services.search.domain.fields import FIELDS, describe, field_like, field_named
from services.search.domain.labels import codes_named, labels_of, with_broader
from services.search.domain.normalise import fold
from services.search.domain.query import parse
from shared.vocabulary import names
from tests.unit.search.builders import plan

GLOSSARY = Path(__file__).parents[3] / "shared" / "vocabulary" / "source" / "glossary_en_lo.csv"


@pytest.mark.parametrize("field", FIELDS.values(), ids=str)
def test_each_field(field):
    assert field.index in (*TEXT_INDEXES, *KEYWORD_INDEXES, *NUMBER_INDEXES)
    assert not field.vocabulary or field.vocabulary in names()
    assert (field.kind == "code") == bool(field.vocabulary)
    assert not field.facet or field.facet in KEYWORD_INDEXES
    assert parse(field.example).name == field.name
    assert plan(field.example)
    assert describe(field)["words"]["en"][0] == field.name
    for words in field.words.values():
        for word in words:
            assert field_named(word) is field


def test_no_word_means_two_fields():
    words = [fold(word) for field in FIELDS.values() for word in (field.name, *(word for words in field.words.values() for word in words))]
    assert len(words) == len(set(words))


def test_the_glossarys_words_are_understood():
    """`person` waits for persons in the case."""
    with GLOSSARY.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["key"].startswith("search.field.")]
    for row in rows:
        name = row["key"].removeprefix("search.field.")
        if name != "person":
            assert field_named(row["lo"]) is FIELDS[name], row


def test_names():
    assert field_named("COUNTRY") is FIELDS["country"]
    assert field_named("nosuch") is None
    assert field_like("contry") == "country"
    assert field_like("zzzzz") == ""


def test_codes():
    assert codes_named("countries", "laos") == ("LA",)
    assert codes_named("countries", "  ລາວ ") == ("LA",)
    assert codes_named("concealment", "baggage") == ("hand_baggage", "hold_baggage")
    assert codes_named("countries", "cote d ivoire") == codes_named("countries", "CI")
    assert codes_named("countries", "-") == ()
    assert labels_of("countries", "LA") == (("en", "Laos"), ("lo", "ລາວ"))
    assert labels_of("countries", "??") == ()
    assert with_broader("subtypes", "??") == ("??",)
