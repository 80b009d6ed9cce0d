"""From what was typed for a coded field to its codes; an unknown value is refused with the nearest known one."""

from __future__ import annotations

from difflib import get_close_matches

from services.search.domain.errors import QueryError
from services.search.domain.fields import FIELDS, Field
from services.search.domain.labels import codes_named, names_in
from services.search.domain.normalise import fold
from services.search.domain.tree import FieldTerm, Route
from services.search.domain.units import Units
from shared.i18n import N_

ANY_POINT = ""


def term_codes(node: FieldTerm, units: Units) -> tuple[str, ...]:
    """The codes that a coded field's value means: one, or all whose label has the words typed."""
    field = FIELDS[node.name]
    if field.kind == "unit":
        code = units.named(node.text)
        if code is None:
            raise _unknown(field, node.text, node.value_start, units.known_names())
        return (code,)
    codes = codes_named(field.vocabulary, node.text)
    if not codes:
        raise _unknown(field, node.text, node.value_start, names_in(field.vocabulary))
    return codes


def route_codes(node: Route) -> tuple[str, ...]:
    """The country of each point; '' where any will do."""
    codes = []
    at = node.value_start
    for point in node.points:
        codes.append(_country(point, at) if point else ANY_POINT)
        at += len(point) + 1
    return tuple(codes)


def _country(text: str, at: int) -> str:
    codes = codes_named("countries", text)
    if len(codes) != 1:
        raise _unknown(FIELDS["country"], text, at, names_in("countries"))
    return codes[0]


def _unknown(field: Field, text: str, at: int, names: tuple[str, ...]) -> QueryError:
    nearest = next(iter(get_close_matches(fold(text), names, n=1, cutoff=0.7)), "")
    if nearest:
        message = N_("%(value)s is not known for %(name)s. Did you mean %(nearest)s?")
    else:
        message = N_("%(value)s is not known for %(name)s. Choose a code or name from the list.")
    return QueryError("unknown_code", message, at, name=field.name, value=text, nearest=nearest)
