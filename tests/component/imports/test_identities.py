"""Claims on a real database: whatever files come, in whatever order and pieces, each row counts once."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cases.imports.identities import claim_identities, known_identities, release_identities
from services.cases.imports.reader import Fault
from services.cases.imports.staging import stage, staged_batches

pytestmark = pytest.mark.servers
FILES = st.lists(st.lists(st.sampled_from("abc"), max_size=12), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, st.integers(1, 5))
def test_of_each_content_as_many_are_taken_as_the_file_that_has_it_most(database, files, size):
    with database.engine.connect() as connection:
        connection.execute(sa.text("TRUNCATE import_identity, import_staging"))
        created: Counter[str] = Counter()
        for number, rows in enumerate(files):
            job = f"job-{number}"
            assert stage(connection, job, ([content] for content in rows)) == len(rows)
            for batch in list(staged_batches(connection, job, 0, size)):
                contents = {(row.hash, row.occurrence): row.cells[0] for row in batch}
                before = known_identities(connection, batch)
                claimed = claim_identities(connection, job, batch)
                assert claimed == set(contents) - before
                created.update(contents[one] for one in claimed)
        wanted: Counter[str] = Counter()
        for rows in files:
            wanted |= Counter(rows)
        assert created == wanted


def test_rows_come_back_as_they_were_and_faults_without_identity(database):
    rows = [["a;b", "tab\there", "back\\slash", "line\nend", "ນ້ຳ"], Fault("row", "cell_too_large", "too large"), ["", "", "", "", ""]]
    with database.engine.connect() as connection:
        assert stage(connection, "job", rows) == 3
        ((first, second, third),) = staged_batches(connection, "job", 0, 10)
        assert (first.number, first.cells, third.cells) == (1, rows[0], rows[2])
        assert (second.hash, second.cells) == (b"", Fault("row", "unreadable", "too large"))
        assert [row.number for batch in staged_batches(connection, "job", 2, 10) for row in batch] == [3]


def test_released_identities_are_free_again(database):
    with database.engine.connect() as connection:
        stage(connection, "job", [["a"], ["a"]])
        (batch,) = staged_batches(connection, "job", 0, 10)
        assert len(claim_identities(connection, "job", batch)) == 2
        assert claim_identities(connection, "other", batch) == set()
        release_identities(connection, "job")
        assert len(claim_identities(connection, "other", batch)) == 2
