"""The rebuild's row: asked for by the operator, worked off by the projector, gone on with after a kill."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from services.search.ports import Rebuild
from shared.identifiers import new_id

_OPEN = text("SELECT id, directory, state, after_sequence, indexed, total FROM index_rebuild WHERE state <> 'done'")
_REQUEST = text(
    "INSERT INTO index_rebuild (id, directory, state, requested_by) VALUES (:id, '', 'requested', :by) ON CONFLICT DO NOTHING RETURNING id"
)
_BEGIN = text("UPDATE index_rebuild SET state = 'running', directory = :directory, after_sequence = 0, indexed = 0 WHERE id = :id")
_CHECKPOINT = text("UPDATE index_rebuild SET after_sequence = :after, indexed = :indexed, total = :total WHERE id = :id")
_FINISH = text("UPDATE index_rebuild SET state = 'done', ended_at = now() WHERE id = :id")
_LAST = text("SELECT * FROM index_rebuild ORDER BY requested_at DESC, id DESC LIMIT 1")


class PostgresRebuilds:
    """Works inside one unit of work's connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def request(self, by: str) -> bool:
        return self._connection.execute(_REQUEST, {"id": new_id(), "by": by}).one_or_none() is not None

    def open(self) -> Rebuild | None:
        row = self._connection.execute(_OPEN).one_or_none()
        return None if row is None else Rebuild(str(row.id), row.directory, row.state, row.after_sequence, row.indexed, row.total)

    def begin(self, rebuild: Rebuild, directory: str) -> None:
        self._connection.execute(_BEGIN, {"id": rebuild.id, "directory": directory})

    def checkpoint(self, rebuild: Rebuild, after: int, indexed: int, total: int) -> None:
        self._connection.execute(_CHECKPOINT, {"id": rebuild.id, "after": after, "indexed": indexed, "total": total})

    def finish(self, rebuild: Rebuild) -> None:
        self._connection.execute(_FINISH, {"id": rebuild.id})

    def status(self) -> dict[str, Any]:
        row = self._connection.execute(_LAST).one_or_none()
        if row is None:
            return {"state": "idle", "done": 0, "total": 0, "started_at": None, "ended_at": None}
        return {
            "state": row.state,
            "done": row.indexed,
            "total": row.total or 0,
            "started_at": row.requested_at.isoformat(),
            "ended_at": row.ended_at and row.ended_at.isoformat(),
        }
