"""Accounts and units for the operator's CLI: plain functions, each one transaction with its event and its entry in the trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.gateway.domain.accounts import (
    require_clearance,
    require_roles,
    require_unit_code,
    require_username,
    unknown_unit,
    username_taken,
)
from services.gateway.passwords import hash_password, matches, require_strength
from services.gateway.tables import account, session, sign_in_failure, unit
from shared.contracts.directory import ACCOUNT_CHANGED, ACTED, EXCHANGE, UNIT_CHANGED
from shared.contracts.envelope import Event
from shared.errors import NotFound
from shared.i18n import N_
from shared.identifiers import new_id
from shared.persistence import Database, UnitOfWork
from shared.settings import Settings

OPERATOR = "system:operator"
ROOT = "LA-HQ"
ROOT_NAMES = {"en": "Customs Department", "lo": "ກົມພາສີ"}
RIGHTS = ("unit", "roles", "clearance", "active")


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    kind: str
    parent: str | None
    names: dict[str, str]
    mail: str = ""


def add_account(
    settings: Settings,
    username: str,
    role: str | Iterable[str],
    unit: str,
    password: str,
    *,
    clearance: str = "restricted",
    name: str = "",
    any_password: bool = False,
) -> dict[str, Any]:
    """The new account as `list_accounts` shows it. Raises Unprocessable for a taken name, an unknown role or unit, a short password."""
    if not any_password:
        require_strength(password)
    values = {
        "id": new_id(),
        "username": require_username(username),
        "name": name or username,
        "unit": require_unit_code(unit),
        "roles": require_roles([role] if isinstance(role, str) else role),
        "clearance": require_clearance(clearance),
        "password_hash": hash_password(password),
    }
    with _work(settings) as work:
        _require_unit(work, unit)
        statement = insert(account).values(values).on_conflict_do_nothing(index_elements=["username"]).returning(account.c.id)
        if work.connection.execute(statement).one_or_none() is None:
            raise username_taken(username)
        row = _tell_account(work, username, "account.created")
        work.commit()
    return row


def change_account(settings: Settings, username: str, **changes: Any) -> dict[str, Any]:
    """`changes` are any of unit, roles, clearance, active, name. A change of rights counts at once, in every service."""
    checks = {"unit": require_unit_code, "roles": require_roles, "clearance": require_clearance}
    values = {field: checks[field](value) if field in checks else value for field, value in changes.items()}
    with _work(settings) as work:
        before = _require_account(work, username)
        if "unit" in values:
            _require_unit(work, str(values["unit"]))
        if all(before[field] == value for field, value in values.items()):
            return _shown(before)
        if any(field in RIGHTS for field in values):
            values["rights_version"] = account.c.rights_version + 1
        work.connection.execute(sa.update(account).where(account.c.username == username).values(values))
        row = _tell_account(work, username, "account.changed")
        work.commit()
    return row


def set_password(settings: Settings, username: str, password: str) -> None:
    """Ends the account's sessions and its lock-out."""
    require_strength(password)
    with _work(settings) as work:
        row = _require_account(work, username)
        _set_password(work, row, password)
        work.commit()


def reset_password(settings: Settings, username: str, password: str) -> bool:
    """The same, without a rule for its length and only when it is another one: whether it was."""
    with _work(settings) as work:
        row = _require_account(work, username)
        if matches(row["password_hash"], password):
            return False
        _set_password(work, row, password)
        work.commit()
    return True


def deactivate_account(settings: Settings, username: str) -> dict[str, Any]:
    return change_account(settings, username, active=False)


def list_accounts(settings: Settings) -> list[dict[str, Any]]:
    with _work(settings) as work:
        rows = work.connection.execute(sa.select(account).order_by(account.c.username)).mappings()
        return [_shown(row) for row in rows]


def ensure_units(settings: Settings, units: Iterable[Unit]) -> int:
    """Parents come before children. Adds and changes what differs; the number of units told."""
    told = 0
    with _work(settings) as work:
        present = {row["code"]: row for row in work.connection.execute(sa.select(unit)).mappings()}
        for wanted in units:
            values = {"kind": wanted.kind, "parent": wanted.parent, "names": wanted.names, "mail": wanted.mail}
            before = present.get(require_unit_code(wanted.code))
            if before is not None and all(before[field] == value for field, value in values.items()):
                continue
            version = before["version"] + 1 if before else 1
            statement = insert(unit).values(code=wanted.code, version=version, **values)
            work.connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values | {"version": version}))
            work.emit(EXCHANGE, [_event(UNIT_CHANGED, wanted.code, {"code": wanted.code, **values}, version)])
            told += 1
        work.commit()
    return told


def ensure_root_unit(settings: Settings) -> None:
    """What an installation without training data begins with."""
    with _work(settings) as work:
        if work.connection.execute(sa.select(sa.func.count()).select_from(unit)).scalar_one():
            return
    ensure_units(settings, [Unit(ROOT, "office", None, ROOT_NAMES)])


def has_account(settings: Settings, username: str) -> bool:
    with _work(settings) as work:
        return work.connection.execute(sa.select(account.c.id).where(account.c.username == username)).one_or_none() is not None


@contextmanager
def _work(settings: Settings) -> Iterator[UnitOfWork]:
    database = Database(settings, "gateway", pool_size=1)
    try:
        with database.unit_of_work() as work:
            yield work
    finally:
        database.dispose()


def _require_account(work: UnitOfWork, username: str) -> dict[str, Any]:
    row = work.connection.execute(sa.select(account).where(account.c.username == username).with_for_update()).mappings().one_or_none()
    if row is None:
        raise NotFound(N_("There is no account %(username)s."), params={"username": username})
    return dict(row)


def _require_unit(work: UnitOfWork, code: str) -> None:
    if work.connection.execute(sa.select(unit.c.code).where(unit.c.code == code)).one_or_none() is None:
        raise unknown_unit(code)


def _set_password(work: UnitOfWork, row: dict[str, Any], password: str) -> None:
    work.connection.execute(sa.update(account).where(account.c.id == row["id"]).values(password_hash=hash_password(password)))
    work.connection.execute(
        sa.update(session).where(session.c.account == row["id"], session.c.ended_at.is_(None)).values(ended_at=sa.func.now())
    )
    work.connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.username == row["username"]))
    work.emit(EXCHANGE, [_acted("account.password_set", row)])


def _tell_account(work: UnitOfWork, username: str, action: str) -> dict[str, Any]:
    row = dict(work.connection.execute(sa.select(account).where(account.c.username == username)).mappings().one())
    rights = {field: row[field] for field in ("username", *RIGHTS, "rights_version")}
    work.emit(EXCHANGE, [_event(ACCOUNT_CHANGED, row["id"], {"account": row["id"], **rights}, row["rights_version"]), _acted(action, row)])
    return _shown(row)


def _shown(row: Any) -> dict[str, Any]:
    return {field: row[field] for field in ("id", "username", "name", *RIGHTS, "rights_version")}


def _acted(action: str, row: dict[str, Any]) -> Event:
    data = {"action": action, "subject": row["id"], "outcome": "done", "details": {"username": row["username"]}}
    return _event(ACTED, row["id"], data, row["rights_version"])


def _event(kind: str, subject: str, data: dict[str, Any], version: int) -> Event:
    return Event(type=kind, source="gateway", subject=subject, data=data, aggregate_version=version, actor=OPERATOR)
