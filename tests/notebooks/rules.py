"""What every chapter keeps to, one function a rule.  A rule yields a sentence for each breach.

CONTRIBUTING.md has the contract; test_rules.py holds every notebook to it, test_broken.py proves that each rule bites.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from statistics import median

import nbformat
import yaml

from tools.notebooks import ROOT, normalise, text

LEDGER = ROOT / "chapters" / "reference" / "claims.yml"
IMPORTS = {"dlnotes", "numpy", "torch", "math", "itertools", "time"}
GLOBAL_DRAW = re.compile(r"(np|numpy)\.random\.(?!default_rng)[a-z_]+")
RULES: list[Callable[["Chapter"], Iterator[str]]] = []


@cache
def ledger() -> list[dict]:
    return yaml.safe_load(LEDGER.read_text(encoding="utf-8"))["claims"]


class Chapter:
    """A notebook as its rules see it."""

    def __init__(self, path: Path, claims: list[dict] | None = None) -> None:
        self.stored = path.read_text(encoding="utf-8")
        self.notebook = nbformat.reads(self.stored, as_version=4)
        self.name = path.with_suffix("").relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.stem
        self.cells = self.notebook.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.prose = "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        self.ledger = ledger() if claims is None else claims
        self.claims = [row for row in self.ledger if row["chapter"] == self.name]

    @cached_property
    def trees(self) -> list[ast.Module]:
        return [ast.parse(cell.source) for cell in self.code]


def rule(function: Callable[[Chapter], Iterator[str]]) -> Callable[[Chapter], Iterator[str]]:
    RULES.append(function)
    return function


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def at(cell: nbformat.NotebookNode) -> str:
    """Where a cell is, in words."""
    return f"cell [{cell.execution_count}] {cell.source.splitlines()[0][:60] if cell.source else '(empty)'!r}"


def lines(cell: nbformat.NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def shown(cell: nbformat.NotebookNode) -> str:
    """Everything a cell printed or returned, as text."""
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def names(tree: ast.AST, context: type) -> set[str]:
    """The names that are bound (ast.Store) or used (ast.Load) at the level of the notebook, roughly."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, by its whole name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of a function of that name, or of anything in a module of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            path = ast.unparse(node.func).split(".")
            if path[-1] == name or path[0] == name:
                yield node


# ------------------------------------------------------------------------------------------------ the stored file


@rule
def every_cell_was_run_in_order(chapter: Chapter) -> Iterator[str]:
    counts = [cell.execution_count for cell in chapter.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"cells are numbered {counts}"


@rule
def nothing_failed(chapter: Chapter) -> Iterator[str]:
    for cell in chapter.code:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield f"{at(cell)} raised {output.ename}"
            if output.get("name") == "stderr":
                yield f"{at(cell)} wrote to stderr"


@rule
def outputs_are_text(chapter: Chapter) -> Iterator[str]:
    for cell in chapter.code:
        for kind in {kind for output in cell.outputs for kind in output.get("data", {})} - {"text/plain"}:
            yield f"{at(cell)} stores {kind}"


@rule
def stored_in_normal_form(chapter: Chapter) -> Iterator[str]:
    if text(normalise(chapter.notebook)) != chapter.stored:
        yield "not in normal form: run `make notebooks`"


# ----------------------------------------------------------------------------------------------------------- code


@rule
def code_is_plain_python(chapter: Chapter) -> Iterator[str]:
    for cell in chapter.code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{at(cell)} is not plain Python: {error}"
        if cell.source.rstrip().endswith(";"):
            yield f"{at(cell)} ends in a semicolon, which hides a value here and not in every front end"


@rule
def cells_are_short(chapter: Chapter) -> Iterator[str]:
    for cell in chapter.code:
        if len(lines(cell)) > 25:
            yield f"{at(cell)} has {len(lines(cell))} lines, 25 at most"
        for line in lines(cell):
            if len(line) > 72:
                yield f"{at(cell)} has a line of {len(line)} characters, 72 at most: {line.strip()!r}"
    taught = [len(lines(cell)) for cell in chapter.code if not {"exercise", "solution"} & set(tags(cell))]
    if taught and median(taught) > 5:
        yield f"the median cell has {median(taught):g} lines, 5 at most"


@rule
def imports_are_few(chapter: Chapter) -> Iterator[str]:
    for cell, tree in zip(chapter.code, chapter.trees):
        for module in imported(tree):
            if module.partition(".")[0] not in IMPORTS:
                yield f"{at(cell)} imports {module}; figures belong in dlnotes.plot, allowed are {sorted(IMPORTS)}"


@rule
def random_numbers_are_seeded(chapter: Chapter) -> Iterator[str]:
    seeds = 0
    for cell, tree in zip(chapter.code, chapter.trees):
        for call in calls(tree, "default_rng"):
            seeds += bool(call.args)
            if not call.args:
                yield f"{at(cell)} draws without a seed"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and GLOBAL_DRAW.fullmatch(ast.unparse(node)):
                yield f"{at(cell)} uses {ast.unparse(node)}, draw from a generator instead"
    if not seeds:
        yield "no default_rng(seed) anywhere"


# ----------------------------------------------------------------------------------------- two back ends, one page


@rule
def torch_cells_are_tagged(chapter: Chapter) -> Iterator[str]:
    """The NumPy edition, the notebook without its `torch` cells, must run where torch is absent."""
    pairs = list(zip(chapter.code, chapter.trees))
    numpy_names = set().union(*(names(tree, ast.Store) for cell, tree in pairs if "torch" not in tags(cell)))
    torch_names = set().union(*(names(tree, ast.Store) for cell, tree in pairs if "torch" in tags(cell))) - numpy_names
    last: dict[str, bool] = {}  # whether a name was bound last where PyTorch is needed
    for cell, tree in pairs:
        bound = names(tree, ast.Store)
        theirs = {name for name, torch in last.items() if torch} - bound
        last |= dict.fromkeys(bound, "torch" in tags(cell))
        if "torch" in tags(cell):
            continue
        used = {module for module in imported(tree) if module.startswith(("torch", "dlnotes.torch"))}
        used |= names(tree, ast.Load) & (theirs | torch_names | {"torch", "dt"})
        if used:
            yield f"{at(cell)} needs the tag `torch`, it uses {', '.join(sorted(used))}"


@rule
def twins_stand_together(chapter: Chapter) -> Iterator[str]:
    cells = iter(chapter.cells)
    for cell in cells:
        if "twin" not in tags(cell):
            continue
        second = next(cells, None)
        if second is None or "twin" not in tags(second):
            yield f"{at(cell)} is a twin without the other right after it"
        elif "torch" in tags(cell) or "torch" not in tags(second):
            yield f"{at(cell)}: of two twins the first is NumPy, the second PyTorch and tagged so"


# -------------------------------------------------------------------------------------------------------- contents


@rule
def claims_are_asserted(chapter: Chapter) -> Iterator[str]:
    claimed: dict[str, list] = {}
    for cell, tree in zip(chapter.code, chapter.trees):
        for tag in tags(cell):
            if tag.startswith("claim-"):
                claimed.setdefault(tag.removeprefix("claim-"), []).append(tree)
    for id in sorted(claimed.keys() - {row["id"] for row in chapter.claims}):
        yield f"tag claim-{id}: the ledger has no such claim for this chapter"
    for row in chapter.claims:
        trees = claimed.get(row["id"], [])
        if not trees:
            yield f"no code cell is tagged claim-{row['id']}: {row['says']}"
        elif not any(isinstance(node, ast.Assert) for tree in trees for node in ast.walk(tree)):
            yield f"no cell tagged claim-{row['id']} asserts anything"
    corrections = len(re.findall(r"^:class:.*\bcorrection\b", chapter.prose, re.MULTILINE))
    corrected = [row["id"] for row in chapter.claims if row["verdict"] == "corrected"]
    if corrections < len(corrected):
        yield f"{corrections} admonitions of class `correction` for the corrected claims {', '.join(corrected)}"


@rule
def figures_are_described(chapter: Chapter) -> Iterator[str]:
    for cell, tree in zip(chapter.code, chapter.trees):
        drawn = any(calls(tree, "plot")) or any(calls(tree, "explore")) or any(calls(tree, "stepper"))
        if not drawn and "<Figure" not in shown(cell):
            continue
        mystnb = cell.metadata.get("mystnb", {})
        alt, caption = mystnb.get("image", {}).get("alt", ""), mystnb.get("figure", {}).get("caption", "")
        if len(alt.split()) < 5:
            yield f"{at(cell)} shows a figure without alt text that says what it shows (mystnb.image.alt)"
        if len(caption.split()) < 5:
            yield f"{at(cell)} shows a figure without a caption (mystnb.figure.caption)"
        elif alt == caption:
            yield f"{at(cell)}: alt text and caption are the same; the one describes, the other concludes"


@rule
def photographs_stay_positive(chapter: Chapter) -> Iterator[str]:
    """In the dark theme figures are turned round, light for dark, but for those of cells with the tag `photo`."""
    functions = [f for tree in chapter.trees for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)]
    showing = {f.name for f in functions if any(calls(f, "photographs"))}
    for cell, tree in zip(chapter.code, chapter.trees):
        explored = {ast.unparse(call.args[0]) for call in calls(tree, "explore") if call.args}
        if "photo" not in tags(cell) and (any(calls(tree, "photographs")) or explored & showing):
            yield f"{at(cell)} shows photographs: it needs the tag `photo`"


@rule
def pages_have_their_parts(chapter: Chapter) -> Iterator[str]:
    first = chapter.cells[0].source if chapter.cells and chapter.cells[0].cell_type == "markdown" else ""
    if not re.match(r"# \S", first):
        yield "the first cell does not begin with `# Title`"
    opening = first.partition("\n")[2].strip().split("\n\n")[0]
    if len(opening.split()) < 20 or opening.startswith((":::", "```", "#")):
        yield "no opening paragraph of 20 words or more under the title"
    for kind in ("goals", "summary"):
        if not re.search(rf"^:class:.*\b{kind}\b", chapter.prose, re.MULTILINE):
            yield f"no admonition of class `{kind}`"
    if not re.search(r"\{(cite|bibliography)", chapter.prose):
        yield "no reference to the literature"


@rule
def exercises_judge(chapter: Chapter) -> Iterator[str]:
    """A stub that is judged wrong and a hidden solution that is judged right by the same check, three times or more."""
    for cell, tree in zip(chapter.code, chapter.trees):
        if "solution" in tags(cell) and "hide-cell" not in tags(cell):
            yield f"{at(cell)} is a solution that is not hidden (tag hide-cell)"
        if {"exercise", "solution"} & set(tags(cell)) and not any(calls(tree, "check")):
            yield f"{at(cell)} is never checked"
    counts = {}
    for tag, verdict in (("exercise", "Not yet."), ("solution", "Right.")):
        checked: Counter[str] = Counter()
        for cell, tree in zip(chapter.code, chapter.trees):
            if tag in tags(cell):
                judged = [ast.unparse(call.args[0]) for call in calls(tree, "check") if call.args]
                checked.update(judged)
                if shown(cell).count(verdict) != len(judged):
                    yield f"{at(cell)}: the check of this {tag} should say {verdict!r}, it says {shown(cell)!r}"
        counts[tag] = checked
    if counts["exercise"] != counts["solution"]:
        yield f"exercises {sorted(counts['exercise'])} and solutions {sorted(counts['solution'])} do not match"
    if len(counts["exercise"]) < 3:
        yield f"{len(counts['exercise'])} exercises, 3 at least"
