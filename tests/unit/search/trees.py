"""Random syntax trees and query texts for property tests."""

from datetime import date

from hypothesis import strategies as st

from services.search.domain.tree import And, DateRange, Everything, FieldTerm, Fuzzy, Not, Or, Phrase, Prefix, Range, Route, Words

_plain = st.sampled_from(["ketamine", "saint-denis", "ຢາບ້າ", "São", "22:15", "x_1", "a.b", "OR2", "ກຂ1234"])
_text_names = st.sampled_from(["", "title", "place", "narrative", "brand"])
_phrases = st.sampled_from(["false bottom", "ຢາ ບ້າ", "a (b) OR c", " kg:1 ", "NOT"])
_decimals = st.decimals(min_value=0, max_value=10**6, places=3)
_days = st.dates(min_value=date(1000, 1, 1), max_value=date(2399, 12, 31))

words = st.builds(Words, _plain, _text_names)
phrases = st.builds(Phrase, _phrases, st.integers(0, 20), _text_names)
prefixes = st.builds(Prefix, st.sampled_from(["meth", "ກຂ", "ຢາບ້າ"]), st.sampled_from(["", "title"])) | st.builds(
    Prefix, st.sampled_from(["MS-KU", "29"]), st.sampled_from(["container", "hs"])
)
fuzzies = st.builds(Fuzzy, st.sampled_from(["wattay", "ketamin"]), st.sampled_from([None, 1, 2]), _text_names)
terms = st.builds(
    FieldTerm,
    st.sampled_from(["drug", "country", "unit", "status"]),
    st.sampled_from(["heroin", "cannabis herb", "LA", "ລາວ", "x(y)z"]),
) | st.builds(FieldTerm, st.just("container"), st.sampled_from(["MSKU1234565", "12-34"]))


@st.composite
def ranges(draw):
    low, high = sorted(draw(st.tuples(_decimals, _decimals)))
    shape = draw(st.sampled_from(["between", "above", "below", "from", "to", "exactly"]))
    return {
        "between": Range("kg", low, high),
        "above": Range("kg", low, None, above=True),
        "below": Range("kg", None, high, below=True),
        "from": Range("kg", low, None),
        "to": Range("kg", None, high),
        "exactly": Range("kg", low, low),
    }[shape]


@st.composite
def date_ranges(draw):
    first, last = sorted(draw(st.tuples(_days, _days)))
    first, last = draw(st.sampled_from([(first, last), (first, None), (None, last), (first, first)]))
    return DateRange("date", first, last)


routes = st.builds(Route, st.sampled_from([("CO",), ("CO", "ES"), ("", "ES"), ("CO", ""), ("CO", "PA", "ES"), ("Viet Nam", "LA")]))
conditions = words | phrases | prefixes | fuzzies | terms | ranges() | date_ranges() | routes
trees = st.recursive(
    conditions,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=8,
) | st.just(Everything())

_values = ["ketamine", "ຢາບ້າ", "LA", "heroin", "é", "漢", "2014", "-01", "1.5", "unit:LA-HQ", "hs:29"]
_fields = ["drug:", "kg:", "date:", "route:", "ປະເທດ:", "nosuch:"]
_marks = ['"', "“", "(", ")", "-", "NOT", "OR", "AND", "~", "~3", "*", "..", ">", "<", ">=", " ", "  ", "\u200b", "\ud800", "\x00"]
pieces = st.sampled_from([*_values, *_fields, *_marks])
texts = st.lists(pieces, max_size=14).map("".join) | st.text(max_size=40)
