"""The one file of the broker's topology: exchanges, queues, bindings, and who may touch which.

Every producing service has a topic exchange `<service>.events` and, where free text or identifiers travel, `<service>.nominal.events`.
Queues are quorum queues without a maximum length: with `reject-publish` on one full queue the publish would fail for all. The overflow
setting stands only because at-least-once dead-lettering asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

DEAD_EXCHANGE: Final = "dead"
# One queue per delay: a time to live expires head first, so mixed delays in one queue would wait for each other.
RETRY_TIERS: Final[dict[str, int]] = {"retry.5s": 5_000, "retry.1m": 60_000, "retry.10m": 600_000}
DELIVERY_LIMIT: Final = 100
PREFETCH: Final = 8
OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True)
class Exchange:
    """`parked_for` is the life in milliseconds of a message that no queue takes (it parks in the alternate queue); None: for ever."""

    name: str
    nominal: bool = False
    parked_for: int | None = None

    @property
    def unrouted(self) -> str:
        """Name of both the alternate exchange and its queue."""
        return f"{self.name}.unrouted"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A queue of one consumer. `single_active`: one process at a time, because order matters (it cannot be added later: a 406)."""

    service: str
    queue: str
    exchange: str
    keys: tuple[str, ...]
    single_active: bool = True

    @property
    def dead_queue(self) -> str:
        return f"{self.queue}.dead"


class Permissions(NamedTuple):
    """RabbitMQ's three patterns for one broker account."""

    configure: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class Topology:
    exchanges: tuple[Exchange, ...]
    subscriptions: tuple[Subscription, ...]


# The gateway's processes listen by queues of their own that end with them; what was missed they read from the alerts' store.
PUSHED: Final = Exchange("notifications.nominal.events", nominal=True, parked_for=600_000)
EXCHANGES: Final = (
    Exchange("cases.events"),
    Exchange("cases.nominal.events", nominal=True),
    Exchange("search.events"),
    Exchange("search.nominal.events", nominal=True),
    Exchange("notifications.events"),
    PUSHED,
    Exchange("gateway.events"),
)

_CASES = ("case.*.v1",)
_DIRECTORY = ("unit.*.v1", "account.*.v1")

CASES_DIRECTORY: Final = Subscription("cases", "cases.directory", "gateway.events", _DIRECTORY)
SEARCH_PROJECTOR: Final = Subscription("search", "search.projector", "cases.nominal.events", _CASES)
SEARCH_MATCHER: Final = Subscription("search", "search.matcher", "cases.nominal.events", _CASES)
SEARCH_DIRECTORY: Final = Subscription("search", "search.directory", "gateway.events", _DIRECTORY)
NOTIFICATIONS_MATCHES: Final = Subscription("notifications", "notifications.matches", "search.nominal.events", ("search.matched.v1",))
NOTIFICATIONS_CASES: Final = Subscription("notifications", "notifications.cases", "cases.events", ("case.closed.v1", "case.cancelled.v1"))
NOTIFICATIONS_DIRECTORY: Final = Subscription("notifications", "notifications.directory", "gateway.events", _DIRECTORY)
REPORTS_CASES: Final = Subscription("reports", "reports.cases", "cases.events", _CASES)
REPORTS_DIRECTORY: Final = Subscription("reports", "reports.directory", "gateway.events", _DIRECTORY)
# One queue for the whole trail, bound to each exchange without nominal data: `AUDIT_BINDINGS` are the further bindings of the same queue.
AUDIT_TRAIL: Final = Subscription("audit", "audit.trail", "cases.events", ("#",))
AUDIT_BINDINGS: Final = tuple(Subscription("audit", "audit.trail", exchange.name, ("#",)) for exchange in EXCHANGES if not exchange.nominal)
AUDIT_DIRECTORY: Final = Subscription("audit", "audit.directory", "gateway.events", _DIRECTORY)

SUBSCRIPTIONS: Final = (
    CASES_DIRECTORY,
    SEARCH_PROJECTOR,
    SEARCH_MATCHER,
    SEARCH_DIRECTORY,
    NOTIFICATIONS_MATCHES,
    NOTIFICATIONS_CASES,
    NOTIFICATIONS_DIRECTORY,
    REPORTS_CASES,
    REPORTS_DIRECTORY,
    *AUDIT_BINDINGS,
    AUDIT_DIRECTORY,
)
TOPOLOGY: Final = Topology(EXCHANGES, SUBSCRIPTIONS)

# Services with a broker account of their own, and what else they read: the gateway's processes bind queues of their own.
SERVICES: Final = ("cases", "search", "notifications", "reports", "audit", "gateway")
GATEWAY_ALERT_QUEUE: Final = "gateway.alerts."
_ALSO_READS: Final[dict[str, tuple[str, ...]]] = {"gateway": (PUSHED.name,)}


def rpc_queue(service: str) -> str:
    """Gone with the service's last process, so that a call to nobody is returned at once."""
    return f"rpc.{service}"


def declare(channel: Any, topology: Topology = TOPOLOGY) -> None:
    """Idempotent; `channel` is an amqp channel of an account that may configure everything (the operator)."""
    channel.exchange_declare(DEAD_EXCHANGE, "direct", durable=True, auto_delete=False)
    for tier, delay in RETRY_TIERS.items():
        _declare_tier(channel, tier, delay)
    for exchange in topology.exchanges:
        _declare_exchange(channel, exchange)
    for subscription in topology.subscriptions:
        _declare_subscription(channel, subscription)


def _declare_tier(channel: Any, tier: str, delay: int) -> None:
    """A message's routing key is the queue that it goes back to, by way of the default exchange."""
    channel.exchange_declare(tier, "fanout", durable=True, auto_delete=False)
    arguments = {
        "x-message-ttl": delay,
        "x-dead-letter-exchange": "",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    _declare_queue(channel, tier, arguments)
    channel.queue_bind(tier, tier)


def _declare_exchange(channel: Any, exchange: Exchange) -> None:
    channel.exchange_declare(exchange.unrouted, "fanout", durable=True, auto_delete=False)
    _declare_queue(channel, exchange.unrouted, {"x-message-ttl": exchange.parked_for} if exchange.parked_for else {})
    channel.queue_bind(exchange.unrouted, exchange.unrouted)
    channel.exchange_declare(exchange.name, "topic", durable=True, auto_delete=False, arguments={"alternate-exchange": exchange.unrouted})


def _declare_subscription(channel: Any, subscription: Subscription) -> None:
    _declare_queue(channel, subscription.dead_queue, {})
    channel.queue_bind(subscription.dead_queue, DEAD_EXCHANGE, subscription.queue)
    arguments: dict[str, Any] = {
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": subscription.queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    if subscription.single_active:
        arguments["x-single-active-consumer"] = True
    _declare_queue(channel, subscription.queue, arguments)
    for key in subscription.keys:
        channel.queue_bind(subscription.queue, subscription.exchange, key)


def _declare_queue(channel: Any, name: str, arguments: dict[str, Any]) -> None:
    channel.queue_declare(name, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"} | arguments)


def permissions(account: str, topology: Topology = TOPOLOGY) -> Permissions:
    """What the broker lets an account do. Nominal exchanges can be read only by who subscribes to them here.

    Writing to the default exchange is what answers to a call, and calls themselves, need.
    """
    if account == OPERATOR:
        return Permissions(".*", ".*", ".*")
    subscribed = [subscription for subscription in topology.subscriptions if subscription.service == account]
    own = [exchange.name for exchange in topology.exchanges if exchange.name.startswith(f"{account}.")]
    readable = {subscription.exchange for subscription in subscribed} | set(_ALSO_READS.get(account, ()))
    queues = {subscription.queue for subscription in subscribed}
    private = [rpc_queue(account), *([GATEWAY_ALERT_QUEUE] if account == "gateway" else [])]
    return Permissions(
        configure=_pattern([], private),
        write=_pattern([*own, *queues, DEAD_EXCHANGE, *RETRY_TIERS, "amq.default"], private),
        read=_pattern([*readable, *queues], private),
    )


def _pattern(names: Iterable[str], prefixes: Iterable[str]) -> str:
    exact = [re.escape(name) for name in sorted(names)]
    started = [re.escape(prefix) + ("[a-z0-9-]*" if prefix.endswith(".") else "") for prefix in prefixes]
    return f"^({'|'.join([*exact, *started])})$"
