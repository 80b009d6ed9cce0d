"""`opencen login` and `import`: clients of the public REST API, as any other program is one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import click
import httpx
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from shared.cli.output import CommandError, err, json_option, out, print_json
from shared.runner.secrets import write_private
from shared.settings import Settings, load_settings

TOKEN_FILE = "token"  # noqa: S105  the name of a file
TRAINING_ANALYST = "analyst.hq"
_POLL_SECONDS = 0.25
_ENDED = ("done", "failed", "cancelled")


@click.command(epilog="Examples: opencen login analyst.hq | OPENCEN_USER_PASSWORD=... opencen login analyst.hq")
@click.argument("username")
@click.option("--password", envvar="OPENCEN_USER_PASSWORD", help="Asked for when left out.")
def login(username: str, password: str | None) -> None:
    """Sign in; the token is kept in OPENCEN_HOME, mode 0600, for the commands that speak to the REST API."""
    settings = load_settings()
    sign_in(settings, username, password or str(click.prompt(f"Password of {username}", hide_input=True)))
    out.print(f"Signed in as {username} at {settings.base_url}")


@click.command(
    "import",
    epilog="Examples: opencen import seizures.csv.gz --mapping unodc-ids | opencen import seizures.csv --mapping auto --dry-run --json",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--mapping", required=True, help="A mapping's name, a mapping as JSON, or auto.")
@click.option("--dry-run", is_flag=True, help="Read and map, write nothing.")
@click.option("--alert", is_flag=True, help="Let saved searches raise alerts for the imported cases.")
@click.option("--errors", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the rejected rows to this CSV file.")
@json_option
def import_(*, file: Path, mapping: str, dry_run: bool, alert: bool, errors: Path | None, as_json: bool) -> None:
    """Take a CSV file, plain or gzip, into the cases: every row ends as a case, a duplicate or a line of the errors."""
    settings = load_settings()
    with client(settings) as rest, _progress(show=not as_json) as bar:
        with file.open("rb") as content:
            fields = {"mapping": mapping, "dry_run": _flag(dry_run), "alert": _flag(alert)}
            watched = cast("IO[bytes]", _Watched(content, file.stat().st_size, bar("Sending")))
            upload = {"file": (file.name, watched, "application/octet-stream")}
            job_id = _json(rest.post("/imports", data=fields, files=upload))["job"]
        job = _follow(rest, job_id, bar("Importing"))
        if errors is not None:
            _write_errors(rest, job_id, errors)
    if as_json:
        print_json(job)
    if job["state"] != "done":
        raise CommandError(
            f"The import ended as {job['state']}: {(job['result'] or {}).get('reason', 'no reason given')}", f"Its job is {job_id}"
        )
    if not as_json:
        counts = job["counts"]
        out.print(f"{counts['rows']} rows: {counts['created']} cases, {counts['duplicates']} duplicates, {counts['rejected']} rejected")
        if counts["rejected"] and errors is None:
            out.print(f"The rejected rows: GET /api/v1/imports/{job_id}/errors, or --errors FILE next time", markup=False)


def sign_in(settings: Settings, username: str, password: str) -> str:
    """A token, kept in the home."""
    with httpx.Client(base_url=f"{_local_url(settings)}/api/v1", timeout=30, trust_env=False) as rest, _answering(settings):
        token = str(_json(rest.post("/session", json={"username": username, "password": password}))["token"])
    write_private(settings.home / TOKEN_FILE, token)
    return token


@contextmanager
def client(settings: Settings) -> Iterator[httpx.Client]:
    """Signed in with the kept token."""
    headers = {"Authorization": f"Bearer {_valid_token(settings)}"}
    url = f"{_local_url(settings)}/api/v1"
    with httpx.Client(base_url=url, headers=headers, timeout=300, trust_env=False) as rest, _answering(settings):
        yield rest


def _valid_token(settings: Settings) -> str:
    path = settings.home / TOKEN_FILE
    token = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if token:
        with _answering(settings):
            url = f"{_local_url(settings)}/api/v1/session"
            answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return token
    try:
        return sign_in(settings, TRAINING_ANALYST, settings.secret("demo-password"))
    except FileNotFoundError as error:
        raise CommandError("You are not signed in, or no longer", "Sign in with `opencen login USERNAME`") from error


@contextmanager
def _answering(settings: Settings) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise CommandError(
            f"OpenCEN does not answer at {settings.base_url}", "Start it with `opencen up`, or set OPENCEN_HTTP_HOST and OPENCEN_HTTP_PORT"
        ) from error


def _local_url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104  compared, not bound
    return f"http://{host}:{settings.http_port}"


def _json(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    title = problem.get("detail") or problem.get("title") or f"The answer was {answer.status_code}"
    lines = [f"{item['field']}: {item['message']}" for item in problem.get("errors", [])]
    raise CommandError(title.rstrip("."), "; ".join(lines).rstrip(".") or "Nothing was changed")


def _follow(rest: httpx.Client, job_id: str, bar: Callable[[float, float], None]) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = _json(rest.get(f"/jobs/{job_id}"))
        bar(job["progress"] or 0.0, 1.0)
        if job["state"] in _ENDED:
            return job
        time.sleep(_POLL_SECONDS)


def _write_errors(rest: httpx.Client, job_id: str, path: Path) -> None:
    with rest.stream("GET", f"/imports/{job_id}/errors") as answer, path.open("wb") as file:
        if not answer.is_success:
            answer.read()
            _json(answer)
        for part in answer.iter_bytes():
            file.write(part)


class _Watched:
    """A file that tells how far it was read."""

    def __init__(self, file: IO[bytes], size: int, bar: Callable[[float, float], None]) -> None:
        self._file = file
        self._size = size
        self._bar = bar

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._bar(self._file.tell(), self._size)
        return part

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def _progress(*, show: bool) -> Iterator[Callable[[str], Callable[[float, float], None]]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not show or not err.is_terminal) as progress:

        def begin(text: str) -> Callable[[float, float], None]:
            task = progress.add_task(text, total=None)
            return lambda done, total: progress.update(task, completed=done, total=total or 1)

        yield begin


def _flag(value: bool) -> str:
    return "true" if value else "false"


COMMANDS = {"login": login, "import": import_}
