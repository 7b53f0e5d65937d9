"""Tables that chapters quote: results/<benchmark>/<table>.json says how one came about, and what was found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from benchmarks import measure


def keep(benchmark: str, table: str = "", *, file: str = "", **found: Any) -> None:
    """Record what `python -m benchmarks.<benchmark> <table>` found, with the day, the machine and the versions.

    file: the file's name, where it is not the table's.
    """
    head = {
        "command": f"python -m benchmarks.{benchmark} {table}".strip(), "date": date.today().isoformat(),
        "machine": measure.machine(), "versions": measure.versions(),
    }  # fmt: skip
    path = measure.RESULTS / benchmark / f"{file or table}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(head | found, indent=1, default=float) + "\n", encoding="utf-8")


def asked(tables: dict[str, Callable[[], None]], found: list[dict]) -> Iterator[str]:
    """Make the tables that the command line names, or all; the name of each, once `found` holds its lines alone."""
    for name in sys.argv[1:] or tables:
        print(f"\n{name}", flush=True)
        found.clear()
        tables[name]()
        yield name


def climb(score: Callable[[float], float], grid: Sequence[float], low: int, high: int) -> dict[float, float]:
    """The scores of the rates grid[low] to grid[high], and of more until the best has a worse one on either side.

    Where the best ends the grid, there are no more.
    """
    found: dict[float, float] = {}
    while True:
        for rate in grid[low : high + 1]:
            if rate not in found:
                found[rate] = score(rate)
        best = max(found, key=lambda rate: found[rate])
        lower, higher = low > 0 and best == grid[low], high < len(grid) - 1 and best == grid[high]
        if not lower and not higher:
            return dict(sorted(found.items()))
        low, high = low - lower, high + higher
