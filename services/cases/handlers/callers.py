"""Who calls, what they may do with a record, and whether they hold its present version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from services.cases.domain.record import Actor, Moment
from services.cases.ports import Stored, Trace
from shared.errors import Forbidden, NotFound, PreconditionFailed, PreconditionRequired
from shared.i18n import N_
from shared.security.principal import Principal
from shared.security.rules import RecordKey, require_not_own, scope_for

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"')


@dataclass(frozen=True, slots=True)
class Caller:
    """`subtree` are the codes of the principal's unit and all below it."""

    principal: Principal
    subtree: frozenset[str]
    moment: Moment
    trace: Trace = field(default_factory=Trace)

    @property
    def actor(self) -> Actor:
        return Actor(self.principal.account, self.principal.username, self.principal.unit)


def readable(stored: Stored | None, caller: Caller) -> Stored:
    """Need-to-know: what one may not read does not exist. Raises NotFound, Forbidden for a role without cases."""
    scope = scope_for(caller.principal, "case.read", caller.subtree)
    if stored is None or not scope.allows(key_of(stored)):
        raise NotFound(N_("There is no such case, or it is not for you to see."))
    return stored


def require_act(stored: Stored, caller: Caller, act: str) -> None:
    """Raises Forbidden."""
    key = key_of(stored)
    require_not_own(caller.principal, act, key)  # first: that it is one's own says more than that one's role does not do this
    if not scope_for(caller.principal, act, caller.subtree).allows(key):
        raise Forbidden(N_("This case belongs to others. Ask the unit that it belongs to."), details={"act": act})


def key_of(stored: Stored) -> RecordKey:
    """What was never submitted stays its authors' alone, also when it is cancelled."""
    case = stored.record.case
    people = stored.record.authors | ({stored.lead} if stored.lead else set())
    status = case["status"] if case["case_no"] else "draft"
    return RecordKey(case["unit"], status, case["classification"], frozenset(people))


def require_version(if_match: Any, version: int) -> None:
    """`if_match` is the header as it came: `"3"`, `W/"3"`, several of them, or `*`. Raises PreconditionRequired, PreconditionFailed."""
    if if_match is None:
        raise PreconditionRequired(N_("Send If-Match with the version that you have read."), details={"version": version})
    tags = [part.strip() for part in str(if_match).split(",")]
    matches = [_TAG.fullmatch(tag) for tag in tags]
    if tags != ["*"] and not any(match and int(match[1]) == version for match in matches):
        raise PreconditionFailed(
            N_("Somebody has changed this case meanwhile. Look at the difference, then save again."), details={"version": version}
        )
