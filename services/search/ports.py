"""What the search service asks of a full-text engine. One contract suite (`tests/contract/search/`) holds every adapter to it.

Indexing and asking are two ports, because they live in two processes: the projector is the only writer, the search process only reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

from services.search.domain.document import Document
from services.search.domain.plan import Everything, Plan

Sort = Literal["relevance", "date", "-date", "kg", "-kg", "case_no", "-case_no"]
SORTS: tuple[Sort, ...] = ("relevance", "date", "-date", "kg", "-kg", "case_no", "-case_no")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it goes into an index, with what a result row and its highlights are made of later.

    The document's `sequence` is the case's own, unique and growing; its `version` guards against what is older. `authors` are usernames.
    """

    document: Document
    case_no: str
    authors: tuple[str, ...]
    source: bytes

    @property
    def sequence(self) -> int:
        return self.document.sequence

    @property
    def version(self) -> int:
        return self.document.version


@dataclass(frozen=True, slots=True)
class Readable:
    """The cases that the asker may read; it becomes part of the query. `units` None: all of them."""

    units: frozenset[str] | None = None
    shared_statuses: frozenset[str] = frozenset()
    author: str | None = None
    hidden_classifications: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition beside the query. One that names a `facet` does not narrow that facet's own counts."""

    plan: Plan
    facet: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    plan: Plan = Everything()
    readable: Readable = Readable()
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    sort: Sort = "relevance"
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    sequence: int
    score: float | None
    source: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """`total` and the facets' counts are exact. `fresh_at` is the time (seconds since 1970) of the newest commit that was seen."""

    total: int
    hits: Sequence[Hit]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    next: str | None = None
    fresh_at: float = 0.0


class SearchEngine(Protocol):
    """Asks the live index."""

    def search(self, request: Request) -> Page:
        """Raises Gone for a page of relevance that is too old, Unprocessable for a token that is none, Unavailable without an index."""

    def count(self, plan: Plan) -> int: ...

    def terms(self, index: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms of a field that begin so, with the number of documents, most frequent first: for completion."""


class IndexWriter(Protocol):
    """One index, opened for writing by one process at a time."""

    def add(self, entries: Iterable[Entry]) -> int:
        """Adds or replaces; entries that are not newer than what is there are dropped. Returns how many were taken."""

    def delete(self, sequences: Iterable[int]) -> None: ...

    def commit(self) -> None:
        """Everything added so far survives a kill from here on, and is found."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: Any) -> None: ...


class IndexStore(Protocol):
    """The indexes of an installation: one is live, another may be under construction."""

    def live_writer(self) -> IndexWriter | None:
        """The live index, or None when there is none yet or it was written by an incompatible version."""

    def new_index(self, name: str | None = None) -> tuple[str, IndexWriter]:
        """A new index beside the live one, or the one of that name to go on with; its name survives a restart."""

    def switch(self, name: str) -> None:
        """Makes that index the live one, in one step."""

    def clean(self, keep: Iterable[str] = ()) -> None:
        """Removes what is neither live nor kept."""
