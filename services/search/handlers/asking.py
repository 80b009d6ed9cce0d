"""A call's words into a request to the engine: query, filters, facets, order. Every problem is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from services.search.domain.compiling import compile_query
from services.search.domain.errors import QueryError
from services.search.domain.fields import FIELDS
from services.search.domain.plan import Plan
from services.search.domain.query import parse
from services.search.domain.tree import DateRange, Everything, FieldTerm, Node, Or
from services.search.domain.units import Units
from services.search.ports import EVERYTHING, Filter, Readable, Request, Sort
from shared.errors import FieldError, Unprocessable
from shared.i18n import N_
from shared.security.principal import CLEARANCES
from shared.security.rules import SHARED_STATUSES, Scope

MAX_LIMIT = 500
MAX_FILTERS = 50
# What is counted beside the fields of the language that name a facet: name -> (index, code list).
_MORE_FACETS = {"subtype": ("subtype", "subtypes"), "month": ("month", ""), "year": ("year", "")}
# A condition on the day narrows every facet but the histogram in which it was chosen.
_DAYS = frozenset({"month", "year"})


@dataclass(frozen=True, slots=True)
class Facet:
    """`name` as asked for, `index` what is counted, `vocabulary` where its labels stand ('' for units and days)."""

    name: str
    index: str
    vocabulary: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is the query as typed, `node` its tree."""

    request: Request
    text: str
    node: Node
    facets: tuple[Facet, ...]


def read_request(payload: Mapping[str, Any], units: Units, readable: Readable) -> Asked:
    """Raises Unprocessable."""
    errors: list[FieldError] = []
    node, plan = _query(payload.get("q"), units, errors)
    filters = _filters(payload.get("filter"), units, errors)
    facets = _facets(payload.get("facets"), errors)
    sort: Sort = payload.get("sort") or "relevance"
    if sort not in get_args(Sort):
        choices = ", ".join(get_args(Sort))
        errors.append(FieldError("sort", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": choices}))
    limit = payload.get("limit")
    limit = 50 if limit is None else limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        errors.append(FieldError("limit", "out_of_range", N_("Ask for 1 to %(limit)s entries."), {"limit": MAX_LIMIT}))
    after = payload.get("after")
    if after is not None and not isinstance(after, str):
        errors.append(FieldError("after", "invalid", N_("Take `after` from `next` of the page before, with the same order.")))
    if errors:
        raise Unprocessable(N_("The search can't be run as asked."), errors=errors)
    indexes = tuple(dict.fromkeys(facet.index for facet in facets))
    return Asked(Request(plan, readable, filters, indexes, sort, limit, after or None), payload.get("q") or "", node, facets)


def readable_by(scope: Scope, username: str, units: Units) -> Readable:
    """The rights as a condition of the query. Who may read every unit there is is not asked about units at all."""
    everything = bool(units.names) and scope.units.issuperset(units.names)
    return Readable(
        units=None if everything else scope.units,
        shared_statuses=SHARED_STATUSES if scope.shared else frozenset(),
        author=username,
        hidden_classifications=frozenset(CLEARANCES).difference(scope.classifications),
    )


def _query(text: Any, units: Units, errors: list[FieldError]) -> tuple[Node, Plan]:
    if text is None or isinstance(text, str):
        try:
            node = parse(text or "")
            return node, compile_query(node, units)
        except QueryError as error:
            errors.append(error.field_error("q"))
    else:
        errors.append(FieldError("q", "wrong_type", N_("Enter text here.")))
    return Everything(), EVERYTHING


def _filters(texts: Any, units: Units, errors: list[FieldError]) -> tuple[Filter, ...]:
    listed = _texts(texts, "filter", errors)
    if len(listed) > MAX_FILTERS:
        errors.append(FieldError("filter", "too_many", N_("Use at most %(limit)s conditions."), {"limit": MAX_FILTERS}))
        return ()
    filters = []
    for text in listed:
        try:
            node = parse(text)
            if not isinstance(node, Everything):
                filters.append(_filter(node, compile_query(node, units)))
        except QueryError as error:
            errors.append(error.field_error("filter"))
    return tuple(filters)


def _filter(node: Node, plan: Plan) -> Filter:
    if isinstance(node, DateRange):
        return Filter(plan, _DAYS)
    names = {_facet_field(part) for part in (node.parts if isinstance(node, Or) else (node,))}
    name = names.pop() if len(names) == 1 else None
    if name is None:
        return Filter(plan)
    return Filter(plan, frozenset({FIELDS[name].facet}), either=name)


def _facet_field(node: Node) -> str | None:
    """The field of a plain `field:value` that is counted as a facet."""
    return node.name if isinstance(node, FieldTerm) and FIELDS[node.name].facet else None


def _facets(names: Any, errors: list[FieldError]) -> tuple[Facet, ...]:
    found = []
    for name in dict.fromkeys(_texts(names, "facets", errors)):
        facet = facet_named(name)
        if facet is None:
            choices = ", ".join(facet_names())
            errors.append(FieldError("facets", "unknown_code", N_("Choose one of: %(choices)s."), {"choices": choices}))
        else:
            found.append(facet)
    return tuple(found)


def facet_named(name: str) -> Facet | None:
    if name in _MORE_FACETS:
        return Facet(name, *_MORE_FACETS[name])
    field = FIELDS.get(name)
    return Facet(name, field.facet, field.vocabulary) if field is not None and field.facet else None


def facet_names() -> tuple[str, ...]:
    return (*(field.name for field in FIELDS.values() if field.facet), *_MORE_FACETS)


def _texts(value: Any, field: str, errors: list[FieldError]) -> list[str]:
    listed = [] if value is None else value
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        errors.append(FieldError(field, "wrong_type", N_("Send a list of texts.")))
        return []
    return listed
