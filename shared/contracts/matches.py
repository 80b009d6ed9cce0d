"""What the search service tells: a saved search that a case matched for the first time, and changes of saved searches.

`search.matched.v1` travels twice with the same event id: on `search.events` as codes only, on `search.nominal.events` with the names and
the reason. Its subject is the case, its `aggregateversion` the case's version.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

SEARCH_EXCHANGE: Final = "search.events"
SEARCH_NOMINAL_EXCHANGE: Final = "search.nominal.events"
SEARCH_MATCHED: Final = "search.matched.v1"
SAVED_SEARCH_CHANGED: Final = "saved_search.changed.v1"
SAVED_SEARCH_DELETED: Final = "saved_search.deleted.v1"


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedSearchFacts(Wire):
    """No name and no query: an officer's words are nominal. `alert` false means that the unit only keeps the search."""

    id: str
    unit: str
    alert: bool
    severity: str
    channels: list[str]


class MatchedSearch(SavedSearchFacts):
    name: str


class MatchedCase(Wire):
    """The case as it was when it matched; before `status` validated it is an unvalidated record."""

    id: str
    case_no: str
    version: int
    status: str


class Reason(Wire):
    """One condition that held: the query's field ('' for free words), a piece of the case's text around it, and the words found in it."""

    field: str
    text: str
    terms: list[str]


class Matched(Wire):
    """`(saved_search.id, case.id, fingerprint)` alerts once."""

    saved_search: SavedSearchFacts
    case: MatchedCase
    fingerprint: str


class MatchedNominal(Wire):
    saved_search: MatchedSearch
    case: MatchedCase
    fingerprint: str
    reason: list[Reason]
