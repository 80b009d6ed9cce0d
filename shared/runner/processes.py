"""Every process of an installation: what it runs, and what it needs. `docs/development.md` says the same for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a process to be monkey-patched reads this table first and may have imported nothing else
    from shared.settings import Settings


class Kind(StrEnum):
    """How a process is run; see `shared/runner/process.py`."""

    SERVER = "server"
    ASGI = "asgi"
    NAMEKO = "nameko"
    RELAY = "relay"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """`entry` is `module:name`; `service` owns the database and the broker account that the process works with."""

    name: str
    kind: Kind
    entry: str = ""
    service: str = ""
    training_only: bool = False


POSTGRESQL = ProcessSpec("postgresql", Kind.SERVER)
RABBITMQ = ProcessSpec("rabbitmq", Kind.SERVER)
SUPERVISOR = ProcessSpec("supervisor", Kind.SERVER)
MAILBOX = ProcessSpec("mailbox", Kind.PLAIN, "shared.runner.mailbox:run", training_only=True)

PROCESSES: tuple[ProcessSpec, ...] = (
    ProcessSpec("gateway", Kind.ASGI, "services.gateway.service:create_application", "gateway"),
    ProcessSpec("gateway-relay", Kind.RELAY, "shared.messaging.relay:run", "gateway"),
    ProcessSpec("cases", Kind.NAMEKO, "services.cases.service:CasesService", "cases"),
    ProcessSpec("cases-relay", Kind.RELAY, "shared.messaging.relay:run", "cases"),
    ProcessSpec("cases-worker", Kind.PLAIN, "services.cases.worker:run", "cases"),
    ProcessSpec("search", Kind.NAMEKO, "services.search.service:SearchService", "search"),
    ProcessSpec("search-projector", Kind.NAMEKO, "services.search.service:ProjectorService", "search"),
    ProcessSpec("search-matcher", Kind.NAMEKO, "services.search.service:MatcherService", "search"),
    ProcessSpec("search-relay", Kind.RELAY, "shared.messaging.relay:run", "search"),
    ProcessSpec("notifications", Kind.NAMEKO, "services.notifications.service:NotificationsService", "notifications"),
    ProcessSpec("notifications-relay", Kind.RELAY, "shared.messaging.relay:run", "notifications"),
    ProcessSpec("reports", Kind.NAMEKO, "services.reports.service:ReportsService", "reports"),
    ProcessSpec("audit", Kind.NAMEKO, "services.audit.service:AuditService", "audit"),
    MAILBOX,
)


def processes_of(settings: Settings) -> tuple[ProcessSpec, ...]:
    """The processes that this installation runs, without its servers."""
    return tuple(spec for spec in PROCESSES if settings.training or not spec.training_only)


def servers_of(settings: Settings) -> tuple[ProcessSpec, ...]:
    """The servers that are ours to start: those that the settings give no host for."""
    own = []
    if settings.postgresql_host is None:
        own.append(POSTGRESQL)
    if settings.rabbitmq_host is None:
        own.append(RABBITMQ)
    return tuple(own)


def spec_named(name: str) -> ProcessSpec:
    """KeyError for a name that no process has."""
    return {spec.name: spec for spec in PROCESSES}[name]
