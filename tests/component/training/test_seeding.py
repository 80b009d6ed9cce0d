"""Training records in a real database: written once, whatever is repeated; today's alert as everybody's do."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from services.cases.training import seed, seed_live
from services.cases.training.seeding import DRAFTS, LIVE_CASES
from shared.contracts.envelope import decode_batch
from shared.persistence import Database
from shared.persistence.migrations import migrate
from tests.component.cases.conftest import fill_directory

pytestmark = pytest.mark.servers


@pytest.fixture
def database(settings_for):
    settings = settings_for("cases")
    migrate(settings, "cases")
    database = Database(settings, "cases")
    with database.unit_of_work() as work:
        fill_directory(work.connection)
        work.commit()
    database.settings = settings
    yield database
    database.dispose()


def told(database, exchange="cases.events"):
    with database.engine.connect() as connection:
        bodies = connection.scalars(sa.text("SELECT body FROM outbox WHERE exchange = :exchange ORDER BY sequence"), {"exchange": exchange})
        return [event for body in bodies for event in decode_batch(body)]


def test_the_past_is_written_once_and_alerts_nobody(database):
    assert seed(database.settings, count=300) == 300 + DRAFTS
    assert seed(database.settings, count=300) == 0
    events = told(database)
    assert Counter(event.type for event in events) == {"case.imported.v1": 300, "audit.acted.v1": DRAFTS}
    assert {event.data["alert"] for event in events if event.type == "case.imported.v1"} == {False}
    with database.engine.connect() as connection:
        origins = connection.execute(sa.text("SELECT DISTINCT origin FROM cases")).scalars().all()
        drafts = connection.execute(sa.text("SELECT authors FROM cases WHERE status = 'draft'")).scalars().all()
    assert origins == ["training"]
    assert drafts == [["account-officer"]] * DRAFTS


def test_todays_records_are_submitted_once_by_an_officer_and_alert(database):
    seed(database.settings, count=50)
    assert seed_live(database.settings) == LIVE_CASES
    assert seed_live(database.settings) == 0
    submitted = [event for event in told(database) if event.type == "case.submitted.v1"]
    assert len(submitted) == LIVE_CASES
    assert {(event.actor, event.data["alert"]) for event in submitted} == {("account-officer", True)}


def test_without_the_officers_account_nothing_is_submitted(database):
    with database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM account_copy"))
    assert seed_live(database.settings) == 0
