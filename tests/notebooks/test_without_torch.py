"""The book where there is no PyTorch, and where the machine's own encoding is ASCII: a small one is built."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks import ROOT, numpy_edition, text

SHARED = ["_config.yml", "_ext", "_static", "benchmarks", "dlnotes", "references.bib", "tools"]
PAGES = ["api-training", "benchmarks", "bibliography", "claims"]
DESCRIBED = {"image": {"alt": "A curve – as α says"}, "figure": {"caption": "A curve, as α says."}}


def cell(source, *tags, **metadata):
    return new_code_cell(source, metadata={"tags": list(tags), **metadata})


NOTEBOOK = new_notebook(
    cells=[
        new_markdown_cell("# Título\n\nOne is “one”, $\\alpha$."),
        cell("import dlnotes.numpy as dn\nfrom dlnotes import plot\nfrom dlnotes.explore import explore"),
        cell("print('NumPy’s', dn.tensor([1.0]).sum().item())", "twin"),
        cell("import dlnotes.torch as dt\nprint('PyTorch’s')", "twin", "torch"),
        cell("dt.ones(3)", "torch"),
        cell("def f(α):\n    return plot.curves([0, 1], {'é': [0, α]}, xlabel='x', ylabel='y')"),
        cell("explore(f, α=(0, 1, 0.5))", mystnb=DESCRIBED),
    ]
)


def test_numpy_edition():
    edition = numpy_edition(NOTEBOOK)
    assert [c.source for c in edition.cells] == [c.source for i, c in enumerate(NOTEBOOK.cells) if i not in (3, 4)]
    assert edition.cells[2].metadata.tags == []
    assert NOTEBOOK.cells[2].metadata.tags == ["twin"]  # the notebook itself is as it was


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    book = tmp_path_factory.mktemp("book")
    for name in SHARED:
        (book / name).symlink_to(ROOT / name) if (ROOT / name).is_dir() else shutil.copy(ROOT / name, book)
    (book / "absent").mkdir()
    (book / "absent" / "torch.py").write_text("raise ImportError('torch is not there')", encoding="utf-8")
    (book / "index.ipynb").write_text(text(NOTEBOOK), encoding="utf-8")
    folder = book / "chapters" / "reference"
    folder.mkdir(parents=True)
    for page in ROOT.glob("chapters/reference/*"):
        shutil.copy(page, folder)
    toc = "".join(f"- file: chapters/reference/{page}\n" for page in PAGES)
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{toc}", encoding="utf-8")
    environment = os.environ | {"TORCH": "0", "PYTHONPATH": f"{book / 'absent'}{os.pathsep}{ROOT}"}
    environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--keep-going"]
    done = subprocess.run(command, cwd=book, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return book / "_build" / "html"


def test_the_page_shows_the_numpy_side_alone(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "Título" in page and "NumPy’s 1.0" in page
    assert "PyTorch’s" not in page and "dt." not in page
    assert "twin" not in re.findall(r'class="([^"]*)"', page)
    assert page.count("built without PyTorch") == 1
    assert "data-state" in page


def test_the_reference_leaves_out_what_is_not_there(site):
    page = (site / "chapters" / "reference" / "api-training.html").read_text(encoding="utf-8")
    assert "mean_square" in page or "cross_entropy" in page
    assert "dlnotes.torch.distributed" not in page
