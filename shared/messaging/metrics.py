"""What an operator watches of messaging; every process serves these at `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

OUTBOX_WAITING = Gauge("opencen_outbox_waiting_messages", "Messages in the outbox that the broker does not have yet", ["service"])
OUTBOX_AGE = Gauge("opencen_outbox_oldest_seconds", "Age of the oldest message that waits in the outbox", ["service"])
RELAYED = Counter("opencen_relayed_messages_total", "Messages that the relay handed to the broker", ["service", "exchange"])
UNROUTED = Gauge("opencen_unrouted_messages", "Messages without a listener, parked in an exchange's alternate queue", ["exchange"])
QUEUE_WAITING = Gauge("opencen_queue_waiting_messages", "Messages in a consumer's queue that nobody has taken yet", ["queue"])
DEAD = Gauge("opencen_dead_letters", "Messages in a dead queue, waiting for an operator", ["queue"])
LAG = Gauge("opencen_consumer_lag_seconds", "Time from publishing to effect of the last message", ["queue"])
HANDLED = Counter("opencen_handled_events_total", "Events whose effect is committed", ["queue"])
DUPLICATES = Counter("opencen_duplicate_messages_total", "Messages whose effect was already committed", ["queue"])
SET_ASIDE = Counter("opencen_set_aside_total", "Events sent to a retry tier or the dead queue", ["queue", "target"])
HANDLER_SECONDS = Histogram("opencen_handler_seconds", "Duration of one transaction of a consumer", ["queue"], buckets=_SECONDS)
WAITING_IN_PLACE = Gauge("opencen_consumer_waiting", "1 while a consumer waits for a dependency that is away", ["queue"])
CALL_SECONDS = Histogram("opencen_call_seconds", "Duration of a call, by its outcome", ["service", "method", "outcome"], buckets=_SECONDS)
