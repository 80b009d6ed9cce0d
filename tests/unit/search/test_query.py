"""What officers type: what it is read as, and what each mistake answers."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from services.search.domain.errors import QueryError
from services.search.domain.query import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, parse
from services.search.domain.tree import And, DateRange, Everything, FieldTerm, Fuzzy, Not, Or, Phrase, Prefix, Range, Route, Words
from services.search.domain.writing import to_text
from tests.unit.search import trees

KETAMINE, AIRPORT, BOAT = Words("ketamine"), Words("airport"), Words("boat")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  \n", Everything()),
        ("ketamine airport", And((KETAMINE, AIRPORT))),
        ("ketamine AND airport", And((KETAMINE, AIRPORT))),
        ("ketamine OR airport boat", Or((KETAMINE, And((AIRPORT, BOAT))))),
        ("ketamine (airport OR boat)", And((KETAMINE, Or((AIRPORT, BOAT))))),
        ("(ketamine)", KETAMINE),
        ("-boat ketamine", And((Not(BOAT), KETAMINE))),
        ("NOT (airport boat)", Not(And((AIRPORT, BOAT)))),
        ("NOT NOT boat", Not(Not(BOAT))),
        ('-"false bottom"', Not(Phrase("false bottom"))),
        ("-(airport OR boat)", Not(Or((AIRPORT, BOAT)))),
        ('"false bottom"', Phrase("false bottom")),
        ("“false bottom”", Phrase("false bottom")),
        ('"bottom false"~3', Phrase("bottom false", 3)),
        ('"bottom false"~໓', Phrase("bottom false", 3)),
        ("meth*", Prefix("meth")),
        ("wattay~", Fuzzy("wattay")),
        ("wattay~1", Fuzzy("wattay", 1)),
        ("saint-denis", Words("saint-denis")),
        ("22:15", Words("22:15")),
        ("or not and", And((Words("or"), Words("not"), Words("and")))),
        ("ORGANISED", Words("ORGANISED")),
        ("title:suitcase", Words("suitcase", "title")),
        ('title:"false bottom"~2', Phrase("false bottom", 2, "title")),
        ("title:(suitcase boat)", And((Words("suitcase", "title"), Words("boat", "title")))),
        ("title:wat*", Prefix("wat", "title")),
        ("title:wattay~2", Fuzzy("wattay", 2, "title")),
        ("ປະເທດ:LA", FieldTerm("country", "LA")),
        ("ປະ\u200bເທດ:LA", FieldTerm("country", "LA")),
        ("Country:laos", FieldTerm("country", "laos")),
        ('country:"ລາວ"', FieldTerm("country", "ລາວ")),
        ("drug:(heroin OR cannabis)", Or((FieldTerm("drug", "heroin"), FieldTerm("drug", "cannabis")))),
        ("container:MSKU*", Prefix("MSKU", "container")),
        ("container:MS-KU*", Prefix("MS-KU", "container")),
        ("ເຈົ້າໜ້າທີ່ພາສີ*", Prefix("ເຈົ້າໜ້າທີ່ພາສີ")),
        ("hs:2939", FieldTerm("hs", "2939")),
        ("kg:>10", Range("kg", Decimal(10), None, above=True)),
        ("kg:>=10", Range("kg", Decimal(10), None)),
        ("kg:<2.5", Range("kg", None, Decimal("2.5"), below=True)),
        ("kg:<=2.5", Range("kg", None, Decimal("2.5"))),
        ("kg:1..໑໐", Range("kg", Decimal(1), Decimal(10))),
        ("kg:..10", Range("kg", None, Decimal(10))),
        ('kg:"10"', Range("kg", Decimal(10), Decimal(10))),
        ("date:2014", DateRange("date", date(2014, 1, 1), date(2014, 12, 31))),
        ("date:2014-02", DateRange("date", date(2014, 2, 1), date(2014, 2, 28))),
        ("date:2014-01-01..2014-06-30", DateRange("date", date(2014, 1, 1), date(2014, 6, 30))),
        ("date:>2014", DateRange("date", date(2015, 1, 1), None)),
        ("date:>=2014-06", DateRange("date", date(2014, 6, 1), None)),
        ("date:<2014-06", DateRange("date", None, date(2014, 5, 31))),
        ("date:<=2014-06", DateRange("date", None, date(2014, 6, 30))),
        ("date:30/06/2014", DateRange("date", date(2014, 6, 30), date(2014, 6, 30))),
        ("route:CO>ES", Route(("CO", "ES"))),
        ("route:CO>", Route(("CO", ""))),
        ("route:>ES", Route(("", "ES"))),
        ("route:CO>PA>ES", Route(("CO", "PA", "ES"))),
        ('route:"Viet Nam > Laos"', Route(("Viet Nam", "Laos"))),
    ],
)
def test_read_as(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("nosuch:x", "unknown_field", 0),
        ("ketamine contry:LA", "unknown_field", 9),
        ('a "bc', "unclosed_quote", 2),
        ("a (b", "unclosed_group", 2),
        ("a b)", "unopened_group", 3),
        ("()", "missing_words", 1),
        ("a OR", "missing_words", 4),
        ("OR a", "missing_words", 0),
        ("a AND OR b", "missing_words", 6),
        ("a OR )", "missing_words", 5),
        ("NOT", "missing_words", 3),
        ("- a", "nothing_to_search", 0),
        ("a -", "nothing_to_search", 2),
        ("--a", "nothing_to_search", 0),
        ("a & b", "nothing_to_search", 2),
        ('"..."', "nothing_to_search", 0),
        ("title:...", "nothing_to_search", 6),
        ("drug:", "missing_value", 5),
        ("drug: heroin", "missing_value", 5),
        ('drug:" "', "missing_value", 5),
        ("drug:...", "nothing_to_search", 5),
        ("drug:hero*", "bad_star", 9),
        ("drug:heroin~", "bad_star", 5),
        ('drug:"heroin"~2', "bad_slop", 13),
        ("kg:", "missing_value", 3),
        ("kg:1,5", "bad_number", 3),
        ("kg:1e5", "bad_number", 3),
        ("kg:-1", "bad_number", 3),
        ("kg:>", "bad_number", 4),
        ("kg:1..x", "bad_number", 6),
        ("kg:..", "missing_value", 3),
        ("kg:9..1", "bad_range", 3),
        ("date:yesterday", "bad_date", 5),
        ("date:2014-13", "bad_date", 5),
        ("date:31/02/2014", "bad_date", 5),
        ("date:0000", "bad_date", 5),
        ("date:<0001", "bad_date", 5),
        ("date:2015..2014", "bad_range", 5),
        ("date:2557", "buddhist_year", 5),
        ("route:>", "bad_route", 6),
        ("route:a>b>c>d", "bad_route", 6),
        ("route:a>>c", "bad_route", 6),
        ("route:LA>...", "nothing_to_search", 9),
        ('"a b"~21', "bad_slop", 5),
        ('"a b"~x', "bad_slop", 5),
        ('"a b"~-1', "bad_slop", 5),
        ("m*", "short_prefix", 1),
        ("*", "short_prefix", 0),
        ("..*", "nothing_to_search", 0),
        ("a*b", "bad_star", 1),
        ("saint-den*", "bad_star", 9),
        ("container:__*", "short_prefix", 12),
        ("wattay~3", "bad_fuzzy", 6),
        ("wattay~x", "bad_fuzzy", 6),
        ("ab~", "bad_fuzzy", 2),
        ("saint-denis~", "bad_fuzzy", 11),
        ("~wattay", "bad_fuzzy", 0),
        ("place:~50km(17.99,102.56)", "bad_fuzzy", 6),
        ("container:MSKU~", "bad_fuzzy", 14),
        ("a\x00", "bad_character", 1),
        ("a\ud800", "bad_character", 1),
        ("a" * (MAX_LENGTH + 1), "too_long", MAX_LENGTH),
        ("(" * (MAX_DEPTH + 1) + "a", "too_deep", MAX_DEPTH),
        ("a " * (MAX_CLAUSES + 1), "too_many", 2 * MAX_CLAUSES),
    ],
)
def test_a_mistake_points_at_its_character(text, code, position):
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert (refused.value.code, refused.value.position) == (code, position)
    assert refused.value.message % refused.value.params


def test_a_mistyped_field_gets_a_proposal():
    with pytest.raises(QueryError) as refused:
        parse("contry:LA")
    assert refused.value.params["nearest"] == "country"
    wire = refused.value.field_error()
    assert (wire.field, wire.code, wire.position) == ("q", "unknown_field", 0)


def test_nodes_know_where_they_stood():
    tree = parse('ketamine -title:"false bottom" kg:>1')
    assert [(part.start, part.end) for part in tree.parts] == [(0, 8), (9, 30), (31, 36)]
    tree = parse("a (b OR c) title:(d) -(e f)")
    assert [(part.start, part.end) for part in tree.parts] == [(0, 1), (2, 10), (11, 20), (21, 27)]


def test_limits_hold_what_is_just_inside():
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == Words("a")
    assert len(parse("a " * MAX_CLAUSES).parts) == MAX_CLAUSES


@given(trees.trees)
@settings(max_examples=300)
def test_a_tree_survives_being_written(tree):
    assert parse(to_text(tree)) == tree


@given(trees.texts)
@settings(max_examples=500)
def test_anything_typed_is_read_or_refused(text):
    try:
        tree = parse(text)
    except QueryError as error:
        refused = error
    else:
        assert parse(to_text(tree)) == tree
        return
    assert 0 <= refused.position <= len(text)
    assert refused.message % refused.params
