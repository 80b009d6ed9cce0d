"""How commands of the local operator reach the services: by calls, or by an entry named here (the CLI imports no service)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.cli.output import CommandError
from shared.errors import ServiceError, Unavailable
from shared.settings import Settings


@contextmanager
def operator(settings: Settings) -> Iterator[Operator]:
    """Calls in the local operator's name; refusals become problems with advice."""
    from shared.messaging.rpc_sync import SyncRpcClient  # noqa: PLC0415  only commands that call need the broker's client
    from shared.messaging.topology import OPERATOR  # noqa: PLC0415  only where it is needed

    with refusals_explained():
        try:
            client = SyncRpcClient(settings, OPERATOR)
        except FileNotFoundError as error:
            raise not_set_up(settings) from error
        try:
            yield Operator(client)
        finally:
            client.close()


class Operator:
    """`call` gives the answer's body."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, service: str, method: str, payload: dict[str, Any] | None = None, *, timeout: float = 60.0) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.call(service, method, payload or {}, timeout=timeout)
        return answer


@contextmanager
def refusals_explained() -> Iterator[None]:
    """A service's refusal, said in English as the officer would read it."""
    try:
        yield
    except Unavailable as error:
        raise CommandError("A service or its server does not answer", "Start OpenCEN with `opencen up`, or see `opencen status`") from error
    except ServiceError as error:
        lines = [f"{problem.field}: {problem.message % problem.params}" for problem in error.errors]
        raise CommandError(
            _sentence(error.message % error.params) or error.code, _sentence("; ".join(lines)) or "Nothing was changed"
        ) from error


@contextmanager
def database_errors_explained(settings: Settings) -> Iterator[None]:
    import psycopg  # noqa: PLC0415  only commands that touch a database need it
    import sqlalchemy.exc  # noqa: PLC0415  only where it is needed

    try:
        with refusals_explained():
            yield
    except (sqlalchemy.exc.OperationalError, psycopg.OperationalError) as error:
        raise CommandError("The database does not answer", "Start OpenCEN with `opencen up`, or see `opencen status`") from error
    except FileNotFoundError as error:
        raise not_set_up(settings) from error


def not_set_up(settings: Settings) -> CommandError:
    return CommandError(
        f"There is no installation in {settings.home}", "Start one with `opencen up` or `opencen demo`, or set OPENCEN_HOME"
    )


def entry(path: str) -> Any:
    """`module:name` of a service's own function for operators."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _sentence(text: str) -> str:
    return text.strip().rstrip(".")
