from __future__ import annotations

import pytest

from services.search.domain.compiling import compile_query
from services.search.domain.query import parse
from services.search.domain.ranking import ranks
from services.search.domain.units import Units


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ketamine", True),
        ('"false bottom"', True),
        ("title:powder", True),
        ("meth* country:LA", True),
        ("wattay~", True),
        ("drug:heroin OR suitcase", True),
        ("", False),
        ("country:LA", False),
        ("drug:heroin kg:>10", False),
        ("date:2014 status:validated", False),
        ("container:MSKU1234565", False),
        ("-ketamine", False),
        ("NOT (ketamine OR heroin)", False),
    ],
)
def test_words_rank_and_codes_do_not(query, expected):
    assert ranks(compile_query(parse(query), Units())) is expected
