"""The way of a seizure by REST: recorded, found, alerted, counted, in the trail. The whole installation runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.e2e.api.conftest import SEIZURE, submitted, watch
from tests.e2e.api.event_stream import screen
from tests.waiting import eventually

pytestmark = pytest.mark.servers

# api.md: what a write changed is everywhere within 2 s when nothing else waits; other tests may run beside this one.
SOON = 10.0


def totals(client, **query):
    answer = client.get("/reports/seizures-by-commodity", params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()["totals"]
    return found["cases"], Decimal(found["kilograms"])


def trail(auditor, subject):
    items = auditor.get("/audit", params={"subject": subject, "limit": 100}).json()["items"]
    assert all(set(item) >= {"seq", "at", "actor", "action", "subject", "outcome", "hash"} for item in items)
    return [item["action"] for item in items]


def test_a_seizure_is_found_alerted_counted_and_in_the_trail(officer, validator, chief, as_user, word):
    auditor = as_user("auditor.hq")
    saved = watch(chief, word)
    cases, kilograms = totals(chief)
    with screen(validator) as open_screen:
        case = submitted(officer, word)
        alert = eventually(lambda: next((a for a in open_screen.alerts if a["case"]["id"] == case["id"]), None), timeout=SOON)

    assert (alert["unit"], alert["state"], alert["severity"]) == ("LA-VTE", "new", "high")
    assert alert["case"] == {"id": case["id"], "case_no": case["case_no"], "version": case["version"]}
    assert alert["saved_search"]["id"] == saved["id"]
    assert word in str(alert["reason"]).lower()

    def found():
        answer = validator.get("/search", params={"q": word, "facets": "country,commodity"}).json()
        return answer if answer["total"] == 1 else None

    answer = eventually(found, timeout=SOON)
    assert [(hit["id"], hit["case_no"]) for hit in answer["hits"]] == [(case["id"], case["case_no"])]
    assert answer["facets"]["commodity"] == [{"value": "drugs", "label": answer["facets"]["commodity"][0]["label"], "count": 1}]
    assert answer["next"] is None
    eventually(lambda: totals(chief) == (cases + 1, kilograms + Decimal(SEIZURE["goods"][0]["quantity"])), timeout=SOON)

    listed = validator.get("/alerts", params={"state": "new", "unit": "LA-VTE"}).json()
    assert alert["id"] in {item["id"] for item in listed["items"]}
    acknowledged = validator.post(f"/alerts/{alert['id']}/acknowledge", json={})
    assert acknowledged.status_code == 200, acknowledged.text
    assert (acknowledged.json()["state"], acknowledged.json()["acknowledged_by"]) == ("acknowledged", "validator.vte")

    assert validator.get(f"/cases/{case['case_no']}").status_code == 200
    eventually(lambda: {"case.submitted", "case.read"} <= set(trail(auditor, case["id"])), timeout=SOON)
    eventually(lambda: {"alert.raised", "alert.acknowledged"} <= set(trail(auditor, alert["id"])), timeout=SOON)
    readers = validator.get(f"/cases/{case['id']}/readers").json()["items"]
    assert "validator.vte" in {reader["actor"] for reader in readers}


def test_a_draft_is_nowhere_but_with_its_author(officer, validator, chief, word):
    before = totals(chief)
    draft = officer.post("/cases", json=SEIZURE | {"title": f"Draft {word}"}).json()
    seen = submitted(officer, word)
    eventually(lambda: validator.get("/search", params={"q": word}).json()["total"] == 1, timeout=SOON)
    assert validator.get("/search", params={"q": word}).json()["hits"][0]["id"] == seen["id"]
    assert validator.get(f"/cases/{draft['id']}").status_code == 404
    eventually(lambda: totals(chief)[0] == before[0] + 1, timeout=SOON)


def test_a_cancelled_case_is_found_by_its_status_and_counted_no_more(officer, validator, chief, word):
    before = totals(chief)
    case = submitted(officer, word)
    for to, comment in (("validated", None), ("cancelled", "recorded twice")):
        body = {"to": to} | ({"comment": comment} if comment else {})
        answer = validator.post(f"/cases/{case['id']}/transitions", json=body, headers={"If-Match": f'"{case["version"]}"'})
        assert answer.status_code == 200, answer.text
        case = answer.json()
    eventually(lambda: validator.get("/search", params={"q": f"{word} status:cancelled"}).json()["total"] == 1, timeout=SOON)
    eventually(lambda: totals(chief) == before, timeout=SOON)


def test_a_lao_word_is_found_inside_a_sentence_without_spaces(officer, validator, word):
    case = submitted(officer, word, narrative={"lo": "ພົບຢາເຄຕາມີນເຊື່ອງໄວ້ໃນກະເປົາເດີນທາງ"})
    hits = eventually(lambda: validator.get("/search", params={"q": f"{word} ກະເປົາ"}).json()["hits"], timeout=SOON)
    assert [hit["id"] for hit in hits] == [case["id"]]


def test_searches_are_in_the_trail_without_their_words(validator, as_user, word):
    auditor = as_user("auditor.hq")
    validator.get("/search", params={"q": word})

    def entries():
        return auditor.get("/audit", params={"action": "search.run", "actor": "validator.vte", "limit": 20}).json()["items"]

    found = eventually(entries, timeout=SOON)
    assert word not in str(found)


@pytest.mark.parametrize(("file_format", "start"), [("csv", b""), ("xlsx", b"PK")])
def test_a_report_is_a_file_too_and_its_export_is_in_the_trail(chief, as_user, file_format, start):
    answer = chief.get("/reports/seizures-by-month", params={"format": file_format})
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert f".{file_format}" in answer.headers["content-disposition"]
    auditor = as_user("auditor.hq")
    eventually(lambda: auditor.get("/audit", params={"action": "report.exported", "actor": "chief.hq"}).json()["items"], timeout=SOON)


def test_every_part_is_ready(officer, installation):
    answer = eventually(lambda: (found := officer.get("/readyz")).status_code == 200 and found, timeout=30)
    assert set(answer.json()["parts"].values()) == {"ok"}
    assert officer.get("/metrics").text.startswith("# HELP")
