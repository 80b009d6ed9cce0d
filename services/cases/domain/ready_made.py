"""Cases that nobody typed in: rows of an import, records written for training. They come with their status and take no draft's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from services.cases.domain.plain import storable
from services.cases.domain.record import NOT_YET, Actor, Change, Record, worked_out
from services.cases.domain.workflow import VALIDATED
from shared.contracts.cases import VALIDATED_STATUSES


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """`content` is valid already (`content.checked`); times and names are left out where they are the author's and now.

    `source` is `{job, file, row}` of an import; `original` the values as the file had them.
    """

    content: Mapping[str, Any]
    author: Actor
    created_at: datetime
    origin: str = "imported"
    status: str = VALIDATED
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    validated_at: datetime | None = None
    validated_by: str | None = None
    returned: Mapping[str, Any] | None = None
    source: Mapping[str, Any] | None = None
    original: Mapping[str, str] = field(default_factory=dict)

    @property
    def number_moment(self) -> datetime | None:
        """When it was submitted, which gives the year of its number; None for a draft, which has none."""
        return None if self.status == "draft" else self.submitted_at or self.created_at


def ready_made(made: ReadyMade, zone: tzinfo, *, case_id: str, sequence: int, case_no: str | None) -> Change:
    """The case as its first version. Office and unit are the author's unit where the content says nothing."""
    content = {"unit": made.author.unit, "office": made.author.unit, **made.content}
    created, submitted = _text(made.created_at), _text(made.number_moment)
    validated = _text(made.validated_at) or submitted if made.status in VALIDATED_STATUSES else None
    author = made.author.username
    case = {
        **worked_out(content, zone),
        "id": case_id,
        "case_no": case_no,
        "version": 1,
        "status": made.status,
        "origin": made.origin,
        "created_at": created,
        "created_by": author,
        "changed_at": validated or submitted or created,
        "changed_by": author,
        **NOT_YET,
        "submitted_at": submitted,
        "submitted_by": submitted and (made.submitted_by or author),
        "validated_at": validated,
        "validated_by": validated and (made.validated_by or author),
        "returned": made.returned and dict(made.returned),
        "import": made.source and dict(made.source),
        "original": {name: storable(text) for name, text in made.original.items()},
        "sequence": sequence,
    }
    event = None if case_no is None else "case.imported.v1"
    return Change(Record(case, content, frozenset({made.author.account})), "imported", [], None, event)


@lru_cache(maxsize=64)  # the cases of one import share their moment
def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
