"""A whole training installation of its own: home in a temporary directory, free ports, started and ended by the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from shared.runner.ports import free_ports
from shared.settings import ADDRESSES_FILE, Settings

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "a-password-for-tests"
_PORTS = ("HTTP", "POSTGRESQL", "RABBITMQ", "RABBITMQ_DISTRIBUTION", "RABBITMQ_EPMD", "SMTP")


class Installation:
    """`opencen(...)` runs a command of it; `rest("officer.vte")` is a client that is signed in."""

    def __init__(self, home: Path) -> None:
        ports = free_ports(len(_PORTS) + 1)
        self.home = home
        self.http_port = ports[0]
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENCEN_")}
        self.environment |= {f"OPENCEN_{name}_PORT": str(port) for name, port in zip(_PORTS, ports, strict=False)}
        self.environment |= {"OPENCEN_HOME": str(home), "OPENCEN_PROCESS_PORT_BASE": str(min(ports[-1], 64_000))}
        self.environment |= {"OPENCEN_DEMO_PASSWORD": PASSWORD}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def settings(self) -> Settings:
        """As the installation's own processes see them; its servers may be asked by plain SQL and AMQP with these."""
        chosen = dict(line.split("=", 1) for line in (self.home / ADDRESSES_FILE).read_text().splitlines())
        values = {
            key.removeprefix("OPENCEN_").lower(): value for key, value in (self.environment | chosen).items() if key.startswith("OPENCEN_")
        }
        return Settings(**values)

    def opencen(self, *arguments: str, check: bool = True, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-c", "from shared.cli import main; main()", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"opencen {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.last_log_lines()}"
            )
        return done

    def answer(self, *arguments: str, **options: Any) -> Any:
        """What a command answers in JSON."""
        return json.loads(self.opencen(*arguments, "--json", **options).stdout)

    def processes(self) -> dict[str, dict[str, Any]]:
        return {process["name"]: process for process in self.answer("status")["processes"]}

    def kill(self, name: str) -> int:
        pid = int(self.processes()[name]["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid

    def rest(self, username: str, **options: Any) -> httpx.Client:
        answer = httpx.post(f"{self.url}/api/v1/session", json={"username": username, "password": PASSWORD}, timeout=30, trust_env=False)
        answer.raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, trust_env=False, **options)

    def last_log_lines(self) -> str:
        parts = []
        for path in sorted((self.home / "logs").glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-5:]
            parts.append("\n".join([f"== {path.name}", *(line[:600] for line in lines)]))
        return "\n".join(parts)


@contextmanager
def running_installation(home: Path, *command: str) -> Iterator[Installation]:
    installation = Installation(home)
    try:
        installation.opencen(*(command or ("demo", "--detach")))
        yield installation
    finally:
        installation.opencen("down", check=False)
