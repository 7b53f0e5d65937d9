"""`{measured}`: what `make bench` saved, a file for each processor, side by side.  Its options are the rows."""

import json
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))  # benchmarks/ is not installed

from benchmarks.table import goal, label, number, others, ratio, verdict  # noqa: E402
from benchmarks.workloads import OURS, WORKLOADS, Workload  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"


class Measured(SphinxDirective):
    """With keys of workloads, their rows; without, a sentence for each processor, of where and when."""

    optional_arguments, final_argument_whitespace = 1, True

    def run(self):
        files = sorted(RESULTS.glob("*.json"))
        for file in files:
            self.env.note_dependency(str(file))
        machines = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        if not self.arguments:
            return [nodes.paragraph("", "", nodes.strong(text=label(m["machine"])), nodes.Text(circumstances(m)))
                    for m in machines]  # fmt: skip
        found = {w.key: w for w in WORKLOADS}
        return [table([found[key] for key in self.arguments[0].split()], machines)]


def circumstances(saved: dict) -> str:
    rows = {row["key"]: row for row in saved["rows"]}
    verdicts = [verdict(side, wanted, rows[w.key]["sides"].get(side, {}).get("ratio"))
                for w in WORKLOADS if w.key in rows for side, wanted in w.goals.items()]  # fmt: skip
    rates = sorted(row["gemm_gflops"] for row in saved["rows"])
    disturbed = sum(not row["undisturbed"] for row in saved["rows"])
    busy = f" The machine was busy: {disturbed} rows count disturbed rounds, in processor time." if disturbed else ""
    packages = ", ".join(f"{name} {version}" for name, version in saved["versions"].items())
    return (
        f": measured on {saved['date']} on one of {saved['machine']['cores']} cores. The float32 matrix product reaches"
        f" {rates[0]:.0f} to {rates[-1]:.0f} GFLOP/s in NumPy. With {packages}. Of {sum(map(bool, verdicts))} goals"
        f" {verdicts.count('met')} are met.{busy}"
    )


def table(workloads: list[Workload], machines: list[dict]) -> nodes.table:
    width = 3 + 3 * len(machines) + 2
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in range(width)), cols=width)
    top = [entry(word, morerows=1) for word in ("workload", "beside", "goal")]
    top += [entry(label(m["machine"]), morecols=2) for m in machines]
    top += [entry(word, morerows=1) for word in ("of GEMM", "memory, MiB")]
    below = map(entry, ["NumPy, ms", "other, ms", "ratio"] * len(machines))
    group += nodes.thead("", nodes.row("", *top), nodes.row("", *below))
    group += nodes.tbody("", *(line for w in workloads for line in lines(w, machines)))
    return nodes.table("", group, classes=["measured"])


def lines(workload: Workload, machines: list[dict]) -> list[nodes.row]:
    """A row for each goal; what belongs to the workload stands in the first."""
    missing = {"sides": {}, "gemm_share": None}
    rows = [next((row for row in m["rows"] if row["key"] == workload.key), missing) for m in machines]
    found = []
    for i, (side, wanted) in enumerate(workload.goals.items()):
        cells = [entry("" if i else title(workload, rows)), entry(side), entry(goal(side, wanted))]
        for row in rows:
            ours, theirs = row["sides"].get(OURS, {}), row["sides"].get(side, {})
            cells += [entry("" if i else number(ours.get("ms"))), entry(number(theirs.get("ms")))]
            cells.append(entry(judged(side, wanted, theirs.get("ratio"))))
        shares = [f"{100 * row['gemm_share']:.0f}" for row in rows if row["gemm_share"]]
        measured = next((row["sides"] for row in rows if side in row["sides"]), {})
        memory = [number(measured[s]["peak_mib"], 2) for s in (OURS, side) if s in measured]
        cells += [entry("" if i or not shares else " / ".join(shares) + " %"), entry(" / ".join(memory))]
        found.append(nodes.row("", *cells))
    return found


def title(workload: Workload, rows: list[dict]) -> list:
    """The workload, and below it the sides that are no goal, with their times on each processor."""
    times = [others(workload, row) for row in rows]
    sides = {side: [number(t[side], 2) for t in times if side in t] for t in times for side in t}
    below = "; ".join(f"{side} {' / '.join(ms)} ms" for side, ms in sides.items())
    return [nodes.Text(workload.title), *([nodes.inline(text=below, classes=["where"])] if below else [])]


def judged(side: str, wanted: float, found: float | None) -> list:
    word = verdict(side, wanted, found)
    classes = ["verdict"] if word == "met" else ["verdict", "corrected"]
    return [nodes.Text(ratio(side, found) + " "), nodes.inline(text=word, classes=classes)] if word else []


def entry(content: str | list, **options: int) -> nodes.entry:
    content = [nodes.Text(content)] if isinstance(content, str) else content
    return nodes.entry("", nodes.paragraph("", "", *content), **options)


def setup(app):
    app.add_directive("measured", Measured)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
