"""What the search service asks of a full-text engine. One contract suite (`tests/contract/search/`) holds every adapter to it.

Indexing and asking are two ports, because they live in two processes: the projector is the only writer, the search process only reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, Self

from services.search.domain.document import Document
from services.search.domain.plan import Everything, Plan
from services.search.domain.saved_search import SavedSearch, SavedSearchContent

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
    """A condition beside the query. It does not narrow the counts of its own `facets`; of filters with one `either` any may hold."""

    plan: Plan
    facets: frozenset[str] = frozenset()
    either: str | None = None


EVERYTHING = Everything()
EVERYONE = Readable()


@dataclass(frozen=True, slots=True)
class Request:
    plan: Plan = EVERYTHING
    readable: Readable = EVERYONE
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
    hits: tuple[Hit, ...]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    next: str | None = None
    fresh_at: float = 0.0


class SearchEngine(Protocol):
    """Asks the live index."""

    def search(self, request: Request) -> Page:
        """Raises Gone for a page of relevance that is too old, Unprocessable for a token that is none, Unavailable without an index."""

    def count(self, plan: Plan) -> int: ...

    def terms(self, index: str, prefix: str, limit: int, readable: Readable) -> list[tuple[str, int]]:
        """Terms that begin so, in cases that may be read, with the number of these cases, most frequent first: for completion."""


class Refused(ValueError):
    """The engine takes everything but this entry: waiting does not help, setting it aside does."""


class IndexWriter(Protocol):
    """One index, opened for writing by one process at a time."""

    def add(self, entries: Iterable[Entry]) -> int:
        """Adds or replaces; entries that are not newer than what is there are dropped. Returns how many were taken. Raises Refused."""

    def delete(self, sequences: Iterable[int]) -> None: ...

    def commit(self) -> None:
        """Everything added so far survives a kill from here on, and is found."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


class IndexStore(Protocol):
    """The indexes of an installation: one is live, another may be under construction."""

    def live_writer(self) -> IndexWriter | None:
        """The live index, or None when there is none yet or it was written by an incompatible version."""

    def new_index(self) -> tuple[str, IndexWriter]:
        """A new, empty index beside the live one; its name survives a restart."""

    def writer(self, name: str) -> IndexWriter | None:
        """The index of that name, or None when it is gone or was written by an incompatible version."""

    def is_live(self, name: str) -> bool: ...

    def switch(self, name: str) -> None:
        """Makes that index the live one, in one step."""

    def clean(self, keep: Iterable[str] = ()) -> None:
        """Removes what is neither live nor kept."""


class MatchKey(NamedTuple):
    """What alerts once; the version only tells which one it was."""

    saved_search: str
    case_id: str
    fingerprint: str
    case_version: int


class SavedSearches(Protocol):
    """The units' saved searches, in the transaction in hand. Deleted ones are found by `changed_since` alone."""

    def insert(self, identifier: str, content: SavedSearchContent, by: str) -> SavedSearch: ...

    def update(self, found: SavedSearch, content: SavedSearchContent, by: str) -> SavedSearch:
        """`found` is the locked one."""

    def delete(self, found: SavedSearch, by: str) -> SavedSearch: ...

    def find(self, identifier: str, *, lock: bool = False) -> SavedSearch | None: ...

    def page(self, units: Collection[str], *, limit: int, after: str | None) -> list[SavedSearch]:
        """Newest first: ids are UUIDv7, so they sort by time."""

    def changed_since(self, revision: int) -> list[SavedSearch]:
        """Written after that revision, in order."""

    def revision(self) -> int: ...

    def record_matches(self, matches: Sequence[MatchKey]) -> set[MatchKey]:
        """Keeps them and gives back those that never alerted before."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One that is open: `state` is requested or running; `after` is the sequence up to which `directory` holds the cases."""

    id: str
    directory: str
    state: str
    after: int
    indexed: int
    total: int | None


class Rebuilds(Protocol):
    """At most one is open; in the transaction in hand."""

    def request(self, by: str) -> bool:
        """False when one is open already."""

    def open(self) -> Rebuild | None: ...

    def begin(self, rebuild: Rebuild, directory: str) -> None:
        """From the first case, into that index."""

    def checkpoint(self, rebuild: Rebuild, after: int, indexed: int, total: int) -> None:
        """Written after the index has committed the page: a kill in between repeats the page, and versions make that harmless."""

    def finish(self, rebuild: Rebuild) -> None: ...

    def status(self) -> dict[str, Any]:
        """`{state, done, total, started_at, ended_at}` of the last one; state is idle before the first."""
