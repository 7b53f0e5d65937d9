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
NOTATION = ROOT / "chapters" / "reference" / "notation.md"
WORDS, CELLS = 2800, 45  # of prose, and of code outside the exercises: what is longer is two chapters
KINDS = ("Predict", "Pencil", "Code", "Debug")
PRESSING = ("obviously", "clearly", "simply", "trivial", "trivially", "of course", "needless to say", "delve", "shall")
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|varphi|chi|psi"
    "|omega|Gamma|Delta|Theta|Lambda|Pi|Sigma|Phi|Psi|Omega"
)
IMPORTS = {"dlnotes", "numpy", "torch", "math", "itertools", "time"}
GLOBAL_DRAW = re.compile(r"(np|numpy)\.random\.(?!default_rng)[a-z_]+")
RULES: list[Callable[["Chapter"], Iterator[str]]] = []


@cache
def ledger() -> dict[str, list[dict]]:
    """The claims of the notes, and the words that chapters quote of them."""
    return yaml.safe_load(LEDGER.read_text(encoding="utf-8"))


def symbols(tex: str) -> set[str]:
    """The letters of a formula, Latin ones and Greek ones by name, without its words and commands."""
    tex = re.sub(r"\\(mathrm|text|operatorname|label|texttt|begin|end|tag)\*?\s*\{[^{}]*\}", " ", tex)
    greek = re.findall(rf"\\({GREEK})(?![A-Za-z])", tex)
    return {f"\\{name}" for name in greek} | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", tex)))


@cache
def listed() -> set[str]:
    """Every symbol that the page of notation has."""
    return set().union(*map(symbols, re.findall(r"\$([^$]+)\$", NOTATION.read_text(encoding="utf-8"))))


class Chapter:
    """A notebook as its rules see it."""

    def __init__(self, path: Path, claims: list[dict] | None = None) -> None:
        self.stored = path.read_text(encoding="utf-8")
        self.notebook = nbformat.reads(self.stored, as_version=4)
        self.name = path.with_suffix("").relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.stem
        self.cells = self.notebook.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.prose = "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        self.ledger = ledger()["claims"] if claims is None else claims
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
def outputs_fit_on_paper(chapter: Chapter) -> Iterator[str]:
    for cell in chapter.code:
        for line in shown(cell).splitlines():
            if len(line) > 96:
                yield f"{at(cell)} gave a line of {len(line)} characters, of which paper shows 96: {line!r}"


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
        if (height := len(cell.source.splitlines())) > 25:  # the empty ones, too
            yield f"{at(cell)} has {height} lines, 25 at most"
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
def quotations_are_verbatim(chapter: Chapter) -> Iterator[str]:
    """What a correction quotes of the notes stands so in the `words` of the ledger."""
    words = " | ".join(row["text"] for row in ledger()["words"])
    for box in re.findall(r"^:::+\{admonition\}[^\n]*\n:class: correction\n(.*?)^:::", chapter.prose, re.M | re.S):
        for quoted in re.findall(r'"([^"]+)"', box):
            if " ".join(quoted.split()).rstrip(".,") not in words:
                yield f"the ledger's words of the notes do not hold {quoted!r}"


@rule
def conclusions_are_asserted(chapter: Chapter) -> Iterator[str]:
    """A caption concludes; its cell, or the code cell before it, asserts."""
    before = False
    for cell, tree in zip(chapter.code, chapter.trees):
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(tree))
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("caption") and not (asserts or before):
            yield f"{at(cell)} has a caption, but neither it nor the code cell before it asserts anything"
        before = asserts


@rule
def figures_are_described(chapter: Chapter) -> Iterator[str]:
    for cell, tree in zip(chapter.code, chapter.trees):
        drawn = any(any(calls(tree, name)) for name in ("plot", "explore", "sketch", "stepper"))
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
def chapters_keep_their_measure(chapter: Chapter) -> Iterator[str]:
    if (words := sum(any(map(str.isalnum, each)) for each in chapter.prose.split())) > WORDS:  # "7 %" is one
        yield f"{words} words of prose, {WORDS} at most"
    if (cells := sum(not {"exercise", "solution"} & set(tags(cell)) for cell in chapter.code)) > CELLS:
        yield f"{cells} code cells outside the exercises, {CELLS} at most"


@rule
def symbols_are_listed(chapter: Chapter) -> Iterator[str]:
    """A symbol of a displayed formula stands on the page of notation, with what it means."""
    for formula in re.findall(r"\$\$(.+?)\$\$", chapter.prose, re.DOTALL):
        for symbol in sorted(symbols(formula) - listed()):
            yield f"notation.md does not list {symbol} of {formula.strip()!r}"


@rule
def words_are_friendly(chapter: Chapter) -> Iterator[str]:
    """Nothing is obvious to who learns it."""
    for word in PRESSING:
        if found := re.search(rf"(?<![-\w]){word}(?![-\w])", chapter.prose, re.IGNORECASE):
            yield f"says {found[0]!r}"


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
def goals_are_exercised(chapter: Chapter) -> Iterator[str]:
    """Goals are numbered; an exercise begins with its kind and its goals: *Pencil, goal 1.*"""
    goals = re.search(r"^:class: goals\n(.*?)^:::", chapter.prose, re.MULTILINE | re.DOTALL)
    numbers = set(re.findall(r"^(\d+)\. ", goals[1] if goals else "", re.MULTILINE))
    kinds, served = set(), set()
    for exercise in re.findall(r"^:::+\{exercise\}[^\n]*\n(.*?)^:::", chapter.prose, re.MULTILINE | re.DOTALL):
        named = re.search(r"^\*(\w+), goals? (\d+(?:(?:,| and) \d+)*)\.\*", exercise, re.MULTILINE)
        if named is None:
            yield f"an exercise does not begin with *{KINDS[0]}, goal 1.* or the like: {exercise.strip()[:60]!r}"
            continue
        kinds.add(named[1])
        served |= set(re.findall(r"\d+", named[2]))
    if not numbers:
        yield "the goals are not numbered"
    if kinds != set(KINDS):
        yield f"exercises are of the kinds {', '.join(sorted(kinds))}; wanted are {', '.join(KINDS)}"
    if numbers != served:
        yield f"goals are {', '.join(sorted(numbers))}, but exercises name {', '.join(sorted(served))}"


@rule
def exercises_judge(chapter: Chapter) -> Iterator[str]:
    """A stub that is judged wrong and a hidden solution that is judged right by the same check, five times or more."""
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
    if len(counts["exercise"]) < 5:
        yield f"{len(counts['exercise'])} exercises, 5 at least"
