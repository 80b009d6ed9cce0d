from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.installation import Installation

SEIZURE: dict[str, Any] = {
    "offence_types": ["concealment"],
    "occurred_at": "2026-03-02T21:40:00+07:00",
    "office": "LA-VTE",
    "place": {"name": "Wattay International Airport", "country": "LA"},
    "detection_method": "risk_profile",
    "title": "Ketamine in a suitcase",
    "narrative": {"en": "Written for a test."},
    "goods": [{"commodity": "drugs", "subtype": "ketamine", "description": {"en": "white powder"}, "quantity": "2.400", "unit": "KGM"}],
    "route": [{"role": "departure", "country": "TH"}, {"role": "destination", "country": "LA"}],
    "conveyances": [{"mode": "4", "flight_or_voyage": "XX123"}],
    "concealment": [{"code": "hold_baggage"}],
}


@pytest.fixture
def as_user(installation: Installation) -> Iterator[Callable[[str], httpx.Client]]:
    """`as_user("officer.vte")`: a client signed in anew."""
    clients: list[httpx.Client] = []

    def sign_in(username: str) -> httpx.Client:
        clients.append(installation.rest(username))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


@pytest.fixture
def officer(as_user: Callable[[str], httpx.Client]) -> httpx.Client:
    return as_user("officer.vte")


@pytest.fixture
def validator(as_user: Callable[[str], httpx.Client]) -> httpx.Client:
    return as_user("validator.vte")


@pytest.fixture
def chief(as_user: Callable[[str], httpx.Client]) -> httpx.Client:
    return as_user("chief.hq")


@pytest.fixture
def word() -> str:
    """A word that nothing else in the installation has."""
    return f"zq{secrets.token_hex(5)}"


def submitted(client: httpx.Client, word: str, **changes: Any) -> dict[str, Any]:
    """A seizure whose title holds the word, submitted for validation."""
    draft = client.post("/cases", json=SEIZURE | {"title": f"Ketamine {word} in a suitcase"} | changes)
    assert draft.status_code == 201, draft.text
    case = draft.json()
    step = client.post(f"/cases/{case['id']}/transitions", json={"to": "submitted"}, headers={"If-Match": draft.headers["etag"]})
    assert step.status_code == 200, step.text
    answer: dict[str, Any] = step.json()
    return answer


def watch(client: httpx.Client, word: str, unit: str = "LA-VTE", **changes: Any) -> dict[str, Any]:
    """A saved search of the unit that alerts on the word."""
    body = {"name": f"Watch {word}", "query": word, "unit": unit, "alert": True, "severity": "high", "channels": ["screen"]} | changes
    answer = client.post("/saved-searches", json=body)
    assert answer.status_code == 201, answer.text
    saved: dict[str, Any] = answer.json()
    return saved
