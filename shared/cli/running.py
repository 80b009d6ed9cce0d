"""`opencen up`, `demo`, `down`, `status`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared.cli import installation
from shared.cli.output import err, json_option, out, print_json
from shared.runner.status import InstallationStatus, present_status
from shared.settings import Settings, load_settings

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command(epilog="Examples: opencen up | OPENCEN_HTTP_PORT=9000 opencen up --detach")
@click.option("--detach", is_flag=True, help="Return when ready; `opencen down` ends it.")
def up(detach: bool) -> None:
    """Start everything on this machine, without training data, until Ctrl-C.

    The first account is made by `opencen user add --role administrator`.
    """
    settings = load_settings()
    if _already_runs(settings):
        return
    with held(settings, foreground=not detach):
        _start(settings, foreground=not detach)
        out.print(f"[bold green]OpenCEN runs at {settings.base_url}[/]")
        if not detach:
            _wait_for_the_end(settings)


@click.command(epilog="Examples: opencen demo | opencen demo --detach | OPENCEN_DEMO_PASSWORD=... opencen demo --reset")
@click.option("--detach", is_flag=True, help="Return when ready; `opencen down` ends it.")
@click.option("--reset", is_flag=True, help="Throw away the training installation's data and load it again.")
def demo(detach: bool, reset: bool) -> None:
    """Start a training installation with its accounts, cases, saved searches and alerts, until Ctrl-C."""
    from shared.cli import training  # noqa: PLC0415  only this command needs it

    settings = load_settings().model_copy(update={"training": True})
    if reset:
        training.throw_away(settings)
    elif _already_runs(settings):
        if load_settings().training and training.set_password(load_settings()):
            training.welcome(load_settings())
        return
    else:
        training.require_training_home(settings)
    with held(settings, foreground=not detach):
        _start(settings, foreground=not detach)
        training.load(load_settings())
        training.welcome(load_settings())
        if not detach:
            _wait_for_the_end(settings)


@click.command(epilog="Example: opencen down")
def down() -> None:
    """End everything that `opencen up` or `demo` of this home started, and only that."""
    settings = load_settings()
    with err.status("Ending") as shown:
        ended = installation.end(settings, lambda status: shown.update(f"Ending: {_names_still_up(status)}"))
    out.print("OpenCEN has ended" if ended else "Nothing runs here")


@click.command(epilog="Examples: opencen status | opencen status --json")
@json_option
def status(as_json: bool) -> None:
    """Every process with its pid, port and state; answers whether or not anything runs."""
    present = present_status(load_settings())
    if as_json:
        print_json({"processes": [process.public() for process in present.processes]})
        return
    table = Table(box=None, header_style="bold")
    for column in ("process", "pid", "port", "state"):
        table.add_column(column)
    for process in present.processes:
        colour = {"running": "green", "down": "dim"}.get(process.state, "yellow")
        table.add_row(process.name, str(process.pid or "-"), str(process.port or "-"), f"[{colour}]{process.state}[/]")
    out.print(table)
    if present.state == "running":
        out.print(f"OpenCEN runs at {present.url}")


def _already_runs(settings: Settings) -> bool:
    if not installation.is_running(settings):
        return False
    out.print(f"OpenCEN already runs at {present_status(settings).url} (home {settings.home}); nothing to do")
    return True


def _start(settings: Settings, *, foreground: bool) -> None:
    with _progress() as show:
        installation.start(settings, show, foreground=foreground)


@contextmanager
def _progress() -> Iterator[Callable[[InstallationStatus], None]]:
    """A bar on a terminal, one line a step elsewhere."""
    if not err.is_terminal:
        yield _line_per_step()
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=err,
    ) as bar:
        task = bar.add_task("Starting", total=None)

        def show(present: InstallationStatus) -> None:
            ready = sum(process.state == "running" for process in present.processes)
            bar.update(task, description=present.step or "Starting", completed=ready, total=len(present.processes))

        yield show


def _line_per_step() -> Callable[[InstallationStatus], None]:
    told: set[str] = set()

    def show(present: InstallationStatus) -> None:
        running = [f"{process.name} runs" for process in present.processes if process.state == "running" and process.name != "supervisor"]
        for line in filter(None, (present.step, *running)):
            if line not in told:
                told.add(line)
                err.print(line)

    return show


def _names_still_up(present: InstallationStatus) -> str:
    return ", ".join(process.name for process in present.processes if process.pid)


@contextmanager
def held(settings: Settings, *, foreground: bool) -> Iterator[None]:
    """Ends the installation after an error at its start; in the foreground also on Ctrl-C, SIGTERM or a closed terminal."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        raise KeyboardInterrupt

    if foreground:
        for number in _ENDING:
            signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        err.print("Ending what was started")
    except BaseException:
        installation.end(settings, lambda _: None)
        raise
    if foreground:
        installation.end(settings, lambda _: None)
        out.print("OpenCEN has ended")


def _wait_for_the_end(settings: Settings) -> None:
    """Until Ctrl-C, or until `opencen down` from another terminal."""
    out.print("Ctrl-C ends it")
    while installation.is_running(settings) or installation.guarded(settings):
        time.sleep(0.5)


COMMANDS = {"up": up, "demo": demo, "down": down, "status": status}
