"""The table: what was measured, in lines that a terminal or a page can show.  A workload has a line for each goal."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.workloads import OURS, SCIPY, Workload

HEAD = ["workload", "NumPy ms", "MiB", "% GEMM", "beside", "ms", "MiB", "ratio", "goal", "", "otherwise, ms"]


def label(machine: dict[str, Any]) -> str:
    """A name for a processor: "Intel Xeon, AVX-512"."""
    words = re.sub(r"\((R|TM)\)|\bCPU\b|\bProcessor\b|@.*|\b\d+-Core\b", " ", machine["processor"]).split()
    return ", ".join([" ".join(words), *machine["vectors"]])


def slug(machine: dict[str, Any]) -> str:
    """The same for the name of a file: "intel-xeon-avx-512"."""
    return re.sub("[^a-z0-9]+", "-", label(machine).lower())


def number(value: float | None, digits: int = 3) -> str:
    """So many digits that count: 0.0123, 1.23, 12.3, 1,234."""
    if value is None:
        return ""
    if value >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".rstrip(".") if value >= 0.01 else f"{value:.{digits}f}"


def ratio(side: str, value: float | None) -> str:
    """Our time over that of a side; beside scipy, how many times as fast."""
    if value is None:
        return ""
    return f"{number(1 / value, 2)} x" if side == SCIPY else number(value)


def goal(side: str, value: float) -> str:
    return f"{1 / value:.0f} x" if side == SCIPY else f"{value:.2f}"


def verdict(side: str, wanted: float, found: float | None) -> str:
    """Whether the goal is met, by the numbers as they are printed."""
    if found is None:
        return ""
    reached, needed = (float(text.rstrip(" x").replace(",", "")) for text in (ratio(side, found), goal(side, wanted)))
    return "met" if (reached >= needed if side == SCIPY else reached <= needed) else "not met"


def others(workload: Workload, row: dict[str, Any]) -> dict[str, float]:
    """Milliseconds of the sides that are no goal."""
    return {side: found["ms"] for side, found in row["sides"].items() if side not in (OURS, *workload.goals)}


def lines(workload: Workload, row: dict[str, Any]) -> list[list[str]]:
    found = []
    for i, (side, wanted) in enumerate(workload.goals.items()):
        ours, theirs = row["sides"].get(OURS, {}), row["sides"].get(side, {})
        share = f"{100 * row['gemm_share']:.0f}" if row["gemm_share"] else ""
        first = [workload.title, number(ours.get("ms")), number(ours.get("peak_mib"), 2), share]
        last = ", ".join(f"{side} {number(ms, 2)}" for side, ms in others(workload, row).items())
        found.append([
            *([""] * 4 if i else first), side, number(theirs.get("ms")), number(theirs.get("peak_mib"), 2),
            ratio(side, theirs.get("ratio")), goal(side, wanted), verdict(side, wanted, theirs.get("ratio")),
            "" if i else last,
        ])  # fmt: skip
    return found


def text(workloads: list[Workload], rows: list[dict[str, Any]]) -> str:
    """The whole table for a terminal."""
    entries = [HEAD, *(line for workload, row in zip(workloads, rows) for line in lines(workload, row))]
    width = [max(map(len, column)) for column in zip(*entries)]

    def padded(line: list[str]) -> str:
        words = (e.ljust(n) if i in (0, 4, 10) else e.rjust(n) for i, (e, n) in enumerate(zip(line, width)))
        return "  ".join(words).rstrip()

    return "\n".join(map(padded, entries))
