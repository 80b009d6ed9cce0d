"""`python -m services.cases.training [live]`: the records of the past, or those of today."""

from __future__ import annotations

import sys

from services.cases.training.seeding import seed, seed_live
from shared.settings import load_settings

if __name__ == "__main__":
    load = seed_live if sys.argv[1:] == ["live"] else seed
    print(f"{load(load_settings())} training records written")  # noqa: T201  a command tells its result
