"""The states of a case and the ways between them, as data (domain.md, "Workflow")."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.cases import VALIDATED_STATUSES

SUBMITTED, RETURNED, VALIDATED, CANCELLED, DRAFT = "submitted", "returned", "validated", "cancelled", "draft"


@dataclass(frozen=True, slots=True)
class Step:
    """`act` is the right it needs, `event` what it tells; `comment` is the problem's code when one is missing."""

    act: str
    event: str
    comment: str | None = None


STEPS: dict[str, Step] = {
    "submitted": Step("case.submit", "case.submitted.v1"),
    "returned": Step("case.return", "case.returned.v1", comment="comment_required"),
    "validated": Step("case.validate", "case.validated.v1"),
    "published": Step("case.publish", "case.published.v1"),
    "legal": Step("case.legal", "case.moved_to_legal.v1"),
    "disposal": Step("case.disposal", "case.moved_to_disposal.v1"),
    "closed": Step("case.close", "case.closed.v1"),
    "cancelled": Step("case.cancel", "case.cancelled.v1", comment="reason_required"),
}

# Where each state may be reached from.
REACHED_FROM: dict[str, frozenset[str]] = {
    "submitted": frozenset({"draft", "returned"}),
    "returned": frozenset({"submitted"}),
    "validated": frozenset({"submitted"}),
    "published": frozenset({"validated"}),
    "legal": frozenset({"published"}),
    "disposal": frozenset({"legal"}),
    "closed": frozenset({"validated", "published", "legal", "disposal"}),
    "cancelled": frozenset({"draft", "submitted", "returned", "validated", "published", "legal", "disposal"}),
}

ENDED = frozenset({"closed", "cancelled"})
REASON_NEEDED = frozenset(VALIDATED_STATUSES) - ENDED


def may_follow(status: str, to: str) -> bool:
    return status in REACHED_FROM[to]
