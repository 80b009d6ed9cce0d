"""What a query means for a case, told a second time: on the case itself, without documents, plans or indexes.

Only for cases in plain English letters, and for the queries that `questions` draws.
"""

import re
from datetime import date
from decimal import Decimal
from itertools import product

from hypothesis import strategies as st

from services.search.domain.tree import And, DateRange, FieldTerm, Not, Or, Phrase, Prefix, Range, Route, Words

WORDS = ["red", "blue", "box", "boxes", "lion"]
DRUGS = {"heroin": {"heroin", "opioids"}, "opium": {"opium", "opioids"}, "ketamine": {"ketamine"}}
COUNTRIES = ["LA", "TH", "VN"]
# Labels of codes are found by free words too; none of the words above is one.

_sentence = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
_kilograms = st.sampled_from([None, "0.5", "1", "10", "12.5"])
_lines = st.builds(
    lambda drug, kilograms, brand, code: {
        "commodity": "drugs",
        "subtype": drug,
        **({"quantity_kg": kilograms} if kilograms else {}),
        **({"brand": brand} if brand else {}),
        **({"hs_code": code} if code else {}),
    },
    st.sampled_from(list(DRUGS)),
    _kilograms,
    _sentence,
    st.sampled_from(["", "293911", "1302"]),
)


_legs = st.fixed_dictionaries({"role": st.sampled_from(["departure", "transit", "destination"]), "country": st.sampled_from(COUNTRIES)})
_WHOLE_ROUTE = [{"role": "departure", "country": "TH"}, {"role": "transit", "country": "VN"}, {"role": "destination", "country": "LA"}]


@st.composite
def cases(draw):
    goods = draw(st.lists(_lines, max_size=3) | st.lists(_lines, min_size=2, max_size=2))
    weights = [Decimal(line["quantity_kg"]) for line in goods if "quantity_kg" in line]
    return {
        "id": "x",
        "version": 1,
        "sequence": 1,
        "title": draw(_sentence),
        "narrative": {"en": draw(_sentence), "fr": draw(_sentence)},
        "place": {"name": draw(_sentence), "country": draw(st.sampled_from(COUNTRIES))},
        "occurred_on": draw(st.sampled_from(["2014-01-31", "2014-02-01", "2015-06-30"])),
        "goods": goods,
        "route": draw(st.just(_WHOLE_ROUTE) | st.lists(_legs, max_size=3)),
        "kilograms": str(sum(weights)) if weights else None,
    }


_bound = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(10), Decimal(12)])
_drug = st.builds(FieldTerm, st.just("drug"), st.sampled_from([*DRUGS, "opioids"]))
_hs = st.builds(FieldTerm, st.just("hs"), st.sampled_from(["29", "2939", "130213", "13"]))
_brand = st.builds(Words, st.sampled_from(WORDS), st.just("brand")) | st.builds(
    lambda words: Phrase(" ".join(words), 0, "brand"), st.lists(st.sampled_from(WORDS), min_size=2, max_size=3)
)
_kg = st.builds(lambda bound, above: Range("kg", bound, None, above=above), _bound, st.booleans()) | st.builds(
    lambda bound: Range("kg", None, bound), _bound
)
_other = (
    st.builds(Words, st.sampled_from(WORDS), st.sampled_from(["title", "place", "narrative"]))
    | st.builds(lambda words, slop: Phrase(" ".join(words), slop), st.lists(st.sampled_from(WORDS), min_size=2, max_size=3), st.just(0))
    | st.builds(
        lambda words, slop: Phrase(" ".join(words), slop), st.permutations(WORDS).map(lambda all_words: all_words[:2]), st.integers(1, 4)
    )
    | st.builds(Prefix, st.sampled_from(["bo", "box", "li"]), st.sampled_from(["", "title"]))
    | st.builds(FieldTerm, st.just("country"), st.sampled_from(COUNTRIES))
    | st.builds(Route, st.sampled_from([("LA",), ("TH", "LA"), ("", "LA"), ("TH", ""), ("TH", "VN", "LA")]))
    | st.sampled_from([DateRange("date", date(2014, 2, 1), None), DateRange("date", date(2014, 1, 1), date(2014, 12, 31))])
)
# What stands together for one line is drawn on purpose: put together by chance it would be rare.
_either = st.builds(Or, st.tuples(_drug | _hs, _drug | _brand))
_line = st.builds(And, st.tuples(_drug | _hs | _brand | _either, _kg | _hs)) | st.builds(And, st.tuples(_drug, _kg, _drug | _kg | _brand))
questions = st.recursive(
    _drug | _hs | _brand | _kg | _line | _other,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


def answers(query, case):
    """Whether the query is true of the case."""
    match query:
        case Or(parts):
            return any(answers(part, case) for part in parts)
        case Not(part):
            return not answers(part, case)
        case And(parts):
            return any(_together(choice, case) for choice in _choices(parts))
        case _:
            return _together((query,), case)


def _choices(parts):
    """An OR of conditions on lines is spread over what stands beside it, where there are conditions on lines to stand together with."""
    names = set().union(*(_line_names(part) for part in parts))
    spread = len(names) > 1
    return product(*(part.parts if spread and isinstance(part, Or) and _line_names(part) else (part,) for part in parts))


def _line_names(query):
    if isinstance(query, Or):
        names = [_line_names(part) for part in query.parts]
        return set().union(*names) if all(names) else set()
    return {query.name} if getattr(query, "name", "") in ("drug", "hs", "brand", "kg") else set()


def _together(parts, case):
    lines = [part for part in parts if not isinstance(part, Or) and _line_names(part)]
    others = [part for part in parts if part not in lines]
    by_name = {}
    for part in lines:
        by_name.setdefault(part.name, []).append(part)
    weights = by_name.pop("kg", [])
    if not all(_alone(part, case) if _is_condition(part) else answers(part, case) for part in others):
        return False
    if not by_name:
        total = case["kilograms"]
        return all(total is not None and _weighs(Decimal(total), part) for part in weights)
    return all(
        any(all(_of_line(part, line) for part in [*choice, *weights]) for line in case["goods"]) for choice in product(*by_name.values())
    )


def _is_condition(query):
    return not isinstance(query, And | Or | Not)


def _of_line(query, line):
    if query.name == "kg":
        return "quantity_kg" in line and _weighs(Decimal(line["quantity_kg"]), query)
    if query.name == "drug":
        return query.text in DRUGS[line["subtype"]]
    if query.name == "hs":
        return len(query.text) <= len(line.get("hs_code", "")) and line.get("hs_code", "").startswith(query.text)
    return f" {query.text} " in f" {line.get('brand', '')} "


def _weighs(kilograms, query):
    if query.high is not None:
        return kilograms <= query.high
    return kilograms > query.low if query.above else kilograms >= query.low


def _alone(query, case):  # noqa: PLR0911  one return for each kind of condition
    match query:
        case Words(text, name):
            return any(text in value.split() for value in _texts(case, name))
        case Phrase(text, 0):
            return any(f" {text} " in f" {value} " for value in _texts(case, ""))
        case Phrase(text, slop):
            return any(_loose(text.split(), value.split(), slop) for value in _texts(case, ""))
        case Prefix(text, name):
            return any(re.search(rf"\b{text}", value) for value in _texts(case, name))
        case FieldTerm("country", text):
            return case["place"]["country"] == text
        case DateRange(_, first, last):
            day = date.fromisoformat(case["occurred_on"])
            return (first is None or first <= day) and (last is None or day <= last)
    return _route(query.points, case["route"])


def _texts(case, name):
    texts = {"title": [case["title"]], "place": [case["place"]["name"]], "narrative": list(case["narrative"].values())}
    return (
        texts[name] if name else [*texts["title"], *texts["place"], *texts["narrative"], *(line.get("brand", "") for line in case["goods"])]
    )


def _loose(words, text, slop):
    first, second = words
    return any(
        abs(right - left - 1) <= slop
        for left, one in enumerate(text)
        for right, other in enumerate(text)
        if one == first and other == second
    )


def _route(points, legs):
    def has(role, country):
        return any(leg["role"] == role and country in ("", leg["country"]) for leg in legs)

    if len(points) == 1:
        return any(leg["country"] == points[0] for leg in legs)
    between = len(points) == 2 or has("transit", points[1])
    starts = not points[0] or has("departure", points[0])
    ends = not points[-1] or has("destination", points[-1])
    return between and starts and ends
