"""What a query means for a case, field by field."""

import pytest

from services.search.domain.compiling import compile_query
from services.search.domain.errors import QueryError
from services.search.domain.plan import AllOf, Everything, Leaf
from services.search.domain.query import parse
from services.search.domain.units import Units
from tests.unit.search.builders import UNITS, document, found, line, plan


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ketamine airport",
        "KÉTAMINE",
        "suitcases",
        "found OR suitcase",
        '"false bottom"',
        '"bottom false"~2',
        "ket*",
        "watay~",
        "-boat",
        "NOT (boat ketamine)",
        "title:suitcase",
        'place:"wattay international"',
        "region:capital",
        "narrative:bottom",
        "description:powder",
        "drug:ketamine",
        "drug:ເຄຕາມີນ",
        "commodity:drugs",
        "country:LA",
        "country:la",
        "country:laos",
        "ປະເທດ:ລາວ",
        "status:submitted",
        "status:ສົ່ງແລ້ວ",
        "office:LA-VTE",
        "unit:LA-VTE",
        "unit:la-hq",
        'unit:"customs department"',
        "unit:ກົມພາສີ",
        "kg:2.4",
        "kg:>2",
        "kg:2..3",
        "date:2026-03-02",
        "date:2026",
        "date:>2026-02",
        "route:TH>LA",
        "route:thailand>laos",
        "route:TH>VN>LA",
        "route:>LA",
        "route:TH>",
        "route:vietnam",
        "mode:4",
        "mode:air",
        "method:risk_profile",
        'concealment:"hold baggage"',
        "procedure:passenger",
        "offence:concealment",
        "origin:training",
        "classification:restricted",
        "case:LA-VTE-2026-000123",
        "case:la-vte-2026*",
        "LA-VTE-2026-000123",
        "container:MSKU1234565",
        "container:msku-123456-5",
        "container:MSKU*",
        "identifier:S77",
        "MSKU1234565",
        "xx-123",
        "laos thailand",
        "ລາວ",
    ],
)
def test_finds_the_case(query):
    assert found(query)


@pytest.mark.parametrize(
    "query",
    [
        "boat",
        "ketamine boat",
        "-ketamine",
        '"bottom false"',
        '"bottom false"~1',
        '"suitcases false"',
        "title:suitcases",
        '"suitcases airport"~20',
        "title:bottom",
        "place:ketamine",
        "place:laos",
        "drug:heroin",
        "country:TH",
        "status:validated",
        "unit:LA-BOT",
        "office:LA-HQ",
        "kg:>2.4",
        "kg:<2.4",
        "date:2025",
        "date:<2026-03-02",
        "route:LA>TH",
        "route:VN>LA",
        "route:CN",
        "container:MSKU7654321",
        "import:ketamine",
        "hs:29",
        "brand:ketamine",
        "0192d1a0",
    ],
)
def test_does_not_find_the_case(query):
    assert not found(query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ເຄຕາມີນ", True),
        ("ຕາມີ", True),
        ("ກະເປົາ", True),
        ("narrative:ກະເປົາ", True),
        ("title:ກະເປົາ", False),
        ("ກິໂລກລາມ", True),
        ('"ກິໂລກລາມ"', False),
        ("narrative:ກິໂລກລາມ", False),
        ("ນໍ້າໜັກ", True),
        ("ນ້ຳຫນັກ", True),
        ('"ພົບ ເຫັນ"', True),
        ("ພົບເຫັນເຄ*", True),
        ("ຕາມີ*", True),
        ("ງູ", False),
        ("ຢາບ້າ", False),
    ],
)
def test_lao_inside_a_sentence(query, expected):
    assert found(query) is expected


def test_a_short_lao_word_relies_on_the_dictionary():
    made = document(narrative={"lo": "ກວດພົບງູ 3 ໂຕ"})
    assert found("ງູ", made)


def test_spaced_out_letters_are_found():
    assert found("ຢາບ້າ", document(narrative={"lo": "ພົບ ຢ າ ບ້ າ 400 ເມັດ"}))


def test_thai_is_found_by_trigrams():
    made = document(narrative={"th": "พบยาบ้าในกระเป๋า"})
    assert found("ยาบ้า", made)
    assert found('"กระเป๋า"', made)
    assert not found("เฮโรอีน", made)


def test_names_of_goods_are_found_by_synonym_and_by_what_includes_them():
    made = document(title="Tablets", narrative={}, goods=[line("methamphetamine_tablets", "1")])
    assert found("yaba", made)
    assert found("drug:yaba", made)
    assert found("drug:methamphetamine", made)
    assert found('drug:"methamphetamine tablets"', made)
    assert found("drug:amphetamine_type", made)
    assert not found("drug:amphetamine", made)


def test_goods_are_found_by_their_names_in_the_other_language():
    made = document(title="ພົບເຄຕາມີນ ແລະ ຢາບ້າ", narrative={}, goods=[])
    assert found("ketamine", made)
    assert found("yaba", made)
    assert not found('"ketamine"', made)
    assert not found("title:ketamine", made)
    assert found("ຢາບ້າ", document(title="Methamphetamine tablets", narrative={}, goods=[]))
    assert not found("amphetamine", document(title="High speed", narrative={}, goods=[]))


def test_lao_words_of_several_spellings():
    made = document(narrative={"lo": "ເຈົ້າໜ້າທີ່ຢຶດນໍແຣດ"})
    assert found("ຍຶດ ນໍແຮດ", made)
    assert not found('"ຍຶດ"', made)


def test_imported_values_are_found_by_import_alone():
    source = {"job": "cases-0192", "file": "seizures_2014.csv.gz", "row": 17}
    made = document(origin="imported", original={"DRUG_NAME": "Cannabis Herb (Marijuana)"}, **{"import": source})
    for query in ("import:seizures_2014.csv.gz", "import:marijuana", "import:17", "import:cases-0192", "origin:imported"):
        assert found(query, made), query
    assert not found("marijuana", made)


def test_stems_serve_free_words_only():
    made = document(title="Seized boats", narrative={"fr": "valises cachées"}, goods=[])
    assert found("boat seizing", made)
    assert found("valise", made)
    assert not found('"boat"', made)
    assert not found("title:boat", made)


@pytest.mark.parametrize(
    ("query", "code", "position"),
    [
        ("drug:nosuchthing", "unknown_code", 5),
        ("kg:>1 country:XX", "unknown_code", 14),
        ("unit:LA-NOWHERE", "unknown_code", 5),
        ("route:CO>Atlantis", "unknown_code", 9),
        ("route:united>LA", "unknown_code", 6),
        ('kg:1 country:"No Land"', "unknown_code", 14),
        ("hs:293", "bad_hs", 3),
        ("hs:abcd", "bad_hs", 3),
        ("(drug:opium OR drug:heroin) " * 7 + "kg:>1", "too_many", 0),
    ],
)
def test_unknown_values_are_refused(query, code, position):
    with pytest.raises(QueryError) as refused:
        plan(query)
    assert (refused.value.code, refused.value.position) == (code, position)
    assert refused.value.message % refused.value.params


def test_a_misspelt_code_gets_a_proposal():
    with pytest.raises(QueryError) as refused:
        plan("drug:cannabiss")
    assert refused.value.params["nearest"] == "cannabis"


def test_before_the_units_are_known_any_code_is_taken():
    assert found("unit:la-vte", units=Units())
    assert not found("unit:la-hq", units=Units())


def test_units():
    assert set(UNITS.subtree("LA-HQ")) == {"LA-HQ", "LA-VT", "LA-VTE", "LA-BOT"}
    assert UNITS.subtree("LA-BOT") == ("LA-BOT",)
    assert UNITS.label("LA-VT", "lo") == "Vientiane Capital customs"
    assert UNITS.label("XX", "lo") == "XX"


HEROIN_AND_CANNABIS = [
    line("heroin", "1", hs_code="2939.11", brand="Blue Lion"),
    line("cannabis_herb", "50", hs_code="1211.90", brand="Green Blue Leaf"),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("drug:heroin kg:>10", False),
        ("drug:cannabis kg:>10", True),
        ("drug:heroin drug:cannabis", True),
        ("drug:heroin drug:cannabis kg:>10", False),
        ("drug:heroin drug:cannabis kg:>0.5", True),
        ("drug:heroin kg:>0.5 kg:<2", True),
        ("drug:cannabis kg:>0.5 kg:<2", False),
        ("(drug:heroin OR drug:cannabis) kg:>10", True),
        ("(drug:heroin OR drug:opium) kg:>10", False),
        ("drug:(heroin OR cannabis) kg:1", True),
        ("(drug:heroin) kg:>10", False),
        ("(drug:heroin status:submitted) kg:>10", True),
        ("drug:heroin NOT kg:>60", True),
        ("NOT (drug:heroin kg:>10)", True),
        ("hs:2939 kg:>10", False),
        ("hs:12 kg:>10", True),
        ("hs:2939 drug:cannabis", False),
        ("hs:293911 drug:opioids", True),
        ("brand:blue kg:>10", True),
        ("brand:lion kg:>10", False),
        ('brand:"blue leaf" kg:>10', True),
        ('brand:"green blue leaf" drug:cannabis hs:121190 kg:50', True),
        ('brand:"blue lion" drug:cannabis', False),
        ("brand:lio* drug:cannabis", True),
        ("kg:51", True),
        ("kg:50", False),
        ("drug:heroin kg:>10 OR drug:cannabis kg:>10", True),
        ("ketamine drug:cannabis kg:>10", True),
    ],
)
def test_conditions_hold_for_one_goods_line(query, expected):
    assert found(query, document(goods=HEROIN_AND_CANNABIS)) is expected


@pytest.mark.parametrize(
    ("query", "expected"), [("drug:heroin kg:>0.5", True), ("drug:heroin kg:>1", False), ("drug:heroin brand:lion", True)]
)
def test_one_line_answers_the_same(query, expected):
    assert found(query, document(goods=HEROIN_AND_CANNABIS[:1])) is expected


def test_a_line_of_unknown_weight_is_no_weight():
    made = document(goods=[line("heroin"), line("cannabis_herb", "50")])
    assert not found("drug:heroin kg:>=0", made)
    assert found("drug:heroin hs:29", document(goods=[line("heroin", hs_code="2939"), line("opium", "1")]))


def test_a_very_long_brand_is_still_asked():
    long = "One Two Three Four Five"
    made = document(goods=[line("heroin", "1", brand=long), line("opium", "20", brand="One Two Three Four")])
    assert found(f'brand:"{long}" kg:1', made)
    assert not found(f'brand:"{long} Six" kg:1', made)


def test_keys_are_the_same_for_every_way_of_typing():
    for one, other in [
        ("Ketamine", "KÉTAMINE"),
        ("country:LA", "ປະເທດ:laos"),
        ("date:2026", "date:2026-01-01..2026-12-31"),
        ("kg:>2", "kg:>2.000"),
        ("drug:heroin kg:>1", "kg:>1 drug:diamorphine"),
        ("hs:2939", "hs:29-39"),
        ("wattay~2", "wattay~"),
        ("container:MSKU1234565", "container:msku-1234565"),
        ("route:TH>LA", "route:thailand>laos"),
    ]:
        keys = [_keys(plan(query)) for query in (one, other)]
        assert keys[0] == keys[1], (one, other)


def _keys(made):
    return {made.key} if isinstance(made, Leaf) else set().union(*(_keys(part) for part in made.parts))


def test_shapes():
    assert plan("") == Everything()
    assert isinstance(plan("a b"), AllOf)
    assert plan("a a") == plan("a")
    assert compile_query(parse("a OR a"), UNITS) == plan("a")
