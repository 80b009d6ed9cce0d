"""Sign in and out, by REST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa

from services.gateway import accounts
from services.gateway.domain.lock_out import ATTEMPTS
from services.gateway.tables import session
from shared.persistence import Database
from tests.component.gateway.conftest import PASSWORD, beside, running_gateway
from tests.waiting import eventually

pytestmark = pytest.mark.servers


def test_a_token_says_who_is_signed_in(gateway):
    with gateway.client() as client:
        answer = client.post("/session", json={"username": "officer.vte", "password": PASSWORD})
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"token", "expires_at", "user"}
    assert (body["user"]["username"], body["user"]["unit"], body["user"]["roles"]) == ("officer.vte", "LA-VTE", ["reporting_officer"])
    with gateway.client("officer.vte") as client:
        assert client.get("/session").json()["user"] == body["user"]


def test_without_a_session_there_is_nothing(gateway):
    with gateway.client(Authorization="Bearer nonsense") as client:
        answer = client.get("/cases")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"] == []


def test_signing_out_ends_the_token(gateway):
    with gateway.client("chief.hq") as client:
        assert client.delete("/session").status_code == 204
        assert client.get("/session").status_code == 401


def test_a_token_outlives_a_restart_and_is_not_stored(gateway_settings):
    with running_gateway(beside(gateway_settings)) as gateway:
        token = gateway.token("officer.vte")
    with running_gateway(beside(gateway_settings)) as gateway:
        gateway.tokens["officer.vte"] = token
        with gateway.client("officer.vte") as client:
            assert client.get("/session").status_code == 200
    database = Database(gateway_settings, "gateway")
    with database.unit_of_work() as work:
        stored = work.connection.execute(sa.select(session)).mappings().all()
    database.dispose()
    assert stored
    assert token not in str(stored)


@pytest.mark.parametrize("username", ["validator2.vte", "nobody.at.all"])
def test_wrong_passwords_lock_the_name_whether_or_not_it_exists(gateway, username):
    wrong = {"username": username, "password": "wrong"}
    with gateway.client() as client:
        answers = [client.post("/session", json=wrong) for _ in range(ATTEMPTS + 1)]
        right = client.post("/session", json={"username": username, "password": PASSWORD})
    assert [answer.status_code for answer in answers] == [401] * (ATTEMPTS - 1) + [429, 429]
    assert [answer.json()["tries_left"] for answer in answers[:-2]] == [4, 3, 2, 1]
    assert right.status_code == 429
    assert right.json()["code"] == "locked"
    assert 0 < int(right.headers["retry-after"]) <= 15 * 60


def test_a_storm_of_guesses_gets_no_more_tries_than_one_by_one(gateway):
    def guess(number):
        with gateway.client() as client:
            return client.post("/session", json={"username": "stormed", "password": f"guess {number}"}).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(guess, range(20)))
    assert set(answers) == {401, 429}
    assert answers.count(401) < ATTEMPTS


def test_a_change_of_rights_by_the_operator_counts_within_two_seconds(gateway):
    with gateway.client("analyst.hq") as client:
        assert client.get("/session").json()["user"]["roles"] == ["analyst"]
        accounts.change_account(gateway.settings, "analyst.hq", roles=["auditor"])
        eventually(lambda: client.get("/session").json()["user"]["roles"] == ["auditor"], timeout=2)
        accounts.deactivate_account(gateway.settings, "analyst.hq")
        eventually(lambda: client.get("/session").status_code == 401, timeout=2)


def test_a_new_password_ends_the_sessions_of_the_old_one(gateway):
    with gateway.client("admin") as client:
        accounts.set_password(gateway.settings, "admin", "quite another password")
        eventually(lambda: client.get("/session").status_code == 401, timeout=2)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["username", "password"]),
        ({"username": "a", "password": 5}, ["password"]),
        ({"username": "a\0b", "password": "x"}, ["username"]),
        ({"username": "a", "password": "x" * 2000}, ["password"]),
        ({"username": "a", "password": "x", "colour": "red"}, ["colour"]),
    ],
)
def test_a_sign_in_that_cannot_be_is_refused_by_field(gateway, body, fields):
    with gateway.client() as client:
        answer = client.post("/session", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields


def test_refusals_speak_the_callers_language(gateway):
    with gateway.client(**{"Accept-Language": "lo,en;q=0.5"}) as client:
        answer = client.get("/cases")
    assert answer.headers["content-language"] == "lo"


def test_too_many_calls_are_told_when_to_come_back(gateway_settings):
    slow = beside(gateway_settings, http_calls_per_second=50)
    with running_gateway(slow) as gateway, gateway.client("officer.vte") as client:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: client.get("/session"), range(50)))
            assert {answer.status_code for answer in answers} == {200}
            many = eventually(
                lambda: [a for a in pool.map(lambda _: client.get("/session"), range(400)) if a.status_code == 429], timeout=60
            )
        refused = many[0]
        assert int(refused.headers["retry-after"]) >= 1
        with gateway.client("validator.vte") as other:
            assert other.get("/session").status_code == 200


def test_a_cookie_is_no_bearer_token_and_a_bearer_token_no_cookie(gateway):
    cookies = {"opencen_session": gateway.token("officer.vte")}
    with httpx.Client(base_url=f"{gateway.url}/api/v1", cookies=cookies, trust_env=False) as client:
        assert client.get("/session").status_code == 401
