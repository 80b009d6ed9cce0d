"""Some 3,000 made-up cases over two years: the same ones for the same day, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from stdnum.iso6346 import calc_check_digit

from services.cases.domain.ready_made import ReadyMade
from services.cases.domain.record import Actor
from services.cases.training.lives import Life, life_of
from services.cases.training.material import Office, Scenario, Story, offices, phrases, scenarios, stories
from services.cases.training.texts import LANGUAGES, Find, narrative, pick_endings, title
from shared.vocabulary import vocabulary

CASES = 3_000
DAYS = 730
SEED = 20_260_302
TAG = "training"
# How often a record is told in English, in both languages, in Lao alone.
_LANGUAGES = ((("en",), 64), (("en", "lo"), 22), (("lo",), 14))

ActorOf = Callable[[str], Actor]


class Generator:
    """`actor_of` gives the account behind a username such as `officer.vte`."""

    def __init__(self, now: datetime, zone: tzinfo, actor_of: ActorOf, seed: int = SEED) -> None:
        self._random = Random(seed)  # noqa: S311  made-up records need to be the same again, not secret
        self._now = now.astimezone(zone)
        self._zone = zone
        self._actor_of = actor_of

    def cases(self, count: int = CASES) -> Iterator[ReadyMade]:
        """In order of their days, so that numbers follow time."""
        told = stories()
        places = set(self._random.sample(range(count), min(len(told), count)))
        following = iter(told)
        for index in range(count):
            moment = self._moment(DAYS * (count - index) / count)
            yield self._told(next(following), moment) if index in places else self._drawn(moment)

    def drafts(self, username: str, count: int) -> Iterator[ReadyMade]:
        """Unfinished records of one officer, each lacking something."""
        office = _office_of(username)
        for _ in range(count):
            moment = self._moment(self._random.uniform(0.1, 20))
            content = self._content(office, moment)
            for field in self._random.sample(("narrative", "route", "concealment", "detection_method"), 2):
                content.pop(field, None)
            yield ReadyMade(content, self._actor_of(username), moment, origin=TAG, status="draft")

    def fresh(self, usernames: tuple[str, ...], count: int) -> Iterator[tuple[Actor, dict[str, Any]]]:
        """What officers would type today: content alone, to be submitted as everybody's is."""
        for index in range(count):
            username = usernames[index % len(usernames)]
            moment = self._moment(self._random.uniform(0.05, 0.9))
            yield self._actor_of(username), self._content(_office_of(username), moment)

    def _moment(self, days_ago: float) -> datetime:
        moment = self._now - timedelta(days=days_ago, minutes=self._random.randrange(240))
        return moment.replace(second=0, microsecond=0)

    def _drawn(self, moment: datetime) -> ReadyMade:
        scenario = self._weighted(scenarios())
        office = self._weighted([office for office in offices() if office.ways & set(scenario.ways)])
        return self._lived(self._content(office, moment, scenario), office.code, moment)

    def _told(self, story: Story, moment: datetime) -> ReadyMade:
        """A story that names its day keeps it, once that day is past."""
        facts = story.facts
        if facts["moment"]:
            named = datetime.fromisoformat(facts["moment"]).replace(tzinfo=self._zone)
            moment = named if named < self._now else moment
        content = self._head(facts["office"], moment) | _story_content(story)
        content["title"] = _story_title(story, "lo" if self._random.random() < 0.3 else "en")
        return self._lived(content, facts["office"], moment)

    def _lived(self, content: dict[str, Any], office: str, moment: datetime) -> ReadyMade:
        life: Life = life_of(self._random, moment, self._now)
        suffix = office.removeprefix("LA-").lower()
        author = self._actor_of(f"officer.{suffix}")
        validator = self._actor_of(f"validator.{suffix}").username
        return ReadyMade(
            content,
            author,
            life.created_at,
            origin=TAG,
            status=life.status,
            submitted_at=life.submitted_at,
            validated_at=life.validated_at,
            validated_by=validator if life.validated_at else None,
            returned=_returned(self._random, life, validator),
        )

    def _content(self, office: Office, moment: datetime, scenario: Scenario | None = None) -> dict[str, Any]:
        random = self._random
        chosen = scenario or self._weighted([one for one in scenarios() if office.ways & set(one.ways)])
        way = random.choice(sorted(office.ways & set(chosen.ways)))
        find = self._find(chosen, office, way, moment)
        languages = random.choices([names for names, _ in _LANGUAGES], [weight for _, weight in _LANGUAGES])[0]
        endings = pick_endings(random)
        content = self._head(office.code, moment, office)
        content |= {
            "title": title(find, languages[0]),
            "narrative": {language: narrative(find, language, endings) for language in languages},
            "offence_types": sorted({phrases()["offences"][chosen.commodity], *(["concealment"] if _is_hidden(find) else [])}),
            "procedure": random.choice(phrases()["ways"][way]["procedures"]),
            "detection_method": find.method,
            "goods": [_line(chosen, find.quantity, languages)],
            "route": self._route(chosen),
            "conveyances": [self._conveyance(way, find.conveyance)],
            "concealment": [{"code": find.concealment}],
        }
        return content

    def _head(self, code: str, moment: datetime, office: Office | None = None) -> dict[str, Any]:
        head: dict[str, Any] = {"office": code, "unit": code, "occurred_at": moment.isoformat(), "tags": [TAG]}
        if self._random.random() < 0.08:
            head["classification"] = "unclassified"
        office = office or next((one for one in offices() if one.code == code), None)
        if office is None:
            return head | {"place": {"country": "LA", "office": code}}
        place = {"name": office.names["en"], "country": "LA", "region": office.region, "office": code}
        spread = self._random.uniform(-0.02, 0.02)
        place_at = {"latitude": round(office.latitude + spread, 4), "longitude": round(office.longitude - spread, 4)}
        return head | {"place": place | {"coordinates": place_at} | ({"locode": office.locode} if office.locode else {})}

    def _find(self, scenario: Scenario, office: Office, way: str, moment: datetime) -> Find:
        random = self._random
        conveyances = phrases()["ways"][way]["conveyances"]
        return Find(
            goods={language: scenario.label(language) for language in LANGUAGES},
            quantity=self._quantity(scenario),
            unit=scenario.unit,
            way=way,
            conveyance=random.choice(conveyances) if conveyances else "",
            concealment=random.choice(scenario.concealments),
            method=random.choice(list(phrases()["findings"])),
            office=office,
            day=moment.date(),
        )

    def _quantity(self, scenario: Scenario) -> Decimal:
        """Small seizures are common, large ones rare."""
        share = self._random.random() ** 3
        amount = Decimal(scenario.least + (scenario.most - scenario.least) * share)
        step = Decimal(1) if scenario.least == int(scenario.least) else Decimal("0.1")
        return max(amount.quantize(step, ROUND_HALF_UP), step)

    def _route(self, scenario: Scenario) -> list[dict[str, str]]:
        departure = {"role": "departure", "country": self._random.choice(scenario.departures)}
        return [departure, {"role": "destination", "country": self._random.choice(scenario.destinations)}]

    def _conveyance(self, way: str, kind: str) -> dict[str, Any]:
        random = self._random
        conveyance: dict[str, Any] = {"mode": phrases()["ways"][way]["mode"]} | ({"type": kind} if kind else {})
        if kind == "container":
            # No owner has this code: the training installation's own.
            number = f"TRNU{random.randrange(10**6):06d}"
            conveyance["container_no"] = f"{number}{calc_check_digit(number)}"
        elif way == "air":
            conveyance["flight_or_voyage"] = f"XX{random.randrange(100, 999)}"
        elif way == "road":
            conveyance["registration"] = f"ທສ {random.randrange(10_000):04d}"
        return conveyance

    def _weighted(self, choices: Any) -> Any:
        return self._random.choices(choices, [choice.weight for choice in choices])[0]


def _line(scenario: Scenario, quantity: Decimal, languages: tuple[str, ...]) -> dict[str, Any]:
    line: dict[str, Any] = {"commodity": scenario.commodity, "quantity": str(quantity), "unit": scenario.unit}
    if scenario.subtype:
        line["subtype"] = scenario.subtype
    if scenario.description:
        line["description"] = {language: scenario.description[language] for language in languages}
    value = (quantity * Decimal(str(scenario.dollars))).quantize(Decimal(1), ROUND_HALF_UP)
    return line | {"value": str(value), "currency": "USD"}


def _story_content(story: Story) -> dict[str, Any]:
    facts = story.facts
    line = {name: facts[name] for name in ("commodity", "subtype", "quantity", "unit") if facts[name]}
    content: dict[str, Any] = {
        "narrative": dict(story.texts),
        "offence_types": [phrases()["offences"][facts["commodity"]]],
        "procedure": facts["procedure"],
        "detection_method": facts["method"],
        "goods": [line | ({} if facts["subtype"] and facts["commodity"] != "counterfeit" else {"description": _first_sentences(story)})],
        "concealment": [{"code": facts["concealment"]}],
        "conveyances": [{"mode": facts["mode"]} | ({"type": facts["conveyance"]} if facts["conveyance"] else {})],
    }
    legs = [{"role": role, "country": facts[role]} for role in ("departure", "destination") if facts[role]]
    return content | ({"route": legs} if legs else {})


def _first_sentences(story: Story) -> dict[str, str]:
    return {language: text.split(". ")[0].rstrip(".") for language, text in story.texts.items()}


def _story_title(story: Story, language: str) -> str:
    facts = story.facts
    if not facts["subtype"]:
        return _first_sentences(story)[language][:300]
    words = {
        "goods": vocabulary("subtypes").label(facts["subtype"], language),
        "concealment": phrases()["concealment"][facts["concealment"]][language],
    }
    return str(phrases()["title"][language] % words)


def _returned(random: Random, life: Life, validator: str) -> dict[str, Any] | None:
    if life.status != "returned":
        return None
    remark = random.choice(phrases()["return_comments"])
    at = (life.submitted_at or life.created_at) + timedelta(hours=5)
    return {"comment": remark["comment"], "fields": [remark], "at": at.isoformat(timespec="milliseconds"), "by": validator}


def _is_hidden(find: Find) -> bool:
    return find.concealment not in ("not_concealed", "mis_declared")


def _office_of(username: str) -> Office:
    code = "LA-" + username.partition(".")[2].upper()
    return next(office for office in offices() if office.code == code)
