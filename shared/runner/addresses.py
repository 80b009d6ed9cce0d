"""Which ports this installation takes. What was chosen lies in a file that every process of it reads with its settings."""

from __future__ import annotations

import os

from shared.runner.errors import RunnerError
from shared.runner.ports import free_ports, port_is_free
from shared.runner.secrets import private_directory, write_private
from shared.settings import ADDRESSES_FILE, Settings, load_settings

_POSTGRESQL_PORTS = ("postgresql_port",)
_RABBITMQ_PORTS = ("rabbitmq_port", "rabbitmq_distribution_port", "rabbitmq_epmd_port")
_TRAINING_PORTS = ("smtp_port",)


def choose_addresses(settings: Settings, *, keep: frozenset[str] = frozenset()) -> Settings:
    """Settings with ports that are free, written down. `keep` names settings whose port is taken by a survivor of ours.

    A port that the operator gave is never exchanged for another: being taken is then an error.
    """
    changes: dict[str, object] = {}
    for name in _own_ports(settings):
        port = getattr(settings, name)
        if name in keep or port_is_free(port):
            changes[name] = port
        elif _variable(name) in os.environ:
            raise RunnerError(f"Port {port} is taken by another program", f"End that program, or set {_variable(name)} to a free port")
        else:
            changes[name] = free_ports(1)[0]
    if settings.training:
        changes |= {"training": True, "smtp_host": settings.smtp_host or "127.0.0.1"}
    private_directory(settings.run_directory)
    lines = [f"{_variable(name)}={str(value).lower() if isinstance(value, bool) else value}" for name, value in changes.items()]
    write_private(settings.home / ADDRESSES_FILE, "\n".join(lines) + "\n")
    return load_settings()


def require_http_port(settings: Settings) -> None:
    try:
        free = port_is_free(settings.http_port, settings.http_host)
    except OSError as error:
        raise RunnerError(
            f"This machine has no address {settings.http_host}", "Set OPENCEN_HTTP_HOST to an address of this machine"
        ) from error
    if not free:
        raise RunnerError(
            f"Port {settings.http_port} of {settings.http_host} is taken by another program",
            f"End that program, or start with another port: OPENCEN_HTTP_PORT={free_ports(1)[0]}",
        )


def _own_ports(settings: Settings) -> list[str]:
    names: list[str] = []
    if settings.postgresql_host is None:
        names += _POSTGRESQL_PORTS
    if settings.rabbitmq_host is None:
        names += _RABBITMQ_PORTS
    if settings.training and settings.smtp_host in (None, "127.0.0.1"):
        names += _TRAINING_PORTS
    return names


def _variable(name: str) -> str:
    return f"OPENCEN_{name.upper()}"
