"""The normaliser: what it keeps, what it drops, and that its work passes a strict comparison."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks import ROOT, normalise, text

TOOL = [sys.executable, str(ROOT / "tools" / "notebooks.py")]
SOURCES = [
    "import os\nimport matplotlib.pyplot as plt\nprint(os.environ['OMP_NUM_THREADS'], os.getcwd())\nprint(2)",
    "figure, axes = plt.subplots(figsize=(3, 2))",
    "1 + 1",
    "figure",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder, with a space in its name, that holds a notebook after the normaliser has run on it from elsewhere."""
    folder = tmp_path_factory.mktemp("some notebooks")
    cells = [new_markdown_cell("# Title"), *(new_code_cell(source, metadata={"scrolled": True}) for source in SOURCES)]
    cells[1].id, cells[2].id = "one", "two"
    cells[1].metadata["tags"] = ["kept"]
    kernel = {"name": "gone", "display_name": "Gone"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "a.ipynb")
    result = subprocess.run([*TOOL, str(folder / "a.ipynb")], cwd="/", capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    return folder


def test_runs_in_the_notebooks_folder_with_one_thread(folder):
    first = nbformat.read(folder / "a.ipynb", 4).cells[1]
    assert first.outputs[0].text == f"1 {folder}\n2\n" and len(first.outputs) == 1


def test_what_a_page_plays_is_stored_and_compared_as_text(tmp_path):
    """The players of sounds are long, and HTML says nothing that the text does not."""
    cell = new_code_cell("from dlnotes import plot\nplot.listen({'tone': [0, 1, 0, -1] * 200}, 8000)")
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), tmp_path / "a.ipynb")
    subprocess.run([*TOOL, str(tmp_path / "a.ipynb")], check=True)
    stored = nbformat.read(tmp_path / "a.ipynb", 4)
    assert [o.data for o in stored.cells[0].outputs] == [{"text/plain": "Sounds: tone"}]
    nbval = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "conftest",
             "--nbval", "--nbval-current-env", "-q", tmp_path]  # fmt: skip
    for words, passes in (("Sounds: tone", True), ("Sounds: pluck", False)):
        stored.cells[0].outputs[0].data["text/plain"] = words
        nbformat.write(stored, tmp_path / "a.ipynb")
        assert (subprocess.run(nbval, cwd=ROOT, capture_output=True).returncode == 0) == passes


def test_keeps_text_and_drops_images_and_metadata(folder):
    notebook = nbformat.read(folder / "a.ipynb", 4)
    code = notebook.cells[1:]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert [cell.metadata for cell in code] == [{"tags": ["kept"]}, {}, {}, {}]
    assert code[1].outputs[0].data == code[3].outputs[0].data == {"text/plain": "<Figure size 300x200 with 1 Axes>"}
    assert code[2].outputs[0].data == {"text/plain": "2"}
    assert notebook.metadata.kernelspec.name == "python3" and "version" not in notebook.metadata.language_info


def test_running_again_changes_nothing(folder):
    before = (folder / "a.ipynb").read_bytes()
    result = subprocess.run([*TOOL, str(folder / "a.ipynb")], capture_output=True, encoding="utf-8")
    assert "unchanged" in result.stdout and (folder / "a.ipynb").read_bytes() == before


def nbval(path):
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", path.name]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # as in the run that is compared with
    return subprocess.run(command, cwd=path.parent, capture_output=True, encoding="utf-8", env=environment)


def test_strict_nbval_passes_and_catches_a_changed_output(folder):
    result = nbval(folder / "a.ipynb")
    assert "4 passed" in result.stdout, result.stdout
    for old, new in (("<Figure size 300x200", "<Figure size 310x200"), ('"2"', '"3"')):
        stored = (folder / "a.ipynb").read_text(encoding="utf-8")
        (folder / "b.ipynb").write_text(stored.replace(old, new), encoding="utf-8")
        assert "failed" in nbval(folder / "b.ipynb").stdout


@pytest.mark.parametrize(
    "old, new",
    [
        ('"execution_count": 3', '"execution_count": 9'),
        ('"tags"', '"scrolled": true, "tags"'),
        ('"id": "one"', '"id": "two"'),
    ],
)
def test_check_tells_what_is_not_normal_and_writes_nothing(folder, old, new):
    path = folder / "c.ipynb"
    path.write_text((folder / "a.ipynb").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    before = path.read_bytes()
    command = [*TOOL, "--check", str(folder / "a.ipynb"), str(path)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and path.read_bytes() == before
    assert "a.ipynb: in normal form" in result.stdout and "c.ipynb: not in normal form" in result.stdout


def test_a_failing_cell_is_reported_and_the_file_left_alone(tmp_path):
    path = tmp_path / "bad.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), path)
    before = path.read_bytes()
    result = subprocess.run([*TOOL, str(path)], capture_output=True, encoding="utf-8")
    assert result.returncode == 1 and "ZeroDivisionError" in result.stderr and path.read_bytes() == before


def test_cells_without_an_id_get_one():
    """Ids came with nbformat 4.5."""
    notebook = new_notebook(cells=[new_code_cell("a"), new_code_cell("b")])
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    normal = normalise(notebook)
    assert [cell.id for cell in normal.cells] == ["cell-1", "cell-2"]
    assert text(normalise(normal)) == text(normal)
