"""Whether a plan says which case fits better, or only which fit."""

from __future__ import annotations

from services.search.domain.document import TEXT_INDEXES
from services.search.domain.plan import Alike, AllOf, AnyOf, Begins, Has, Leaf, Near, Plan

_TEXTS = frozenset(TEXT_INDEXES)


def ranks(plan: Plan) -> bool:
    """True when it asks for words: codes, numbers and what is left out weigh the same in every case that is found."""
    match plan:
        case Leaf(_, _, part):
            return ranks(part)
        case AllOf(parts) | AnyOf(parts):
            return any(ranks(part) for part in parts)
        case Has(index) | Near(index) | Begins(index) | Alike(index):
            return index in _TEXTS
    return False
