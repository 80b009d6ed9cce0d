"""A rebuild: the cases store's present state by pages into a new index beside the live one, then one switch.

Reads never stop, events are written to both indexes meanwhile, and nothing is matched or alerted. The index commits a page before its
checkpoint is written, so a killed rebuild goes on where it was; one whose half-made index is gone begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.search.handlers.projecting import Projection
from services.search.ports import Rebuilds
from shared.errors import Conflict
from shared.i18n import N_

PAGE = 500

# Runs one function of the projection, when it is this thread's turn to write.
Run = Callable[..., Any]


def request(rebuilds: Rebuilds, by: str) -> dict[str, Any]:
    """Raises Conflict while one is open."""
    if not rebuilds.request(by):
        raise Conflict(N_("A rebuild is running. Watch it with `opencen rebuild search`."), code="in_progress")
    return rebuilds.status()


def prepare(projection: Projection, rebuilds: Rebuilds, run: Run) -> None:
    """Before anything is written: the live index is open, and so is the new one of a rebuild; where there is no live one, a rebuild begins.

    Readers see no index until that is done: better no answer than a wrong total.
    """
    running = rebuilds.open()
    if running is not None and projection.is_live(running.directory):
        # A kill came between the switch and this line.
        rebuilds.finish(running)
        running = None
    run(projection.open, running.directory if running is not None and running.state == "running" else None)
    if running is None and not projection.has_live:
        rebuilds.request("system:search")
        running = rebuilds.open()
    if running is not None and projection.building != running.directory:
        rebuilds.begin(running, run(projection.build))


def step(rebuilds: Rebuilds, cases: Callable[[str, dict[str, Any]], Any], projection: Projection, run: Run) -> bool:
    """One page. False when there is nothing (more) to do."""
    rebuild = rebuilds.open()
    if rebuild is None:
        return False
    total = rebuild.total if rebuild.total is not None else cases("count_cases", {})["cases"]
    page = cases("replay", {"after": rebuild.after, "limit": PAGE})
    run(projection.replay, page["items"])
    rebuilds.checkpoint(rebuild, page["next"] or rebuild.after, rebuild.indexed + len(page["items"]), total)
    if page["next"] is not None:
        return True
    run(projection.switch)
    rebuilds.finish(rebuild)
    return False
