"""`python -m benchmarks [--quick] [--only KEY ...]`: measure, print the table, save it in benchmarks/results."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from typing import Any

from benchmarks import measure, table
from benchmarks.workloads import WORKLOADS


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a second a row, no memory; nothing is saved")
    parser.add_argument("--seconds", type=float, default=8, help="for each row")
    parser.add_argument("--only", nargs="+", metavar="KEY", choices=[w.key for w in WORKLOADS], help="these rows")
    parser.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def save(rows: list[dict[str, Any]]) -> None:
    """All that was measured; rows that were not keep what an earlier run found on this machine with these versions."""
    new = {"date": datetime.date.today().isoformat(), "machine": measure.machine(), "versions": measure.versions()}
    file = measure.RESULTS / f"{table.slug(new['machine'])}.json"
    old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    same = all(old.get(key) == new[key] for key in ("machine", "versions"))
    found = {row["key"]: row for row in (old["rows"] if same else [])} | {row["key"]: row for row in rows}
    new["rows"] = [found[w.key] for w in WORKLOADS if w.key in found]
    file.write_text(json.dumps(new, indent=1, default=float) + "\n", encoding="utf-8")


def main() -> None:
    options = arguments()
    if options.memory:
        print(json.dumps(measure.grown(*options.memory)))
        return
    if any(os.environ.get(name) != value for name, value in measure.FAIR.items()):  # read when a process starts
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]], os.environ | measure.FAIR)
    rows, chosen = [], [w for w in WORKLOADS if not options.only or w.key in options.only]
    for workload in chosen:
        print(f"\r\033[K{workload.title} ...", end="", file=sys.stderr, flush=True)
        rows.append(measure.row(workload, seconds=1 if options.quick else options.seconds, memory=not options.quick))
        if not options.quick:
            save(rows)
    print("\r\033[K", end="", file=sys.stderr)
    print(table.text(chosen, rows))
    if busy := [row["key"] for row in rows if not row["undisturbed"]]:
        print(f"The machine was busy: {', '.join(busy)} in processor time, disturbed rounds included.")


main()
