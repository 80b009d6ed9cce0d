"""Every service's domain is covered by unit tests: at least 95 % of its branches and of its lines. Reads `coverage json`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

LEAST = 95.0


def main(path: str) -> int:
    files = json.loads(Path(path).read_text(encoding="utf-8"))["files"]
    sums: dict[str, Counter[str]] = {}
    for name, entry in files.items():
        parts = Path(name).parts
        if parts[0] == "services" and len(parts) > 3 and parts[2] == "domain":
            sums.setdefault(parts[1], Counter()).update({key: value for key, value in entry["summary"].items() if isinstance(value, int)})
    expected = {folder.parent.name for folder in Path("services").glob("*/domain") if any(folder.glob("*.py"))}
    failed = not expected
    for service in sorted(expected):
        summary = sums.get(service, Counter())
        branches = _percent(summary["covered_branches"], summary["num_branches"])
        lines = _percent(summary["covered_lines"], summary["num_statements"])
        good = service in sums and branches >= LEAST and lines >= LEAST
        failed |= not good
        sys.stdout.write(f"{'ok    ' if good else 'FAILED'} services/{service}/domain: branches {branches:.1f} %, lines {lines:.1f} %\n")
    return int(failed)


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
