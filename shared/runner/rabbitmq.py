"""Our own RabbitMQ node: Debian's programs, our own name, ports, cookie and accounts, all on 127.0.0.1.

Users, virtual host and permissions come from a definitions file that the node reads at every start, so that there never is a guest and a
change of the topology's permissions counts with the next start. epmd is a child of ours too: a node starts one that outlives it otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from shared.messaging import topology
from shared.runner.errors import ServerMissing
from shared.runner.secrets import ensure_secret, private_directory, write_private
from shared.settings import Settings

NODE = "opencen@localhost"
OPERATOR = topology.OPERATOR
ACCOUNTS = (*topology.SERVICES, OPERATOR)

_PROGRAM_DIRECTORIES = ("/usr/lib/rabbitmq/bin", "/usr/local/lib/rabbitmq/bin", "/opt/homebrew/sbin", "/usr/local/sbin")


class RabbitmqServer:
    """One node under the home. `plugins` and `lines` of configuration are for tests, which ask the management API what queues hold."""

    def __init__(self, settings: Settings, *, plugins: Iterable[str] = (), lines: Iterable[str] = ()) -> None:
        self._settings = settings
        self._plugins = tuple(plugins)
        self._lines = tuple(lines)
        self._base = settings.home / "rabbitmq"

    def configure(self, virtual_hosts: Iterable[str] | None = None) -> None:
        private_directory(self._base)
        ensure_secret(self._settings, "rabbitmq-cookie", lambda: secrets.token_hex(20))
        cookie = self._base / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        write_private(cookie, self._settings.secret("rabbitmq-cookie"))
        cookie.chmod(0o400)
        definitions = self._base / "definitions.json"
        write_private(definitions, json.dumps(self._definitions(virtual_hosts or [self._settings.rabbitmq_vhost]), indent=1))
        write_private(self._base / "enabled_plugins", f"[{','.join(self._plugins)}].\n")
        write_private(self._base / "rabbitmq.conf", self._configuration(definitions))

    def start_epmd(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        command = [_epmd(), "-port", str(self._settings.rabbitmq_epmd_port), "-address", "127.0.0.1"]
        return subprocess.Popen(  # noqa: S603  a fixed program with our own port
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=self.environment(), start_new_session=True
        )

    def start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  Debian's program, found in fixed places
            [program("rabbitmq-server")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self._base,
            env=self.environment(),
            start_new_session=True,
        )

    def control(self, *arguments: str) -> str:
        """Runs `rabbitmqctl` on our node, and only on ours."""
        done = subprocess.run(  # noqa: S603  Debian's program on our own node
            [program("rabbitmqctl"), "--quiet", "--timeout", "30", *arguments],
            env=self.environment(),
            cwd=self._base,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def environment(self) -> dict[str, str]:
        settings, base = self._settings, self._base
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "HOME": str(base),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(settings.rabbitmq_port),
            "RABBITMQ_DIST_PORT": str(settings.rabbitmq_distribution_port),
            "ERL_EPMD_PORT": str(settings.rabbitmq_epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(base / "mnesia"),
            "RABBITMQ_LOG_BASE": str(base / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(base / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(base / "no-environment-file"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +B i",
            "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # With this the script becomes the node instead of staying its parent: one pid, one signal.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _configuration(self, definitions: Path) -> str:
        return "\n".join(
            (
                f"listeners.tcp.default = 127.0.0.1:{self._settings.rabbitmq_port}",
                f"load_definitions = {definitions}",
                "log.console.level = warning",
                "log.file = false",
                # The default, two fifths of all memory, is much for one machine that runs everything.
                "vm_memory_high_watermark.relative = 0.3",
                "disk_free_limit.absolute = 200MB",
                # A consumer keeps its deliveries while its database is away; each time-out here would count towards the delivery limit.
                "consumer_timeout = 86400000",
                *self._lines,
                "",
            )
        )

    def _definitions(self, virtual_hosts: Iterable[str]) -> dict[str, Any]:
        passwords = {account: ensure_secret(self._settings, f"rabbitmq-{account}") for account in ACCOUNTS}
        hosts = list(virtual_hosts)
        return {
            "users": [
                {
                    "name": account,
                    "password_hash": _password_hash(password),
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": "administrator" if account == OPERATOR else "",
                }
                for account, password in passwords.items()
            ],
            "vhosts": [{"name": host} for host in hosts],
            "permissions": [permission for host in hosts for permission in permissions_at(host)],
        }


def permissions_at(virtual_host: str) -> list[dict[str, str]]:
    """What each account may configure, write and read, as the topology says."""
    return [{"user": account, "vhost": virtual_host, **topology.permissions(account)._asdict()} for account in ACCOUNTS]


def _password_hash(password: str) -> str:
    """RabbitMQ's own form: base64 of a four-byte salt and sha256(salt + password)."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def program(name: str) -> str:
    """Not `/usr/sbin`: Debian's wrapper there insists on its own user."""
    for directory in _PROGRAM_DIRECTORIES:
        path = Path(directory) / name
        if path.exists():
            return str(path)
    raise ServerMissing(f"{name} is missing", "Install the package rabbitmq-server, or give a broker of yours by OPENCEN_RABBITMQ_HOST")


def _epmd() -> str:
    found = shutil.which("epmd")
    if found is None:
        raise ServerMissing("epmd is missing", "Install the package rabbitmq-server, which brings Erlang")
    return found
