"""Every process and the broker are killed once while officers go on saving. What was promised is in every store, once.

The stores are asked by plain SQL and by REST: nothing of a service is imported, so no service can excuse itself.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC
from typing import Any

import httpx
import psycopg
import pytest

from tests.installation import Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

WRITERS = 6
LEAST_SAVES_PER_SECOND = 20
OFFICERS = ("officer.vte", "validator.vte", "validator2.vte")
CASE: dict[str, Any] = {
    "offence_types": ["concealment"],
    "occurred_at": "2026-03-02T21:40:00+07:00",
    "office": "LA-VTE",
    "place": {"name": "Wattay International Airport", "country": "LA"},
    "detection_method": "risk_profile",
    "narrative": {"en": "Written by a test of reliability"},
    "goods": [{"commodity": "drugs", "subtype": "ketamine", "quantity": "2.400", "unit": "KGM"}],
    "route": [{"role": "departure", "country": "TH"}, {"role": "destination", "country": "LA"}],
}


class Officers:
    """Writers that save until told to stop; a call without an answer is repeated under its key until it has one."""

    def __init__(self, installation: Installation, word: str) -> None:
        self._installation = installation
        self._word = word
        self._stop = threading.Event()
        self._keys = itertools.count()
        self._lock = threading.Lock()
        self.submitted: dict[str, str] = {}
        self._answers: deque[float] = deque()
        self.unanswered: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._clients = [self._client(name) for name, _ in zip(itertools.cycle(OFFICERS), range(WRITERS), strict=False)]
        self._threads = [threading.Thread(target=self._write, args=(client,)) for client in self._clients]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def answered(self) -> int:
        return len(self._answers)

    def rate(self, seconds: float = 2.0) -> float:
        """Saves a second, just now."""
        since = time.monotonic() - seconds
        return sum(moment > since for moment in list(self._answers)[-1000:]) / seconds

    def busy(self) -> float:
        """The rate, once it is high enough."""
        rate = self.rate()
        assert rate >= LEAST_SAVES_PER_SECOND, {"rate": rate, "wrong": self.wrong, "unanswered": self.unanswered}
        return rate

    def finish(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "A call never got its answer"
        for client in self._clients:
            client.close()

    def _client(self, username: str) -> httpx.Client:
        return self._installation.rest(username, limits=httpx.Limits(max_keepalive_connections=1))

    def _write(self, client: httpx.Client) -> None:
        try:
            while not self._stop.is_set():
                key = f"{self._word}x{next(self._keys)}"
                case = self._answer(client, "/cases", CASE | {"title": f"{self._word} {key}"}, f"{key}-create", {})
                path = f"/cases/{case['id']}/transitions"
                self._answer(client, path, {"to": "submitted"}, f"{key}-submit", {"If-Match": "*"})
                with self._lock:
                    self.submitted[key] = case["id"]
        except AssertionError as error:
            self.wrong.append(str(error))

    def _answer(self, client: httpx.Client, path: str, body: dict[str, Any], key: str, headers: dict[str, str]) -> dict[str, Any]:
        while True:
            try:
                answer = client.post(path, json=body, headers={"Idempotency-Key": key, **headers})
            except httpx.TransportError as error:
                self._note(type(error).__name__)
                continue
            if answer.is_success:
                self._answers.append(time.monotonic())
                result: dict[str, Any] = answer.json()
                return result
            if answer.status_code == 429:
                time.sleep(float(answer.headers["Retry-After"]))
                continue
            in_progress = answer.status_code == 409 and answer.json()["code"] == "in_progress"
            assert answer.status_code == 503 or in_progress, f"{path}: {answer.status_code} {answer.text}"
            self._note(str(answer.status_code))

    def _note(self, what: str) -> None:
        with self._lock:
            self.unanswered[what] += 1
        time.sleep(0.1)


def kill_and_wait(installation: Installation, name: str) -> tuple[int, int]:
    before = installation.kill(name)

    def back() -> int | None:
        process = installation.processes()[name]
        return process["pid"] if process["state"] == "running" and process["pid"] != before else None

    after = eventually(back, timeout=90, interval=0.3, message=f"{name} did not come back\n{installation.last_log_lines()}")
    assert after is not None
    return before, after


def rows(installation: Installation, service: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(installation.settings.database_conninfo(service)) as connection:
        return connection.execute(statement, values or None).fetchall()


def found(client: httpx.Client, word: str) -> Counter[str]:
    ids: Counter[str] = Counter()
    after: str | None = None
    while True:
        page = client.get("/search", params={"q": f"title:{word}", "limit": 500, **({"after": after} if after else {})})
        page.raise_for_status()
        ids.update(hit["id"] for hit in page.json()["hits"])
        after = page.json()["next"]
        if after is None:
            return ids


def chain_breaks(installation: Installation) -> int | None:
    """The number of the first entry whose hash is not that of its content and of the entry before, by docs of the trail alone."""
    previous = bytes(32)
    entries = rows(
        installation, "audit", "SELECT seq, at, actor, unit, action, subject, outcome, details, event, hash FROM entry ORDER BY seq"
    )
    names = ("seq", "at", "actor", "unit", "action", "subject", "outcome", "details", "event")
    for position, entry in enumerate(entries, 1):
        content = dict(zip(names, entry, strict=False))
        content["at"] = content["at"].astimezone(UTC).isoformat(timespec="microseconds")
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(previous + text.encode()).digest()
        if entry[0] != position or previous != entry[9]:
            return position
    assert entries
    return None


@pytest.fixture(scope="module")
def killed(installation):
    """One run of saves and kills, looked at by every test of this file."""
    word = f"reliability{secrets.token_hex(4)}"
    with installation.rest("chief.hq") as chief:
        saved = chief.post("/saved-searches", json={"name": word, "query": f"title:{word}", "alert": True})
        assert saved.status_code == 201, saved.text
    officers = Officers(installation, word)
    names = list(installation.processes())
    pids: dict[str, tuple[int, int]] = {}
    rates: dict[str, float] = {}
    began = time.monotonic()
    officers.start()
    try:
        for name in names:
            rates[name] = eventually(officers.busy, timeout=90, interval=0.2, message=f"Too few saves to kill {name} under")
            pids[name] = kill_and_wait(installation, name)
    finally:
        officers.finish()
    seconds = time.monotonic() - began
    figures = {"saves": officers.answered, "seconds": round(seconds), "rates": rates, "unanswered": dict(officers.unanswered)}
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return {"word": word, "saved_search": saved.json()["id"], "officers": officers, "pids": pids, "rates": rates, "names": names}


def test_each_process_was_killed_and_came_back(killed):
    assert set(killed["pids"]) == set(killed["names"])
    assert {"supervisor", "postgresql", "rabbitmq", "gateway", "cases", "cases-relay", "search", "notifications", "audit"} <= set(
        killed["pids"]
    )
    assert all(before != after for before, after in killed["pids"].values())


def test_officers_saved_all_the_time_and_some_calls_went_unanswered(killed):
    officers = killed["officers"]
    assert officers.wrong == []
    assert sum(officers.unanswered.values()) > 0
    assert min(killed["rates"][name] for name in killed["names"]) >= LEAST_SAVES_PER_SECOND


def test_every_promised_case_is_in_the_cases_store_once(killed, installation):
    stored = rows(
        installation, "cases", "SELECT id::text, body->>'title', status FROM cases WHERE body->>'title' LIKE %s", f"{killed['word']} %"
    )
    titles = Counter(title.split()[1] for _, title, _ in stored)
    assert [key for key, count in titles.items() if count > 1] == []
    promised = killed["officers"].submitted
    assert promised
    submitted = {title.split()[1]: id_ for id_, title, status in stored if status == "submitted"}
    assert {key: submitted.get(key) for key in promised} == promised
    numbers = rows(installation, "cases", "SELECT case_no FROM cases WHERE case_no LIKE 'LA-VTE-2026-%%' ORDER BY case_no")
    found_numbers = sorted(int(number.rsplit("-", 1)[1]) for (number,) in numbers)
    assert found_numbers == list(range(found_numbers[0], found_numbers[0] + len(found_numbers))), "a number is missing or doubled"


def _submitted(killed, installation) -> set[str]:
    """Promised, and what was taken though nobody got to hear of it."""
    statement = "SELECT id::text FROM cases WHERE body->>'title' LIKE %s AND status = 'submitted'"
    return {id_ for (id_,) in rows(installation, "cases", statement, f"{killed['word']} %")}


def _settled(count: Callable[[], Counter[str]], expected: set[str], what: str) -> Counter[str]:
    """Waits until every case is there; what comes twice or without need shows in the counts."""

    def complete() -> Counter[str] | None:
        ids = count()
        return ids if set(ids) >= expected else None

    ids = eventually(complete, timeout=120, interval=1, message=what)
    assert ids is not None
    return ids


def test_every_promised_case_is_found_once(killed, installation):
    expected = _submitted(killed, installation)
    with installation.rest("analyst.hq") as analyst:
        ids = _settled(lambda: found(analyst, killed["word"]), expected, "Not every case is found")
    assert ids == Counter(expected)


def test_every_promised_case_is_counted_once(killed, installation):
    expected = _submitted(killed, installation)

    def counted() -> Counter[str]:
        statement = "SELECT case_id::text, count(*) FROM fact WHERE counts_case AND case_id = ANY(%s::uuid[]) GROUP BY case_id"
        return Counter(dict(rows(installation, "reports", statement, list(expected))))

    assert _settled(counted, expected, "Not every case is counted") == Counter(expected)
    assert installation.answer("reports", "verify")["differences"] == []


def test_every_promised_case_raised_one_alert(killed, installation):
    expected = _submitted(killed, installation)

    def alerted() -> Counter[str]:
        statement = "SELECT case_id::text, count(*) FROM alert WHERE saved_search_id::text = %s GROUP BY case_id"
        return Counter(dict(rows(installation, "notifications", statement, killed["saved_search"])))

    assert _settled(alerted, expected, "Not every case raised its alert") == Counter(expected)


def test_every_promised_case_is_in_the_trail_once_and_the_chain_verifies(killed, installation):
    expected = _submitted(killed, installation)

    def told() -> Counter[str]:
        statement = "SELECT subject, count(*) FROM entry WHERE action = 'case.submitted' AND subject = ANY(%s) GROUP BY subject"
        return Counter(dict(rows(installation, "audit", statement, list(expected))))

    assert _settled(told, expected, "Not every case is in the trail") == Counter(expected)
    assert chain_breaks(installation) is None
    assert installation.answer("audit", "verify")["first_break"] is None


def test_nothing_waits_and_nothing_was_given_up(killed, installation):
    for service in ("gateway", "cases", "search", "notifications"):
        eventually(
            lambda service=service: rows(installation, service, "SELECT count(*) FROM outbox WHERE published_at IS NULL") == [(0,)],
            timeout=60,
            message=f"The outbox of {service} does not empty",
        )
    assert [row for row in installation.answer("dlq", "list") if row["messages"]] == []
