"""The document of a case: what is indexed, and what is left out."""

from services.search.domain.analyse import GAP
from services.search.domain.document import KEYWORD_INDEXES, NUMBER_INDEXES, TEXT_INDEXES, analyse_case, sources_of
from services.search.domain.facts import compact, route_terms
from services.search.domain.lines import LARGEST, hs_prefixes, line_bounds, line_terms, micrograms
from tests.unit.search.builders import case, document, line


def test_every_index_is_named():
    made = document(
        brand="x",
        goods=[line("heroin", "1", brand="Blue Lion", hs_code="2939"), line("opium", "2", description={"lo": "ຝິ່ນດິບ"})],
        place={"name": "ວັດໄຕ", "region": "ວຽງຈັນ", "country": "LA"},
        original={"PLACE": "ວັດໄຕ"},
        **{"import": {"job": "cases-1", "file": "a.csv", "row": 3}},
    )
    assert set(made.texts) <= set(TEXT_INDEXES)
    assert set(made.keywords) <= set(KEYWORD_INDEXES)
    assert set(made.numbers) <= set(NUMBER_INDEXES)
    assert set(KEYWORD_INDEXES) - set(made.keywords) == set()


def test_an_empty_case_is_a_document():
    made = analyse_case({"id": "x", "version": 1})
    assert (made.id, made.version, made.sequence) == ("x", 1, 0)
    assert made.keywords == {"id": ("x",), "lines": ("one",)}
    assert (made.texts, made.numbers, made.sources) == ({}, {}, [])


def test_nulls_are_as_good_as_absent():
    empty = dict.fromkeys(case(), None) | {"id": "x", "version": 1, "sequence": 1}
    assert analyse_case(empty).keywords == {"id": ("x",), "lines": ("one",)}


def test_coded_parts():
    made = document()
    assert made.keywords["case"] == ("lavte2026000123",)
    assert made.keywords["route"] == ("TH", "VN", "LA", "TH>", ">LA", "TH>LA", "TH>VN>LA")
    assert made.keywords["container"] == ("msku1234565",)
    assert set(made.keywords["identifier"]) == {"lavte2026000123", "xx123", "msku1234565", "s77"}
    assert (made.keywords["year"], made.keywords["month"]) == (("2026",), ("2026-03",))
    assert made.numbers == {"kg": 2_400_000_000, "date": 20260302}
    broader = document(goods=[line("methamphetamine_tablets")]).keywords
    assert broader["subtype"] == ("methamphetamine_tablets",)
    assert broader["drug"] == ("methamphetamine_tablets", "methamphetamine", "amphetamine_type")
    assert document(goods=[line("nosuchcode")]).keywords["drug"] == ("nosuchcode",)


def test_values_stand_apart():
    made = document(narrative={"en": "one two", "fr": "three"})
    places = {term: position for position, term in made.positions("narrative")}
    assert places["two"] - places["one"] == 1
    assert places["three"] - places["two"] == GAP + 1
    assert made.positions("brand") == []


def test_labels_are_found_by_words_and_are_no_text_of_the_case():
    made = document(title=None, narrative={})
    labels = [source for source in made.sources if source.label]
    assert {"Ketamine", "Laos", "ລາວ", "Thailand"} <= {source.text for source in labels}
    assert ("ketamine",) in made.texts["all"]
    assert "all_grams" not in made.texts
    assert not any(source.label for source in sources_of(case()))


def test_what_a_file_said_is_kept_apart():
    made = analyse_case(case(title="…", original={"DRUG": "Marijuana"}, **{"import": {"job": "cases-1", "file": "a.csv", "row": 3}}))
    assert ("marijuana",) in made.texts["import"]
    assert ("marijuana",) not in made.texts["all"]
    assert "title" not in made.texts


def test_stems_and_sounds():
    made = document(narrative={"lo": "ເຮໂຣອິນ", "fr": "valises"})
    assert ("valis",) in made.texts["all_stems"]
    assert made.texts["all_sounds"] == [("ເຮໂ", "ຮໂລ", "ໂລອ", "ລອິ", "ອິນ")]


def test_plain_members():
    found = {source.path for source in sources_of(case(tags=["alpha", "beta"], legal_basis=["Customs Law 12"], offence_other="trick"))}
    assert {
        "tags",
        "legal_basis",
        "offence_other",
        "conveyances[0].flight_or_voyage",
        "conveyances[0].seals",
        "concealment[0].text",
    } <= found
    goods = [line("heroin", brand="Lion", right_holder="Somebody", serials=["A1"], cites={"taxon": "Manis javanica"}, lab_reference="L-1")]
    found = {source.path for source in sources_of(case(goods=goods, route=[{"role": "transit", "place": "Pakse"}]))}
    assert {
        "goods[0].brand",
        "goods[0].right_holder",
        "goods[0].serials",
        "goods[0].cites.taxon",
        "goods[0].lab_reference",
        "route[0].place",
    } <= found


def test_identifiers_keep_letters_of_every_script():
    assert compact("ກຂ 12-34") == "ກຂ1234"
    assert compact("MSKU 123456-5") == "msku1234565"
    assert compact("ນ້ຳ_1") == "ນ້ຳ1"


def test_routes():
    assert route_terms((("departure", ""), ("", "LA"))) == ("LA",)
    legs = (("departure", "CO"), ("departure", "PE"), ("destination", "ES"))
    assert {"CO>ES", "PE>ES"} <= set(route_terms(legs))


def test_weights_are_whole_micrograms():
    assert micrograms("2.4") == 2_400_000_000
    assert micrograms("0.000000001") == 1
    assert micrograms("0.0000000001") == 0
    assert micrograms("1e30") == LARGEST


def test_hs_codes():
    assert hs_prefixes("2939.11") == ("29", "2939", "293911")
    assert hs_prefixes("29") == ("29",)
    assert hs_prefixes("x") == ()


def test_lines_answer_by_ranges_of_terms():
    terms = line_terms([line("heroin", "1"), line("cannabis_herb")])
    low, high = line_bounds("heroin", "", (), micrograms("1"), None)
    assert any(low <= term <= high for term in terms)
    low, high = line_bounds("cannabis", "", (), None, None)
    assert any(low <= term <= high for term in terms)
    low, high = line_bounds("cannabis", "", (), 0, None)
    assert not any(low <= term <= high for term in terms)
    assert line_terms([{}]) == ("|||-",)


def test_negative_weights_do_not_break_the_order():
    assert line_terms([line("heroin", "-1")])[0].endswith("|" + "0" * 19)
