"""One run of a notebook is compared by nbval and shown by the book: what is kept, and when it is out of date."""

import importlib.util
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.errors import ExtensionError

from tools import outputs
from tools.notebooks import ROOT

EXPLORE = """\
import numpy as np
from dlnotes.explore import explore
explore(lambda a: np.full((4, 4), a), name="grey", a=[0.2, 0.8])"""
SHOWN = new_output("execute_result", {"text/plain": "<Explorer grey: a>"}, execution_count=2)
CHANGED = new_output("execute_result", {"text/plain": "<Explorer black: a>"}, execution_count=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A book with two notebooks, of which one does not give what is stored, after nbval has run both."""
    folder = tmp_path_factory.mktemp("a book")
    for name, stored in (("same", SHOWN), ("changed", CHANGED)):
        first, second = new_code_cell("a = 1", execution_count=1), new_code_cell(EXPLORE, execution_count=2)
        second.outputs = [stored]
        nbformat.write(new_notebook(cells=[first, second]), folder / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", str(folder), "--rootdir", str(folder), "--nbval", *outputs.NBVAL]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", env=environment)
    assert "1 failed, 3 passed" in result.stdout, result.stdout + result.stderr
    return folder


def notebook(folder, name="same"):
    return json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))


def test_what_passed_is_kept_with_its_picture_and_frames(folder):
    first, second = outputs.load(folder, "same", notebook(folder))
    assert first == [] and second[0]["data"]["text/plain"] == "<Explorer grey: a>"
    assert second[0]["data"]["image/png"].startswith("iVBOR")
    assert sorted(path.suffix for path in (folder / outputs.FRAMES).iterdir()) == [".js", ".json"]


def test_what_differed_is_not_kept(folder):
    assert outputs.load(folder, "changed", notebook(folder, "changed")) is None


def test_prose_may_change_but_not_code_nor_the_library(folder, monkeypatch):
    changed = notebook(folder)
    changed["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": ["More words."]})
    assert outputs.load(folder, "same", changed)
    changed["cells"][1]["source"] = ["a = 2"]
    assert outputs.load(folder, "same", changed) is None
    assert outputs.load(folder, "same", changed, old=True)
    monkeypatch.setattr(outputs, "surroundings", lambda: b"another dlnotes")
    assert outputs.load(folder, "same", notebook(folder)) is None


def test_the_library_and_the_requirements_surround_every_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "ROOT", tmp_path)
    found = set()
    for name in ("dlnotes/numpy/nn.py", "dlnotes/explore/page.js", "dlnotes/data/mnist.npz", "requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
        found.add(outputs.surroundings.__wrapped__())
    assert len(found) == 4


@pytest.fixture
def build(folder, monkeypatch):
    """The build's side of it, and a list of what it would run."""
    monkeypatch.syspath_prepend(str(ROOT / "_ext"))
    spec = importlib.util.spec_from_file_location("build_side", ROOT / "_ext" / "outputs.py")
    module, ran = importlib.util.module_from_spec(spec), []
    spec.loader.exec_module(module)
    monkeypatch.setattr(outputs, "run", lambda book, paths: ran.extend(path.stem for path in paths))
    env = SimpleNamespace(
        srcdir=folder, found_docs={"same", "changed"}, doc2path=lambda page: str(folder / f"{page}.ipynb")
    )
    return module, env, ran


def test_the_build_runs_only_what_was_not_run_as_it_stands(build):
    module, env, ran = build
    pages = []
    module.run_what_changed(None, env, pages)
    assert ran == pages == ["changed"]


def test_one_page_is_built_and_run_if_it_must(build, monkeypatch):
    module, env, ran = build
    for only, run in (("same", []), ("changed", ["changed"])):
        monkeypatch.setattr(module, "ONLY", only)
        pages = []
        module.run_what_changed(None, env, pages)
        assert pages == [only] and ran == run
    monkeypatch.setattr(module, "ONLY", "chapters/none")
    with pytest.raises(ExtensionError, match="expected a page of _toc.yml, got chapters/none"):
        module.run_what_changed(None, env, [])


def test_the_page_shows_what_was_kept(build):
    module, env, _ = build
    source = [(env.srcdir / "same.ipynb").read_text(encoding="utf-8")]
    module.fill_in(SimpleNamespace(env=env, srcdir=env.srcdir), "same", source)
    first, second = json.loads(source[0])["cells"]
    assert first["outputs"] == [] and "image/png" in second["outputs"][0]["data"]
