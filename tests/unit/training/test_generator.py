"""Training records: valid, the same each time, in two languages, and nothing of them in the future."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.cases.domain.content import checked, cleaned
from services.cases.domain.record import Actor, Moment
from services.cases.domain.requirements import missing, occurrence_problems
from services.cases.training.generator import Generator
from services.cases.training.material import offices, phrases, scenarios, stories
from shared.vocabulary import vocabulary

ZONE = ZoneInfo("Asia/Vientiane")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def actor(username: str) -> Actor:
    return Actor(f"account of {username}", username, f"LA-{username.partition('.')[2].upper()}")


@pytest.fixture(scope="module")
def cases():
    return list(Generator(NOW, ZONE, actor).cases())


def test_every_case_could_have_been_submitted(cases):
    moment = Moment(NOW, ZONE)
    for made in cases:
        tree, unclean = cleaned(made.content)
        content, problems = checked(tree)
        lacking = missing(content)
        assert (unclean, problems, lacking) == ([], [], []), made.content["title"]
        assert occurrence_problems(content["occurred_at"], moment.now, moment.zone) == []


def test_the_same_day_gives_the_same_cases(cases):
    assert list(Generator(NOW, ZONE, actor).cases()) == cases


def test_two_years_of_every_commodity_at_every_office(cases):
    assert len(cases) == 3_000
    lines = [made.content["goods"][0] for made in cases]
    assert {line["commodity"] for line in lines} == vocabulary("commodities").all_codes
    assert {made.content["office"] for made in cases} >= {office.code for office in offices()}
    days = sorted(made.content["occurred_at"] for made in cases)
    assert days[0] < (NOW - timedelta(days=700)).isoformat()
    assert {"draft"} | {made.status for made in cases} == vocabulary("statuses").all_codes


def test_about_a_third_is_told_in_lao(cases):
    told = Counter(tuple(sorted(made.content["narrative"])) for made in cases)
    assert 0.3 < (told[("lo",)] + told[("en", "lo")]) / len(cases) < 0.5
    assert told[("lo",)] > 100


def test_every_story_is_told_once(cases):
    narratives = Counter(made.content["narrative"].get("lo") for made in cases)
    assert [narratives[story.texts["lo"]] for story in stories()] == [1] * len(stories())


def test_no_record_is_older_than_its_seizure_or_younger_than_now(cases):
    for made in cases:
        steps = [datetime.fromisoformat(made.content["occurred_at"]), made.created_at, made.submitted_at, made.validated_at or NOW, NOW]
        assert steps == sorted(steps)


def test_drafts_lack_something_and_are_well_formed():
    drafts = list(Generator(NOW, ZONE, actor).drafts("officer.vte", 5))
    assert {draft.status for draft in drafts} == {"draft"}
    assert all(len({"narrative", "route", "concealment", "detection_method"} - set(draft.content)) >= 2 for draft in drafts)
    assert all(checked(draft.content)[1] == [] for draft in drafts)


def test_every_phrase_stands_in_both_languages_with_the_same_places():
    for name in ("concealment", "openings", "findings"):
        for code, texts in phrases()[name].items():
            assert set(texts) == {"en", "lo"}, (name, code)
            places = [sorted(part.partition(")")[0] for part in texts[language].split("%(")[1:]) for language in ("en", "lo")]
            assert places[0] == places[1], (name, code)


def test_scenarios_use_known_codes():
    for scenario in scenarios():
        kinds = vocabulary("subtypes")
        assert scenario.subtype is None or kinds.entry(scenario.subtype).properties["commodity"] == scenario.commodity
        assert scenario.unit in vocabulary("units")
        assert set(scenario.concealments) <= vocabulary("concealment").all_codes & set(phrases()["concealment"])
        assert {*scenario.departures, *scenario.destinations} <= vocabulary("countries").all_codes
