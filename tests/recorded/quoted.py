"""What a chapter quotes of a benchmark, and what that benchmark has recorded."""

import ast
import json
from typing import Any

from tools.notebooks import ROOT


def cells(chapter: str, kind: str | None = None) -> list[str]:
    """The sources of a chapter's cells, or of those of one kind: code, markdown."""
    notebook = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if kind in (None, cell["cell_type"])]


def saved(benchmark: str) -> dict[str, Any]:
    """Every table of a benchmark, by its name."""
    files = (ROOT / "benchmarks" / "results" / benchmark).glob("*.json")
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def of_one_day(tables: dict[str, Any], date: str, processor: str = "AMD EPYC") -> bool:
    """Whether the tables are of the day and the processor that the chapter names."""
    found = {(table["date"], table["machine"]["processor"]) for table in tables.values()}
    return found == {(date, processor)}


def literals(sources: list[str], *names: str) -> dict[str, Any]:
    """What cells that begin with `# Recorded` set to values written out: dicts and lists, and these names."""
    nodes = [node for cell in sources if cell.startswith("# Recorded") for node in ast.parse(cell).body]
    return {
        node.targets[0].id: ast.literal_eval(node.value) for node in nodes
        if isinstance(node, ast.Assign) and (isinstance(node.value, ast.Dict | ast.List) or node.targets[0].id in names)
    }  # fmt: skip
