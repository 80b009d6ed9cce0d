"""Calls to a service: `@rpc_method` on a nameko service class.

    @rpc_method
    def create_case(self, call: Call) -> dict: ...

    @rpc_method(internal=("search", "operator"))
    def replay(self, call: Call) -> dict: ...

A call is acknowledged when it starts, so that a kill never runs it a second time behind its caller's back; what the caller must be sure
of, it repeats with the same idempotency key. A call whose time is up is not started, and stopped where it runs over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import amqp
import eventlet
import orjson
from eventlet.event import Event as GreenEvent
from eventlet.queue import Queue
from eventlet.semaphore import Semaphore
from nameko.extensions import Entrypoint, ProviderCollector, SharedExtension

from shared.errors import DependencyUnavailable, Forbidden, ServiceError, Unavailable, Unprocessable
from shared.faults import describe
from shared.i18n import N_
from shared.messaging import metrics, wire
from shared.messaging.call import Call
from shared.messaging.connection import BROKER_ERRORS, close_quietly, open_connection
from shared.messaging.consumer import waiting_helps
from shared.messaging.listener import Delivery, Listener
from shared.messaging.service_instance import broker_account, method_of
from shared.messaging.topology import rpc_queue
from shared.observability import correlated
from shared.security.principal import Principal, system_principal, verify_principal
from shared.settings import Settings
from shared.tracing import traced

CALLS_AT_ONCE = 10
DEFAULT_SECONDS = 5.0

log = logging.getLogger(__name__)


class RpcServer(SharedExtension, ProviderCollector):  # type: ignore[misc]  # nameko has no types
    """The one consumer of `rpc.<service>` in a container, for all its methods."""

    def __init__(self) -> None:
        self._methods: dict[str, tuple[RpcMethod, Any]] = {}
        self._arrived: Queue = Queue()
        self._draining = False
        self._drained = GreenEvent()
        super().__init__()

    def setup(self) -> None:
        settings: Settings = self.container.config["settings"]
        self._service = broker_account(self.container)
        self._key = settings.token_verifying_key()
        url = settings.broker_url(self._service)
        self._answers = AnswerChannel(url)
        queue = rpc_queue(self._service)
        self._listener = Listener(
            url,
            queue,
            self._arrived.put,
            prefetch=CALLS_AT_ONCE,
            # Neither durable nor kept: calls do not outlive their callers, and without a consumer there is no queue.
            prepare=lambda channel: channel.queue_declare(queue, durable=False, auto_delete=True),
        )

    def start(self) -> None:
        self._methods = {method.method_name: (method, method_of(method)) for method in self._providers}
        self._reader = self.container.spawn_managed_thread(self._listener.run)
        self._workers = [self.container.spawn_managed_thread(self._work) for _ in range(CALLS_AT_ONCE)]
        self._listener.wait_ready()

    def drain(self) -> None:
        """Calls that have started are answered before the connection closes; every method's `stop` waits for this."""
        if not self._draining:
            self._draining = True
            self._listener.cancel()
            for _ in self._workers:
                self._arrived.put(None)
            for worker in self._workers:
                worker.wait()
            self._listener.close()
            self._reader.wait()
            self._answers.close()
            self._drained.send()
        self._drained.wait()

    def kill(self) -> None:
        self._listener.close()

    def _work(self) -> None:
        while (delivery := self._arrived.get()) is not None:
            self._serve(delivery)

    def _serve(self, delivery: Delivery) -> None:
        self._listener.acknowledge(delivery)
        name = str(delivery.properties.get("type") or "")
        started = time.monotonic()
        answer, outcome = self._answer(name, delivery)
        known = name if name in self._methods else "unknown"
        metrics.CALL_SECONDS.labels(self._service, known, outcome).observe(time.monotonic() - started)
        if answer is not None:
            self._answers.send(delivery, answer)

    def _answer(self, name: str, delivery: Delivery) -> tuple[bytes | None, str]:
        """None where nobody waits any more."""
        remaining = _remaining_seconds(delivery)
        if remaining <= 0:
            return None, "expired"
        timeout = eventlet.Timeout(remaining)
        try:
            correlation_id = _correlation_id(delivery)
            with traced(str(delivery.headers.get("traceparent", ""))) as span, correlated(correlation_id):
                return wire.encode_result(self._run(name, delivery, span)), "ok"
        except eventlet.Timeout as reached:
            if reached is not timeout:
                raise
            log.warning("Stopped a call at its time limit", extra={"method": name})
            return None, "timeout"
        except ServiceError as error:
            return wire.encode_error(error), error.kind
        except Exception as error:  # noqa: BLE001  the caller gets an answer whatever happened, without its text
            return self._failure(name, error)
        finally:
            timeout.cancel()

    def _failure(self, name: str, error: Exception) -> tuple[bytes, str]:
        if waiting_helps(error):
            log.warning("Away: %s", describe(error), extra={"method": name})
            return wire.encode_error(wire.unavailable(self._service, "dependency")), Unavailable.kind
        log.error("Call failed: %s", describe(error), extra={"method": name})
        return wire.encode_error(ServiceError(code="internal")), ServiceError.kind

    def _run(self, name: str, delivery: Delivery, span: str) -> Any:
        if name not in self._methods:
            raise ServiceError(code="unknown_method", params={"method": name})
        entrypoint, method = self._methods[name]
        caller = str(delivery.properties.get("user_id") or "")
        headers = delivery.headers
        principal = self._principal(entrypoint, caller, headers.get("token"))
        return method(
            Call(
                principal=principal,
                payload=_payload(delivery.body),
                idempotency_key=headers.get("idempotency-key"),
                language=str(headers.get("language") or "en"),
                correlation_id=_correlation_id(delivery),
                traceparent=span,
                service=caller,
                method=name,
            )
        )

    def _principal(self, entrypoint: RpcMethod, caller: str, token: Any) -> Principal:
        if entrypoint.internal:
            if caller not in entrypoint.internal:
                raise Forbidden(N_("This call is for services of the installation only."), code="internal_call")
            return system_principal(caller)
        return verify_principal(str(token or ""), self._key)


class RpcMethod(Entrypoint):  # type: ignore[misc]  # nameko has no types
    """`internal` names the broker accounts that may call without a principal's token; nobody else may call such a method at all."""

    server = RpcServer()

    def __init__(self, *, internal: tuple[str, ...] = (), **options: Any) -> None:
        self.internal = internal
        super().__init__(**options)

    def setup(self) -> None:
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.unregister_provider(self)
        self.server.drain()


class AnswerChannel:
    """Answers leave by a connection of their own: the listener's is being read by another green thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._channel: Any = None
        self._lock = Semaphore()

    def send(self, delivery: Delivery, body: bytes) -> None:
        """An answer that cannot leave is the caller's time-out."""
        reply_to = delivery.properties.get("reply_to")
        if not reply_to:
            return
        message = amqp.Message(body, correlation_id=delivery.properties.get("correlation_id"), content_type=wire.CONTENT_TYPE)
        for attempt in (1, 2):
            try:
                with self._lock:
                    self._open().basic_publish(message, "", reply_to)
            except (DependencyUnavailable, *BROKER_ERRORS) as error:
                self.close()
                log.warning("An answer did not leave: %s", describe(error), extra={"attempt": attempt})
            else:
                return

    def _open(self) -> Any:
        if self._channel is None:
            self._connection = open_connection(self._url, heartbeat=0)
            self._channel = self._connection.channel()
        return self._channel

    def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            close_quietly(connection)


def _remaining_seconds(delivery: Delivery) -> float:
    deadline = delivery.headers.get("deadline")
    return deadline / 1000 - time.time() if isinstance(deadline, int) else DEFAULT_SECONDS


def _correlation_id(delivery: Delivery) -> str:
    return str(delivery.headers.get("correlation") or delivery.properties.get("correlation_id") or "")


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unprocessable(N_("The call is not readable."), code="malformed") from error
    if not isinstance(payload, dict):
        raise Unprocessable(N_("The call is not readable."), code="malformed")
    return payload


rpc_method: Callable[..., Any] = RpcMethod.decorator
