"""A job keeps the claims of who asked; whether they still hold is asked at the start and at every checkpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from shared.errors import Forbidden
from shared.i18n import N_
from shared.security.directory import account_copy, subtree_of, unit_copy
from shared.security.principal import Principal, principal_from_claims
from shared.security.rules import require


def recheck(connection: sa.Connection, claims: dict[str, Any], unit: str, act: str = "import.create") -> Principal:
    """The principal with the rights of now. Raises Forbidden when the account is closed or may no longer do this."""
    principal = principal_from_claims(claims)
    account = connection.execute(sa.select(account_copy).where(account_copy.c.account == principal.account)).one_or_none()
    if account is not None:
        if not account.active:
            raise Forbidden(N_("The account that asked for this job is closed."), code="account_closed")
        principal = replace(principal, unit=account.unit, roles=tuple(account.roles), clearance=account.clearance)
    require(principal, act)
    if unit != principal.unit and unit not in subtree_of(connection, principal.unit):
        raise Forbidden(N_("The unit of this job is no longer yours."), code="unit_moved")
    return principal


def offices_of(connection: sa.Connection, principal: Principal) -> frozenset[str]:
    """The offices that the principal may file cases under: those of the own unit and below."""
    units = subtree_of(connection, principal.unit) | {principal.unit}
    return frozenset(connection.scalars(sa.select(unit_copy.c.code).where(unit_copy.c.kind == "office", unit_copy.c.code.in_(units))))
