"""The one instance of a nameko service class whose methods our entrypoints call, with its dependencies in place.

nameko's own workers log an exception with its text and act on its result after the fact; ours must do neither (architecture.md).
"""

from __future__ import annotations

from typing import Any

from nameko.containers import WorkerContext


def broker_account(container: Any) -> str:
    """`search-projector` is a process of `search`."""
    return str(container.service_name).split("-", maxsplit=1)[0]


def method_of(entrypoint: Any) -> Any:
    """The bound method of a service instance that has its dependencies; call it in `start`, when all are set up."""
    container = entrypoint.container
    instance = container.service_cls()
    context = WorkerContext(container, instance, entrypoint)
    for provider in container.dependencies:
        setattr(instance, provider.attr_name, provider.get_dependency(context))
    return getattr(instance, entrypoint.method_name)
