"""Whether a database's schema is this program's: asked by every process at its start, so without the migrations' library."""

from __future__ import annotations

import ast
from pathlib import Path

import psycopg

from shared.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]


def schema_is_current(settings: Settings, service: str) -> bool:
    """False for a database behind the program, ahead of it, or never migrated."""
    with psycopg.connect(settings.database_conninfo(service), connect_timeout=5) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except psycopg.errors.UndefinedTable:
            return False
    return {row[0] for row in rows} == heads(_ROOT / "services" / service / "migrations" / "versions")


def heads(versions: Path) -> set[str]:
    """The revisions that no other follows."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in versions.glob("*.py"):
        names = _assigned(path)
        if "revision" in names:
            revisions.add(str(names["revision"]))
            down = names.get("down_revision")
            followed |= set(down) if isinstance(down, tuple) else {str(down)}
    return revisions - followed


def _assigned(path: Path) -> dict[str, object]:
    """Plain values that a module gives to names."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                found[target.id] = ast.literal_eval(value)
    return found
