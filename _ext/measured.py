"""`{measured}`: the table that `make bench` saved, with the machine it was measured on.  Its options are the rows."""

import json
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))  # benchmarks/ is not installed

from benchmarks.table import goal, number, reached  # noqa: E402
from benchmarks.workloads import OURS, TORCH  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results.json"
HEAD = ["workload", "NumPy, ms", "PyTorch, ms", "ratio", "goal", "of GEMM", "memory, MiB"]


class Measured(SphinxDirective):
    """With keys of workloads, their rows; without, the sentence that says where and when."""

    optional_arguments, final_argument_whitespace = 1, True

    def run(self):
        self.env.note_dependency(str(RESULTS))
        saved = json.loads(RESULTS.read_text(encoding="utf-8"))
        if not self.arguments:
            return [nodes.paragraph(text=circumstances(saved))]
        rows = {row["key"]: row for row in saved["rows"]}
        return [table([rows[key] for key in self.arguments[0].split()])]


def circumstances(saved: dict) -> str:
    machine, versions, rows = saved["machine"], saved["versions"], saved["rows"]
    met = sum(row["met"] for row in rows)
    rates = sorted(row["gemm_gflops"] for row in rows if row["gemm_gflops"])
    disturbed = sum(not row["undisturbed"] for row in rows)
    busy = f" The machine was busy: {disturbed} rows count disturbed rounds, in processor time." if disturbed else ""
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured on {saved['date']} on a machine with {machine['cores']} cores of an {machine['processor']}"
        f" ({', '.join(machine['vectors'])}), one thread. Its float32 matrix product reaches {rates[0]:.0f} to"
        f" {rates[-1]:.0f} GFLOP/s in NumPy. With {packages}. Of {len(rows)} goals {met} are met.{busy}"
    )


def table(rows: list[dict]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in HEAD), cols=len(HEAD))
    group += nodes.thead("", line([nodes.Text(text) for text in HEAD]))
    group += nodes.tbody("", *(line(cells(row)) for row in rows))
    return nodes.table("", group, classes=["measured"])


def line(cells: list) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell) if isinstance(cell, list) else
                                       nodes.paragraph("", "", cell)) for cell in cells))  # fmt: skip


def cells(row: dict) -> list:
    ours, torch = row["sides"][OURS], row["sides"][TORCH]
    others = "; ".join(f"{s} {number(v['ms'], 2)} ms" for s, v in row["sides"].items() if s not in (OURS, TORCH))
    title = [nodes.Text(row["title"]), *([nodes.inline(text=others, classes=["where"])] if others else [])]
    classes = ["verdict"] if row["met"] else ["verdict", "corrected"]
    verdict = nodes.inline(text="met" if row["met"] else "not met", classes=classes)
    share = f"{100 * row['gemm_share']:.0f} %" if row["gemm_share"] else ""
    memory = " / ".join(number(side["peak_mib"], 2) for side in (ours, torch))
    return [title, *map(nodes.Text, (number(ours["ms"]), number(torch["ms"]), reached(row))),
            [nodes.Text(goal(row) + " "), verdict], nodes.Text(share), nodes.Text(memory)]  # fmt: skip


def setup(app):
    app.add_directive("measured", Measured)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
