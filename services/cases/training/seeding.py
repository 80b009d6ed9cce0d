"""Loads the training records into a running installation. Done twice it is done once.

`seed` brings the past, which alerts nobody; `seed_live` has officers submit some records of today, after the saved searches exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from uuid import NAMESPACE_DNS, uuid5

import sqlalchemy as sa

from services.cases.adapters.batch import MOST_A_TRANSACTION, insert_cases
from services.cases.adapters.store import PostgresCases
from services.cases.adapters.tables import cases
from services.cases.domain.ready_made import ReadyMade
from services.cases.domain.record import Actor, Moment
from services.cases.handlers.callers import Caller
from services.cases.handlers.commands import create_case, transition_case
from services.cases.training.generator import CASES, SEED, TAG, Generator
from shared.persistence import Database, UnitOfWork
from shared.security.directory import account_copy
from shared.security.principal import Principal
from shared.settings import Settings

# Officers whose records of today alert; each has an account.
OFFICERS = ("officer.vte",)
DRAFTS = 8
LIVE_CASES = 10
_LIVE_TAG = "today"


def seed(settings: Settings, *, count: int = CASES, now: datetime | None = None) -> int:
    """How many records were written: none where some are there already. Waits for nothing: accounts should be known before."""
    database = Database(settings, "cases", pool_size=1)
    try:
        with database.unit_of_work() as work:
            if _any(work, cases.c.origin == TAG):
                return 0
            accounts = _accounts(work)
            moment = now or datetime.now(UTC)
            generator = Generator(moment, settings.zone, lambda username: _actor(username, accounts))
            total = 0
            everything = _chained(generator.cases(count), generator.drafts(OFFICERS[0], DRAFTS))
            while batch := list(islice(everything, MOST_A_TRANSACTION)):
                insert_cases(work, batch, settings.zone, alert=False)
                total += len(batch)
            # One transaction for all: a killed seeding leaves nothing half done.
            work.commit()
            return total
    finally:
        database.dispose()


def seed_live(settings: Settings, *, count: int = LIVE_CASES, now: datetime | None = None) -> int:
    """Records that officers write and submit now, as everybody's are: found, matched, alerted. How many."""
    database = Database(settings, "cases", pool_size=1)
    try:
        with database.unit_of_work() as work:
            if _any(work, sa.cast(cases.c.body, sa.Text).contains(f'"{TAG}","{_LIVE_TAG}"')):
                return 0
            callers = _callers(work, settings, now or datetime.now(UTC))
            generator = Generator(now or datetime.now(UTC), settings.zone, lambda username: callers[username].actor, seed=SEED + 1)
            store = PostgresCases(work)
            for actor, content in generator.fresh(tuple(callers), count if callers else 0):
                caller = callers[actor.username]
                made = create_case(store, caller, content | {"tags": [TAG, _LIVE_TAG]})
                transition_case(store, caller, {"id": made["id"], "if_match": "*", "to": "submitted"})
            work.commit()
            return count if callers else 0
    finally:
        database.dispose()


def _any(work: UnitOfWork, condition: sa.ColumnElement[bool]) -> bool:
    return work.connection.scalar(sa.select(cases.c.id).where(condition).limit(1)) is not None


def _accounts(work: UnitOfWork) -> dict[str, Actor]:
    rows = work.connection.execute(sa.select(account_copy))
    return {row.username: Actor(row.account, row.username, row.unit) for row in rows}


def _actor(username: str, accounts: dict[str, Actor]) -> Actor:
    """Most offices of the training tree have officers without an account: they only sign old records."""
    known = accounts.get(username)
    code = f"LA-{username.partition('.')[2].upper()}"
    return known or Actor(str(uuid5(NAMESPACE_DNS, f"{username}.training.invalid")), username, code)


def _callers(work: UnitOfWork, settings: Settings, now: datetime) -> dict[str, Caller]:
    rows = work.connection.execute(sa.select(account_copy).where(account_copy.c.username.in_(OFFICERS), account_copy.c.active))
    moment = Moment(now, settings.zone)
    principals = [Principal(row.account, row.username, row.unit, tuple(row.roles), row.clearance, row.version) for row in rows]
    return {principal.username: Caller(principal, frozenset({principal.unit}), moment) for principal in principals}


def _chained(*parts: Iterable[ReadyMade]) -> Iterator[ReadyMade]:
    for part in parts:
        for made in part:
            yield replace(made, content=dict(made.content))
