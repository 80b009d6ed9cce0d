"""Copies of units and accounts in a service's own database, folded from the gateway's events.

A unit's subtree becomes a list of codes at query time, so moving a unit touches no record (architecture.md, "Security").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from shared.contracts.directory import ACCOUNT_CHANGED, UNIT_CHANGED
from shared.contracts.envelope import Event
from shared.errors import RenewRights, Unauthenticated
from shared.security.principal import Principal

directory_metadata = MetaData()

unit_copy = Table(
    "unit_copy",
    directory_metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("parent", Text, index=True),
    Column("names", JSONB, nullable=False),
    Column("mail", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

account_copy = Table(
    "account_copy",
    directory_metadata,
    Column("account", Text, primary_key=True),
    Column("username", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("clearance", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

_SUBTREE = """
    WITH RECURSIVE below(code) AS (
        SELECT code FROM unit_copy WHERE code = :unit
        UNION SELECT child.code FROM unit_copy child JOIN below ON child.parent = below.code
    ) SELECT coalesce(array_agg(code), '{}') FROM below
"""

# One round trip for what every checked call needs.
_RIGHTS = text(
    f"SELECT ({_SUBTREE}) AS subtree, account.version, account.active FROM (SELECT 1) AS one"  # noqa: S608  constants only
    " LEFT JOIN account_copy account ON account.account = :account"
)


def create_directory_tables(connection: Connection) -> None:
    """For a service's first migration: `create_directory_tables(op.get_bind())`."""
    directory_metadata.create_all(connection)


def apply_directory(connection: Connection, events: Sequence[Event]) -> None:
    """Fold `unit.changed.v1` and `account.changed.v1`; others are passed over. Older versions change nothing."""
    in_order = sorted(events, key=lambda event: event.aggregate_version)
    units = {event.subject: _unit_row(event) for event in in_order if event.type == UNIT_CHANGED}
    accounts = {event.subject: _account_row(event) for event in in_order if event.type == ACCOUNT_CHANGED}
    _upsert(connection, unit_copy, "code", units.values())
    _upsert(connection, account_copy, "account", accounts.values())


def subtree_of(connection: Connection, unit: str) -> frozenset[str]:
    """The unit's code and those of all units below it; empty for an unknown unit."""
    return frozenset(connection.execute(text(_SUBTREE), {"unit": unit}).scalar_one())


def current_subtree(connection: Connection, principal: Principal) -> frozenset[str]:
    """The principal's subtree, after a check that the token's rights are not outdated.

    Raises RenewRights when this service has seen newer rights than the token's, Unauthenticated when the account is closed.
    """
    row = connection.execute(_RIGHTS, {"unit": principal.unit, "account": principal.account}).one()
    if row.version is not None and row.version > principal.rights_version:
        raise RenewRights("The account's rights have changed")
    if row.active is False:
        raise Unauthenticated("The account is closed", code="account_closed")
    return frozenset(row.subtree)


def unit_names(connection: Connection, codes: Iterable[str]) -> dict[str, dict[str, str]]:
    rows = connection.execute(unit_copy.select().where(unit_copy.c.code.in_(list(codes))))
    return {row.code: row.names for row in rows}


def _unit_row(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "code": data["code"],
        "kind": data["kind"],
        "parent": data["parent"],
        "names": data["names"],
        "mail": data.get("mail", ""),
        "version": event.aggregate_version,
    }


def _account_row(event: Event) -> dict[str, Any]:
    data = event.data
    columns = ("account", "username", "unit", "roles", "clearance", "active")
    return {name: data[name] for name in columns} | {"version": data["rights_version"]}


def _upsert(connection: Connection, table: Table, key: str, rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    if not values:
        return
    statement = insert(table).values(values)
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name != key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[key], set_=fresh, where=table.c.version < statement.excluded.version)
    )
