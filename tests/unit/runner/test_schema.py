"""The light look at migrations agrees with the library that runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from shared.persistence import migrations
from shared.runner.postgresql import SERVICES
from shared.runner.schema import heads


@pytest.mark.parametrize("service", SERVICES)
def test_heads_are_those_of_alembic(service):
    expected = set(ScriptDirectory.from_config(migrations._config(service)).get_heads())
    assert expected
    assert heads(migrations.ROOT / "services" / service / "migrations" / "versions") == expected


def test_a_merge_follows_both(tmp_path: Path):
    for name, down in (("a", None), ("b", "a"), ("c", "a"), ("d", ("b", "c"))):
        (tmp_path / f"{name}.py").write_text(f"revision: str = {name!r}\ndown_revision = {down!r}\n")
    assert heads(tmp_path) == {"d"}
    (tmp_path / "d.py").unlink()
    assert heads(tmp_path) == {"b", "c"}
