"""A rule that cannot fail is no rule: one notebook keeps them all, and each of these changes breaks one."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.rules import RULES, Chapter
from tools.notebooks import normalise, text

CLAIMS = [
    {"id": "X-one", "chapter": "good", "verdict": "corrected", "says": "One is two."},
    {"id": "X-two", "chapter": "elsewhere", "verdict": "holds", "says": "Two is two."},
]
PROSE = """\
# A chapter

This opening paragraph says in some twenty words which question the chapter answers, and why anyone would want to know.

:::{admonition} You will be able to
:class: goals
1. tell one from two;
2. say why.
:::

:::{admonition} The notes, corrected
:class: correction
Not "with respect of", as {cite}`somebody` write.
:::

$$\\theta := \\theta - \\alpha \\nabla_\\theta J(\\theta)$$ (eq-step)

:::{admonition} Summary
:class: tip summary
One is one.
:::"""


ALT = "A line that rises from left to right"


def printed(line):
    return [new_output("stream", name="stdout", text=f"{line}\n")]


def cell(source, *tags, outputs=(), **metadata):
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags), **metadata})


def good():
    """A notebook that keeps every rule."""
    figure = [new_output("display_data", {"text/plain": "<Figure size 300x200 with 1 Axes>"})]
    described = {"image": {"alt": ALT}, "figure": {"caption": "More of it is more of it."}}
    cells = [
        new_markdown_cell(PROSE),
        cell("import numpy as np\nimport dlnotes.numpy as dn\nfrom dlnotes import check, plot"),
        cell("x = np.random.default_rng(0).normal(size=3)\nassert 1 != 2", "claim-X-one"),
        cell("y = dn.tensor(x)", "twin"),
        cell("import dlnotes.torch as dt\nz = dt.tensor(x)", "twin", "torch"),
        cell("assert len(x) == 3\nplot.line(x)", outputs=figure, mystnb=described),
    ]
    goals = ["Predict, goal 1", "Pencil, goals 1 and 2", "Code, goal 2", "Debug, goal 1", "Code, goal 1"]
    for name, goal in zip("abcde", goals):
        cells.append(new_markdown_cell(f":::{{exercise}} One ★\n:label: {name}\n\n*{goal}.* What is one?\n:::"))
        check = f"check({name!r}, answer)"
        cells.append(cell(f"answer = None\n{check}", "exercise", outputs=printed("Not yet. answer is still None.")))
        cells.append(cell(f"answer = 1\n{check}", "solution", "hide-cell", outputs=printed("Right.")))
    return normalise(new_notebook(cells=cells))


def breaches(notebook, folder, stored=None):
    path = folder / "good.ipynb"
    path.write_text(stored or text(notebook), encoding="utf-8")
    chapter = Chapter(path, CLAIMS)
    return {rule.__name__: found for rule in RULES if (found := list(rule(chapter)))}


def test_the_good_notebook_keeps_every_rule(tmp_path):
    assert breaches(good(), tmp_path) == {}


def source(index, new):
    return lambda cells: cells[index].update(source=new)


def replace(old, new, index=0):
    return lambda cells: cells[index].update(source=cells[index].source.replace(old, new))


def tag(index, *tags):
    return lambda cells: cells[index].metadata.update(tags=list(tags))


def output(index, *outputs):
    return lambda cells: cells[index].update(outputs=list(outputs))


def metadata(index, **mystnb):
    return lambda cells: cells[index].metadata["mystnb"].update(mystnb)


PNG = new_output("display_data", {"text/plain": "<Figure size 300x200 with 1 Axes>", "image/png": "aGVsbG8="})
ERROR = new_output("error", ename="ValueError", evalue="no", traceback=[])
FIGURE = new_output("display_data", {"text/plain": "<Figure size 300x200 with 1 Axes>"})

BROKEN = [
    ("every_cell_was_run_in_order", "numbered", lambda cells: cells[2].update(execution_count=None)),
    ("every_cell_was_run_in_order", "numbered", lambda cells: cells[3].update(execution_count=2)),
    ("nothing_failed", "raised ValueError", output(2, ERROR)),
    ("nothing_failed", "stderr", output(2, new_output("stream", name="stderr", text="warning"))),
    ("outputs_are_text", "image/png", output(5, PNG)),
    ("outputs_are_text", "text/html", output(2, new_output("display_data", {"text/html": "<b>1</b>"}))),
    ("outputs_fit_on_paper", "line of 97", output(2, *printed("x" * 97))),
    ("stored_in_normal_form", "make notebooks", lambda cells: cells[2].metadata.update(collapsed=True)),
    ("code_is_plain_python", "semicolon", replace("assert 1 != 2", "x;", 2)),
    ("cells_are_short", "25 at most", source(3, "\n".join(["y = 1"] * 26))),
    ("cells_are_short", "27 lines, 25 at most", source(3, "\n\n".join(["y = 1"] * 14))),
    ("cells_are_short", "72 at most", source(3, "y = 1  # " + "x" * 64)),
    ("cells_are_short", "median cell", lambda cells: [c.update(source=c.source + "\nu = 1" * 6) for c in cells[1:6]]),
    ("imports_are_few", "imports scipy.stats", replace("import numpy", "import scipy.stats\nimport numpy", 1)),
    ("imports_are_few", "imports matplotlib.cm", replace("import numpy", "from matplotlib import cm\nimport numpy", 1)),
    ("random_numbers_are_seeded", "without a seed", replace("default_rng(0)", "default_rng()", 2)),
    ("random_numbers_are_seeded", "no default_rng", replace("np.random.default_rng(0)", "np", 2)),
    ("random_numbers_are_seeded", "np.random.seed", replace("x =", "np.random.seed(0)\nx =", 2)),
    ("torch_cells_are_tagged", "dlnotes.torch, dt", tag(4, "twin")),
    ("torch_cells_are_tagged", "it uses z", replace("dn.tensor(x)", "z", 3)),
    ("torch_cells_are_tagged", "it uses x", replace("z =", "x =", 4)),
    ("torch_cells_are_tagged", "it uses torch", replace("dn.tensor(x)", "torch.ones(1)", 3)),
    ("twins_stand_together", "without the other", tag(4, "torch")),
    ("twins_stand_together", "the first is NumPy", tag(3, "twin", "torch")),
    ("claims_are_asserted", "no code cell is tagged claim-X-one", tag(2)),
    ("claims_are_asserted", "asserts anything", replace("assert 1 != 2", "1 != 2", 2)),
    ("claims_are_asserted", "no such claim for this chapter", tag(2, "claim-X-one", "claim-X-two")),
    ("claims_are_asserted", "no such claim for this chapter", tag(2, "claim-X-one", "claim-X-none")),
    ("claims_are_asserted", "0 admonitions of class `correction`", replace(":class: correction\n", "")),
    ("figures_are_described", "alt text", metadata(5, image={})),
    ("figures_are_described", "alt text", metadata(5, image={"alt": "figure.png"})),
    ("figures_are_described", "without a caption", metadata(5, figure={"name": "fig"})),
    ("figures_are_described", "are the same", metadata(5, figure={"caption": ALT})),
    ("figures_are_described", "alt text", output(2, FIGURE)),
    ("figures_are_described", "alt text", source(2, "explore(draw, width=[1, 2])")),
    ("photographs_stay_positive", "tag `photo`", replace("plot.line(x)", "plot.photographs(x)", 5)),
    ("photographs_stay_positive", "cell [3]", lambda cells: [
        cells[2].update(source="def f(a):\n    return plot.photographs(a)"), tag(2, "photo")(cells),
        cells[3].update(source="explore(f, a=1)")]),
    ("pages_have_their_parts", "# Title", replace("# A chapter", "A chapter")),
    ("pages_have_their_parts", "opening paragraph", replace("in some twenty words which question", "what question")),
    ("pages_have_their_parts", "class `goals`", replace(":class: goals\n", "")),
    ("pages_have_their_parts", "class `summary`", replace(":class: tip summary\n", "")),
    ("pages_have_their_parts", "literature", replace("{cite}`somebody`", "somebody")),
    ("quotations_are_verbatim", "'with respect to'", replace("with respect of", "with respect to")),
    ("conclusions_are_asserted", "nor the code cell before it", replace("assert len(x) == 3\n", "", 5)),
    ("chapters_keep_their_measure", "2800 at most", replace("1. tell", "word " * 2800 + "\n1. tell")),
    ("chapters_keep_their_measure", "45 at most", lambda cells: cells.extend(cell("y = 1") for _ in range(45))),
    ("symbols_are_listed", "does not list \\zeta", replace("\\alpha", "\\zeta")),
    ("words_are_friendly", "'Obviously'", replace("One is one", "Obviously one is one")),
    ("goals_are_exercised", "does not begin with", replace("*Predict, goal 1.* ", "", 6)),
    ("goals_are_exercised", "exercises name 1", lambda cells: [replace("goal 2", "goal 1", i)(cells) or
        replace("goals 1 and 2", "goal 1", i)(cells) for i in (9, 12)]),
    ("goals_are_exercised", "not numbered", replace("1. tell one from two;\n2. say", "- tell one from two;\n- say")),
    ("goals_are_exercised", "wanted are", replace("Debug", "Code", 15)),
    ("exercises_judge", "4 exercises, 5 at least", lambda cells: cells.__delitem__(slice(-2, None))),
    ("exercises_judge", "do not match", lambda cells: cells.pop()),
    ("exercises_judge", "do not match", replace("check('e'", "check('f'", -1)),
    ("exercises_judge", "not hidden", tag(-1, "solution")),
    ("exercises_judge", "never checked", source(-2, "answer = None")),
    ("exercises_judge", "should say 'Right.'", output(-1, *printed("Not yet. answer should be 1, but is 2."))),
    ("exercises_judge", "should say 'Not yet.'", output(-2, *printed("Right."))),
    ("exercises_judge", "should say 'Not yet.'", output(-2)),
]


@pytest.mark.parametrize("name, message, change", BROKEN, ids=[f"{name}-{message}" for name, message, _ in BROKEN])
def test_a_broken_notebook_breaks_its_rule(tmp_path, name, message, change):
    notebook = good()
    change(notebook.cells)
    found = breaches(notebook, tmp_path)
    assert any(message in breach for breach in found.get(name, [])), found


def test_a_notebook_that_does_not_parse(tmp_path):
    notebook = good()
    notebook.cells[2].source = "%matplotlib inline"
    (tmp_path / "good.ipynb").write_text(text(notebook), encoding="utf-8")
    plain = next(rule for rule in RULES if rule.__name__ == "code_is_plain_python")
    assert "is not plain Python" in next(plain(Chapter(tmp_path / "good.ipynb", CLAIMS)))


def test_every_rule_is_broken_by_something():
    assert {name for name, _, _ in BROKEN} == {rule.__name__ for rule in RULES}
