"""Lock-out, rate, languages, and what an account may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.accounts import (
    require_clearance,
    require_roles,
    require_unit_code,
    require_username,
    unknown_unit,
    username_taken,
)
from services.gateway.domain.lock_out import ATTEMPTS, FORGOTTEN_AFTER, LOCKED_FOR, Attempts
from services.gateway.domain.rate_limit import LEAST_PER_SECOND, MOST_KEPT, RateLimiter
from services.gateway.passwords import hash_password, matches, require_strength
from services.gateway.translation import negotiate, translate
from shared.errors import Unprocessable

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_the_fifth_failure_in_a_row_locks():
    attempts = Attempts()
    for number in range(1, ATTEMPTS):
        attempts = attempts.failed(NOW)
        assert (attempts.is_locked(NOW), attempts.tries_left()) == (False, ATTEMPTS - number)
    attempts = attempts.failed(NOW)
    assert attempts.is_locked(NOW + LOCKED_FOR - timedelta(seconds=1))
    assert not attempts.is_locked(NOW + LOCKED_FOR)
    assert attempts.seconds_left(NOW) == LOCKED_FOR.total_seconds()


def test_after_a_lock_or_a_long_pause_the_count_begins_anew():
    locked = Attempts(ATTEMPTS, NOW, NOW + LOCKED_FOR)
    assert locked.failed(NOW + LOCKED_FOR).failures == 1
    assert locked.failed(NOW) == locked
    assert Attempts(3, NOW).failed(NOW + FORGOTTEN_AFTER + timedelta(seconds=1)).failures == 1
    assert Attempts(3, NOW).failed(NOW + FORGOTTEN_AFTER).failures == 4
    assert Attempts().seconds_left(NOW) == 0


@given(st.floats(min_value=0.1, max_value=1000), st.lists(st.floats(min_value=0, max_value=0.1), max_size=300))
def test_at_most_the_rate_and_one_burst_pass(rate, pauses):
    limiter, now, passed = RateLimiter(rate), 100.0, 0
    for pause in pauses:
        now += pause
        passed += limiter.take("account", now) == 0.0
    allowed = max(rate, LEAST_PER_SECOND)
    assert passed <= allowed + sum(pauses) * allowed + 1
    assert passed >= min(len(pauses), LEAST_PER_SECOND)


def test_who_waits_as_told_may_go_on_and_others_never_wait():
    limiter = RateLimiter(50)
    waits = [limiter.take("busy", 1.0) for _ in range(51)]
    assert waits[:50] == [0.0] * 50
    assert waits[50] > 0
    assert limiter.take("other", 1.0) == 0.0
    assert limiter.take("busy", 1.0 + waits[50]) == 0.0


def test_idle_accounts_are_forgotten():
    limiter = RateLimiter(50)
    for number in range(MOST_KEPT):
        limiter.take(str(number), 1.0)
    limiter.take("one more", 10.0)
    assert len(limiter._buckets) == 1


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("lo", "lo"),
        ("lo-LA,en;q=0.5", "lo"),
        ("en;q=0.2, lo;q=0.9", "lo"),
        ("fr, lo;q=0", "en"),
        ("th;q=abc,lo;q=0.1", "lo"),
        ("*", "en"),
    ],
)
def test_the_best_language_that_there_is(header, language):
    assert negotiate(header) == language


@given(st.text())
def test_any_header_gives_a_language(header):
    assert negotiate(header) in {"en", "lo"}


def test_a_message_that_does_not_fit_its_parameters_is_given_as_it_is():
    assert translate("en", "Use %(limit)s.", {"limit": 3}) == "Use 3."
    assert translate("en", "Use %(limit)s.", {"other": 3}) == "Use %(limit)s."
    assert translate("en", "50 %% done") == "50 % done"
    assert translate("en", "") == ""


@pytest.mark.parametrize("username", ["", "a", "A.B", "x y", "-ab", "a" * 51, "a\n", "ກຂ"])
def test_usernames_that_are_none(username):
    with pytest.raises(Unprocessable):
        require_username(username)


def test_accounts_hold_known_roles_only():
    assert require_username("officer.vte") == "officer.vte"
    assert require_roles(["validator", "analyst", "validator"]) == ["validator", "analyst"]
    assert require_clearance("secret") == "secret"
    assert require_unit_code("LA-VTE") == "LA-VTE"
    assert unknown_unit("LA-NIL").errors[0].field == "unit"
    assert username_taken("chief").errors[0].params == {"username": "chief"}
    for check, wrong in ((require_roles, []), (require_roles, ["king"]), (require_clearance, "cosmic"), (require_unit_code, "vte")):
        with pytest.raises(Unprocessable):
            check(wrong)


def test_passwords():
    stored = hash_password("a long enough one")
    assert stored.startswith("$argon2id$")
    assert matches(stored, "a long enough one")
    assert not matches(stored, "another")
    assert not matches(None, "nobody has this password")
    assert not matches("no hash at all", "x")
    for wrong in ("short", "x" * 201):
        with pytest.raises(Unprocessable):
            require_strength(wrong)
    require_strength("x" * 10)
