"""The table: what was measured, in lines that a terminal or a page can show."""

from __future__ import annotations

from typing import Any

from benchmarks.workloads import OURS, TORCH

HEAD = ["workload", "NumPy ms", "PyTorch ms", "ratio", "goal", "", "% GEMM", "MiB", "PyTorch", "otherwise, ms"]


def number(value: float | None, digits: int = 3) -> str:
    """So many digits that count: 0.0123, 1.23, 12.3, 1,234."""
    if value is None:
        return ""
    if value >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".rstrip(".") if value >= 0.01 else f"{value:.{digits}f}"


def goal(row: dict[str, Any]) -> str:
    """What is to be reached, in the words of the table: a ratio, or so many times as fast."""
    if row["against"] == TORCH:
        return f"{row['goal']:.2f}"
    return f"{1 / row['goal']:.0f} x {row['against']}"


def reached(row: dict[str, Any]) -> str:
    if row["reached"] is None:
        return ""
    return number(row["reached"]) if row["against"] == TORCH else f"{number(1 / row['reached'], 2)} x"


def cells(row: dict[str, Any]) -> list[str]:
    ours, torch = row["sides"].get(OURS, {}), row["sides"].get(TORCH, {})
    others = [f"{side} {number(s['ms'], 2)}" for side, s in row["sides"].items() if side not in (OURS, TORCH)]
    return [
        row["title"], number(ours.get("ms")), number(torch.get("ms")), reached(row), goal(row),
        {True: "met", False: "not met", None: ""}[row["met"]],
        f"{100 * row['gemm_share']:.0f}" if row["gemm_share"] else "",
        number(ours.get("peak_mib"), 2), number(torch.get("peak_mib"), 2), ", ".join(others),
    ]  # fmt: skip


def widths(rows: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows)]


def line(entries: list[str], width: list[int]) -> str:
    padded = [e.ljust(n) if i in (0, len(entries) - 1) else e.rjust(n) for i, (e, n) in enumerate(zip(entries, width))]
    return "  ".join(padded).rstrip()


def text(rows: list[dict[str, Any]]) -> str:
    """The whole table for a terminal."""
    lines = [HEAD, *map(cells, rows)]
    return "\n".join(line(entries, widths(lines)) for entries in lines)
