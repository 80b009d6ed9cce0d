"""Fields that name something of this installation: units, offices, people; and the caller's clearance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from services.cases.domain.content import cleaned
from services.cases.domain.problems import problem, refuse, shown
from services.cases.handlers.callers import Caller
from services.cases.ports import CaseStore
from shared.errors import FieldError, ServiceError, Unprocessable
from shared.security.principal import CLEARANCES

OFFICE = "office"


@contextmanager
def together_with(problems: list[FieldError]) -> Iterator[None]:
    """Tells these problems and those of the domain at once; a field that is not well formed is not also unknown."""
    try:
        yield
    except Unprocessable as error:
        told = {each.field for each in error.errors}
        error.errors += [each for each in problems if each.field not in told]
        raise
    except ServiceError:
        refuse(problems)
        raise
    refuse(problems)


def reference_problems(store: CaseStore, caller: Caller, raw: Any) -> list[FieldError]:
    """Of what was sent, whatever it is; only what it mentions is looked up."""
    return look_up(store, caller, raw)[0]


def look_up(store: CaseStore, caller: Caller, raw: Any) -> tuple[list[FieldError], dict[str, Any]]:
    """The problems, and what a new record takes where nothing is said: the caller's unit, and its office where that is one.

    What is looked up has been cleaned: a text that no store can hold never reaches the store, and is told by the domain.
    """
    sent, _ = cleaned(raw)
    unit, codes = caller.principal.unit, _unit_codes(sent)
    kinds = store.unit_kinds({unit, *codes.values()})
    problems = [
        *_unit_problems(codes, kinds, caller),
        *_people_problems(store, sent),
        *_clearance_problems(caller, sent.get("classification")),
    ]
    return problems, {"unit": unit} | ({OFFICE: unit} if kinds.get(unit) == OFFICE else {})


def lead_account(store: CaseStore, username: str | None) -> str | None:
    return store.accounts([username]).get(username) if username else None


def _unit_codes(sent: Mapping[str, Any]) -> dict[str, str]:
    place = sent.get("place")
    named = {
        "office": sent.get("office"),
        "unit": sent.get("unit"),
        "place.office": place.get("office") if isinstance(place, Mapping) else None,
    }
    return {path: code for path, code in named.items() if isinstance(code, str)}


def _unit_problems(codes: Mapping[str, str], kinds: Mapping[str, str], caller: Caller) -> Iterator[FieldError]:
    for path, code in codes.items():
        if code not in kinds or (path != "unit" and kinds[code] != OFFICE):
            yield problem(path, "unknown_code", value=shown(code))
        elif path == "unit" and code not in caller.subtree | {caller.principal.unit}:
            yield problem(path, "foreign_unit", value=shown(code))


def _people_problems(store: CaseStore, raw: Mapping[str, Any]) -> Iterator[FieldError]:
    team = raw.get("team")
    named = {"lead_officer": raw.get("lead_officer")} | {
        f"team[{index}]": name for index, name in enumerate(team if isinstance(team, list) else ())
    }
    names = {path: name for path, name in named.items() if isinstance(name, str)}
    known = store.accounts(names.values()) if names else {}
    return (problem(path, "unknown_user", value=shown(name)) for path, name in names.items() if name not in known)


def _clearance_problems(caller: Caller, classification: Any) -> Iterator[FieldError]:
    if classification in CLEARANCES and not caller.principal.cleared_for(classification):
        yield problem("classification", "above_clearance", value=classification)
