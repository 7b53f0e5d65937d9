"""Runs the notebooks and stores them in one normal form, so that a diff shows what changed and nothing else.

    python tools/notebooks.py             # every notebook of chapters/
    python tools/notebooks.py FILE ...    # these
    python tools/notebooks.py --numpy DIR # run nothing; write them to DIR without the cells that need PyTorch
    python tools/notebooks.py --check     # run nothing, write nothing; exit 1 where a file is not in normal form

Normal form: run from top to bottom with one thread, cells numbered 1, 2, 3 ..., every cell with an id, text outputs
only, no metadata but the kernel's name, tags and what MyST-NB reads.  A figure leaves the text `<Figure size ...>`,
which is the same on every machine; its image is drawn when the site is built.
"""

import argparse
import os
import sys
import time
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
CELL_METADATA = {"tags", "mystnb"}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run every cell in `folder`, in place, with one thread, so that sums round alike on every machine."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, kernel_name="python3", timeout=300, resources=resources, record_timing=False, coalesce_streams=True
    ).execute()


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy in normal form, the outputs being those that are there."""
    notebook = deepcopy(notebook)
    notebook.nbformat, notebook.nbformat_minor, notebook.metadata = 4, 5, nbformat.from_dict(NOTEBOOK_METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.setdefault("id", f"cell-{number}")  # nbformat itself sees to it that no two are equal
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA and value}
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = number
        for output in cell.outputs:
            if "data" in output:
                output.metadata = {}
                output.data = {kind: data for kind, data in output.data.items() if kind == "text/plain"}
            if "execution_count" in output:
                output.execution_count = number
    return notebook


def numpy_edition(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy for readers without PyTorch: cells tagged `torch` are gone, and their twins stand alone."""
    notebook = deepcopy(notebook)
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    notebook.cells = [cell for cell, words in zip(notebook.cells, tags) if "torch" not in words]
    for cell in notebook.cells:
        if "twin" in cell.metadata.get("tags", []):
            cell.metadata.tags.remove("twin")
    return notebook


def write_numpy_editions(files: list[Path], folder: Path, book: Path = ROOT) -> None:
    for path in files:
        copy = folder / path.resolve().relative_to(book)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text(numpy_edition(nbformat.read(path, as_version=4))), encoding="utf-8")


def text(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="run and write nothing")
    parser.add_argument("--numpy", type=Path, metavar="DIR", help="write the notebooks' NumPy edition to this folder")
    options = parser.parse_args()
    files = options.files or sorted(
        path for path in (ROOT / "chapters").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )
    if options.numpy:
        write_numpy_editions(files, options.numpy)
        return 0
    failed = 0
    for path in files:
        notebook, start = nbformat.read(path, as_version=4), time.perf_counter()
        try:
            if not options.check:
                run(notebook, path.resolve().parent)
        except CellExecutionError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed += 1
            continue
        normal = text(normalise(notebook))
        changed = normal != path.read_text(encoding="utf-8")
        if options.check:
            print(f"{path}: {'not in normal form, run `make notebooks`' if changed else 'in normal form'}")
            failed += changed
        else:
            path.write_text(normal, encoding="utf-8")
            print(f"{path}: {time.perf_counter() - start:.1f} s{'' if changed else ', unchanged'}", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
