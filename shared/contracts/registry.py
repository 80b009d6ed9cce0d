"""Every event type that travels: on which exchange, and with which `data`."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ValidationError

from shared.contracts import alerts, cases, directory, matches
from shared.contracts.directory import Acted
from shared.contracts.envelope import Event, MalformedBatch

EVENT_TYPES: Final[dict[str, dict[str, type[BaseModel]]]] = {
    **{
        event_type: {cases.CASES_EXCHANGE: cases.CaseFactsData, cases.CASES_NOMINAL_EXCHANGE: cases.CaseNominalData}
        for event_type in cases.CASE_EVENT_TYPES
    },
    matches.SEARCH_MATCHED: {matches.SEARCH_EXCHANGE: matches.Matched, matches.SEARCH_NOMINAL_EXCHANGE: matches.MatchedNominal},
    matches.SAVED_SEARCH_CHANGED: {matches.SEARCH_EXCHANGE: matches.SavedSearchFacts},
    matches.SAVED_SEARCH_DELETED: {matches.SEARCH_EXCHANGE: matches.SavedSearchFacts},
    **{
        event_type: {alerts.ALERTS_EXCHANGE: alerts.AlertData, alerts.ALERTS_NOMINAL_EXCHANGE: alerts.AlertNominalData}
        for event_type in alerts.ALERT_EVENT_TYPES
    },
    directory.UNIT_CHANGED: {directory.EXCHANGE: directory.UnitChanged},
    directory.ACCOUNT_CHANGED: {directory.EXCHANGE: directory.AccountChanged},
    directory.ACTED: {directory.EXCHANGE: Acted, cases.CASES_EXCHANGE: Acted},
}


def validated(event: Event, exchange: str) -> BaseModel:
    """The event's `data` as its contract reads it. Raises MalformedBatch for an unknown type or data that break the contract.

    For the door and for tests: consumers of bulk events read `data` as it is, since the producer's model made it.
    """
    model = EVENT_TYPES.get(event.type, {}).get(exchange)
    if model is None:
        raise MalformedBatch(f"{event.type} does not travel on {exchange}")
    try:
        return model.model_validate(event.data)
    except ValidationError as error:
        raise MalformedBatch(f"{event.type}: {error.error_count()} members break the contract") from error
