"""The trail in PostgreSQL: append by COPY, read by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.audit.domain.chain import Entry, Head, Link, append
from services.audit.ports import EntryFilter
from shared.persistence import UnitOfWork
from shared.security.directory import account_copy

metadata = sa.MetaData()

entry_table = sa.Table(
    "entry",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("actor", sa.Text),
    sa.Column("unit", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("details", pg.JSONB),
    sa.Column("event", sa.Text),
    sa.Column("hash", sa.LargeBinary),
)
head_table = sa.Table("chain_head", metadata, sa.Column("seq", sa.BigInteger), sa.Column("hash", sa.LargeBinary))

_ENTRY_COLUMNS = tuple(field.name for field in fields(Entry))
_values = attrgetter(*_ENTRY_COLUMNS)


class PostgresTrail:
    """One transaction's view of the trail."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection = work.connection

    def append(self, entries: Sequence[Entry]) -> None:
        locked = self._connection.execute(sa.select(head_table).with_for_update()).one()
        chained = list(append(_head(locked), entries))
        if not chained:
            return
        rows = ((link.seq, *_values(link.entry), link.hash) for link in chained)
        self._work.copy("entry", ("seq", *_ENTRY_COLUMNS, "hash"), rows)
        self._connection.execute(sa.update(head_table).values(seq=chained[-1].seq, hash=chained[-1].hash))

    def head(self) -> Head:
        return _head(self._connection.execute(sa.select(head_table)).one())

    def link(self, seq: int) -> Head | None:
        if seq == 0:
            return Head()
        query = sa.select(entry_table.c.seq, entry_table.c.hash).where(entry_table.c.seq == seq)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _head(row)

    def after(self, seq: int, limit: int) -> Iterator[Link]:
        query = sa.select(entry_table).where(entry_table.c.seq > seq).order_by(entry_table.c.seq).limit(limit)
        return (_link(row) for row in self._connection.execute(query))

    def newest(self, wanted: EntryFilter, limit: int) -> list[Link]:
        query = sa.select(entry_table).order_by(entry_table.c.seq.desc()).limit(limit)
        for name in ("actor", "subject", "action"):
            value = getattr(wanted, name)
            if value:
                query = query.where(entry_table.c[name] == value)
        if wanted.since is not None:
            query = query.where(entry_table.c.at >= wanted.since)
        if wanted.before is not None:
            query = query.where(entry_table.c.seq < wanted.before)
        return [_link(row) for row in self._connection.execute(query)]

    def usernames(self, accounts: set[str]) -> dict[str, str]:
        query = sa.select(account_copy.c.account, account_copy.c.username).where(account_copy.c.account.in_(accounts))
        return {row.account: row.username for row in self._connection.execute(query)}

    def account(self, username: str) -> str | None:
        query = sa.select(account_copy.c.account).where(account_copy.c.username == username)
        return self._connection.execute(query).scalar_one_or_none()


def _head(row: Any) -> Head:
    return Head(row.seq, bytes(row.hash))


def _link(row: Any) -> Link:
    return Link(row.seq, Entry(*_values(row)), bytes(row.hash))
