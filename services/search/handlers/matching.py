"""Cases against every unit's saved searches: each match that alerts becomes one `search.matched.v1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.search.domain.alert_rule import IMPORTED, Occasion, is_news, touches
from services.search.domain.compiling import compile_query
from services.search.domain.document import analyse_case
from services.search.domain.errors import QueryError
from services.search.domain.matching import Prepared
from services.search.domain.plan import Plan
from services.search.domain.presearch import Presearcher
from services.search.domain.query import parse
from services.search.domain.reasons import Reason, fingerprint, leaves, reasons
from services.search.domain.saved_search import SavedSearch
from services.search.domain.units import Units
from services.search.ports import MatchKey, SavedSearches
from shared.contracts.envelope import Event
from shared.contracts.matches import SEARCH_MATCHED
from shared.security.principal import CLEARANCES
from shared.security.rules import SHARED_STATUSES

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """A saved search that holds for an event's case, and is worth an alert if it never alerted this fingerprint."""

    event: Event
    search: SavedSearch
    plan: Plan
    asked: Prepared
    fingerprint: str

    def reasons(self) -> list[Reason]:
        """Dearer than the match itself, so asked for only where something depends on it."""
        return reasons(self.plan, self.asked)

    @property
    def key(self) -> MatchKey:
        return MatchKey(self.search.id, self.event.subject, self.fingerprint, self.event.aggregate_version)


class Watch:
    """The saved searches that alert, compiled; brought up to date before each batch of events."""

    def __init__(self) -> None:
        self._presearcher = Presearcher()
        self._searches: dict[str, tuple[SavedSearch, Plan]] = {}
        self._units = Units()
        self._subtrees: dict[str, frozenset[str]] = {}
        self._clearances: Mapping[str, str] = {}
        self._revision = 0

    def __len__(self) -> int:
        return len(self._searches)

    def refresh(self, searches: SavedSearches, units: Units, clearances: Mapping[str, str]) -> None:
        """`clearances` says for each unit what all who get its alerts may read."""
        self._clearances = clearances
        if units != self._units:
            self._units, self._subtrees, self._revision = units, {}, 0
        if searches.revision() == self._revision:
            return
        for search in searches.changed_since(self._revision):
            self._take(search)
            self._revision = max(self._revision, search.revision)

    def matches(self, event: Event) -> Iterator[Match]:
        """Those of one event that are due; what the event's unit may not read is not there."""
        case = event.data["case"]
        asked = Prepared(analyse_case(case))
        for identifier in self._presearcher.matches(asked):
            search, plan = self._searches[identifier]
            if self._may_read(search.unit, case):
                match = Match(event, search, plan, asked, fingerprint(leaves(plan, asked)))
                if self._is_due(match):
                    yield match

    def _take(self, search: SavedSearch) -> None:
        self._presearcher.remove(search.id)
        self._searches.pop(search.id, None)
        if search.deleted_at is not None or not search.alert:
            return
        try:
            plan = compile_query(parse(search.query), self._units)
        except QueryError:
            # Its unit or code no longer exists: it finds nothing until somebody mends it, as the search page would say.
            return
        self._searches[search.id] = (search, plan)
        self._presearcher.file(search.id, plan)

    def _may_read(self, unit: str, case: Json) -> bool:
        if CLEARANCES.index(case["classification"]) > CLEARANCES.index(self._clearances.get(unit, "restricted")):
            return False
        return self._is_readable(unit, case["unit"], case["status"])

    def _is_readable(self, unit: str, owner: str, status: str | None) -> bool:
        if unit not in self._subtrees:
            self._subtrees[unit] = frozenset(self._units.subtree(unit))
        return owner in self._subtrees[unit] or status in SHARED_STATUSES

    def _is_due(self, match: Match) -> bool:
        occasion = self._occasion(match.event, match.search)
        if is_news(occasion) and occasion.told_at >= match.search.created_at:
            return True
        return touches(occasion.changed, {path for reason in match.reasons() for path in reason.paths})

    def _occasion(self, event: Event, search: SavedSearch) -> Occasion:
        case, changed = event.data["case"], tuple(event.data.get("changed") or ())
        moved = not {"unit", "classification"}.isdisjoint(changed)
        before = not moved and self._is_readable(search.unit, case["unit"], event.data.get("previous_status"))
        return Occasion(event.type, event.time, changed, readable_before=before, submitted_at=case.get("submitted_at"))


def wanted(events: Iterable[Event]) -> list[Event]:
    """An import alerts only where the importer asked for it."""
    return [event for event in events if event.type != IMPORTED or event.data.get("alert")]


def find_matches(watch: Watch, events: Iterable[Event]) -> list[Match]:
    """Pure work for the processor: no store is asked."""
    return [match for event in events for match in watch.matches(event)] if len(watch) else []


def keep(searches: SavedSearches, matches: Sequence[Match]) -> list[Match]:
    """Those that alert for the first time, now kept."""
    once = {match.key: match for match in matches}
    fresh = searches.record_matches(sorted(once))
    return [match for key, match in once.items() if key in fresh]


def tell(matches: Sequence[Match]) -> tuple[list[Event], list[Event]]:
    """The events for `search.events`, and the same with names and reasons for the nominal exchange."""
    plain = [_event(match) for match in matches]
    return plain, [_nominal(event, match) for event, match in zip(plain, matches, strict=True)]


def _event(match: Match) -> Event:
    case, search, cause = match.event.data["case"], match.search, match.event
    return Event(
        type=SEARCH_MATCHED,
        source="/search",
        subject=cause.subject,
        data={
            "saved_search": {
                "id": search.id,
                "unit": search.unit,
                "alert": search.alert,
                "severity": search.severity,
                "channels": list(search.channels),
            },
            "case": {name: case[name] for name in ("id", "case_no", "version", "status")},
            "fingerprint": match.fingerprint,
        },
        aggregate_version=cause.aggregate_version,
        actor="system:search",
        actor_unit=search.unit,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
        traceparent=cause.traceparent,
    )


def _nominal(event: Event, match: Match) -> Event:
    named = event.data["saved_search"] | {"name": match.search.name}
    told = [{"field": reason.field, "text": reason.text, "terms": list(reason.terms)} for reason in match.reasons()]
    return replace(event, data=event.data | {"saved_search": named, "reason": told})
