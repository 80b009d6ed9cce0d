"""PostgreSQL refuses to run as root: root starts it as an unprivileged user instead.

That user may not even be allowed to enter the directories above the data (a clone under root's own home). It then keeps one capability,
reading and searching directories, and nothing else of root.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shared.runner.errors import RunnerError
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Owner:
    """Who runs a server: `command` goes in front of its command line."""

    uid: int
    gid: int
    command: tuple[str, ...] = ()

    def give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def server_owner(settings: Settings, reads: Iterable[Path]) -> Owner:
    """The present user, or for root the unprivileged one that can reach all of `reads`."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    try:
        account = pwd.getpwnam(settings.system_user)
    except KeyError as error:
        raise RunnerError(f"There is no user {settings.system_user}", "Set OPENCEN_SYSTEM_USER to an unprivileged user") from error
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise RunnerError("setpriv is missing", "Install util-linux, or start OpenCEN as an ordinary user")
    command = [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if not all(_others_may_enter(path) for path in reads):
        capability = _reading_capability()
        # Without the security bit the kernel's access(), by which initdb looks for its sibling programs, would leave the capability out.
        command += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup"]
    return Owner(account.pw_uid, account.pw_gid, tuple(command))


def _reading_capability() -> str:
    """Containers often keep only the wider of the two."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)
    for name, bit in (("dac_read_search", 2), ("dac_override", 1)):
        if held & 1 << bit:
            return name
    raise RunnerError(
        "PostgreSQL's user may not enter the directories above OPENCEN_HOME", "Set OPENCEN_HOME to a directory outside of root's own home"
    )


def _others_may_enter(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
