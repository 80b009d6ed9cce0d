"""What `opencen demo` adds to a running installation: accounts, saved searches, cases, a few alerts; and how it is thrown away."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from typing import Any

from shared.cli import client, installation
from shared.cli.operating import compare_all
from shared.cli.output import CommandError, err, out
from shared.cli.services import database_errors_explained, entry, operator
from shared.runner.secrets import private_directory, write_private
from shared.settings import Settings

_PASSWORD_SECRET = "demo-password"  # noqa: S105  the name of a file
_MARKER = "training.json"
_DATA = ("postgresql", "rabbitmq", "index", "files", "mail", "token", _MARKER)
_STEPS = (
    ("cases", "Writing the training cases of two years", "services.cases.training:seed"),
    ("saved searches", "Writing the units' saved searches", "services.search.training:seed"),
    ("alerts", "Submitting today's cases, which alert", "services.cases.training:seed_live"),
)
_ACCOUNTS = "services.gateway.training:seed"

_COPIES = ("cases", "search", "notifications")
_COPY_SECONDS = 60.0
_SETTLED_SECONDS = 120.0


def require_training_home(settings: Settings) -> None:
    """Training data must never be mixed into a real installation."""
    begun = (settings.home / "postgresql" / "data").exists()
    if begun and not (settings.home / _MARKER).exists():
        raise CommandError(f"{settings.home} holds a real installation", "Set OPENCEN_HOME to another directory for training")
    installation.check_home(settings)
    if not (settings.home / _MARKER).exists():
        _write_marker(settings, {"steps": []})


def throw_away(settings: Settings) -> None:
    """Ends the training installation and removes its data; secrets stay, so that its password does."""
    require_training_home(settings)
    if settings.postgresql_host is not None or settings.rabbitmq_host is not None:
        raise CommandError("The servers are not ours to empty", "Drop the databases and the virtual host there yourself, then start again")
    installation.end(settings, lambda _: None)
    err.print("Throwing the training data away")
    for name in _DATA:
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    require_training_home(settings)


def load(settings: Settings) -> None:
    """Whatever of it is not there yet. Another password than last time resets those of the accounts."""
    with database_errors_explained(settings):
        with err.status("Writing the training accounts"):
            if set_password(settings):
                _wait_for_copies(settings)
        done = _read_marker(settings)
        for name, text, path in _STEPS:
            if name not in done["steps"]:
                _seed(settings, text, path)
                done["steps"].append(name)
                _write_marker(settings, done)
    client.sign_in(settings, client.TRAINING_ANALYST, settings.secret(_PASSWORD_SECRET))
    _wait_until_settled(settings)


def _seed(settings: Settings, text: str, path: str) -> None:
    if not err.is_terminal:
        err.print(text)
    with err.status(text):
        entry(path)(settings)


def _wait_until_settled(settings: Settings) -> None:
    """Ready means: every training case is found and counted, and what they raise is in the inbox."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    with operator(settings) as services, client.client(settings) as rest, err.status("Waiting until all is found and counted"):
        while time.monotonic() < deadline:
            compared = compare_all(services)
            found = rest.get("/search", params={"limit": 1}).json().get("total")
            counted = compared["cases"] == compared["facts"] and not compared["differences"]
            if counted and found == compared["cases"] and rest.get("/alerts", params={"limit": 1}).json().get("items"):
                return
            time.sleep(0.3)
    err.print("Some training cases are still on their way into the search and the reports; they will be there soon")


def _wait_for_copies(settings: Settings) -> None:
    """Services know an account from its event: what follows needs all of them."""
    import psycopg  # noqa: PLC0415  only where it is needed

    deadline = time.monotonic() + _COPY_SECONDS
    for service in _COPIES:
        with psycopg.connect(settings.database_conninfo(service), autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM account_copy WHERE username = 'admin'").fetchone() is None:
                if time.monotonic() > deadline:
                    raise CommandError(f"The accounts did not reach {service}", f"Its log in {settings.logs_directory} says why")
                time.sleep(0.1)


def set_password(settings: Settings) -> bool:
    """Whether the accounts had to be written: at the first start, and with another password than before."""
    done = _read_marker(settings)
    path = settings.secrets_directory / _PASSWORD_SECRET
    kept = settings.secret(_PASSWORD_SECRET) if path.exists() else None
    password = settings.demo_password or kept or secrets.token_urlsafe(9)
    if password == kept and "accounts" in done["steps"]:
        return False
    with database_errors_explained(settings):
        entry(_ACCOUNTS)(settings, password)
    write_private(private_directory(settings.secrets_directory) / _PASSWORD_SECRET, password)
    done["steps"] = [*{*done["steps"], "accounts"}]
    _write_marker(settings, done)
    return True


def welcome(settings: Settings) -> None:
    out.print(f"[bold green]OpenCEN (training) runs at {settings.base_url}[/]")
    out.print("Sign in as officer.vte, validator.vte, validator2.vte, analyst.hq, chief.hq, auditor.hq or admin")
    out.print(f"Password: {settings.secret(_PASSWORD_SECRET)}", markup=False)
    out.print(f"Mail to units stays in {settings.mail_directory}; `opencen down` ends everything", markup=False)


def _read_marker(settings: Settings) -> dict[str, Any]:
    try:
        marker: dict[str, Any] = json.loads((settings.home / _MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"steps": []}
    return marker


def _write_marker(settings: Settings, marker: dict[str, Any]) -> None:
    write_private(settings.home / _MARKER, json.dumps(marker))
