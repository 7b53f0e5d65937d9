"""What the notebooks' cells gave, kept for the build: nbval runs each notebook and compares, the book shows that run.

    python -m pytest chapters --nbval -p tools.outputs    # run, compare, and keep what passed

Outputs are kept in the book's _build/outputs with a digest of all that they depend on; what has changed since is run
again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("_build", "outputs")
NUMPY = Path("_build", "numpy")  # the notebooks without the cells that need PyTorch
FRAMES = FOLDER / "frames"  # of figures that move, under the hash of their still picture
USED = ["requirements*.txt", *(f"dlnotes/**/*.{kind}" for kind in ("py", "npz", "gz", "js", "css"))]
NBVAL = ["--nbval-current-env", "--nbval-cell-timeout=300", "-p", "tools.outputs", "-q"]  # and strict, or lax


def code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@functools.cache
def surroundings() -> bytes:
    """All that a notebook's outputs depend on besides its own code."""
    files = sorted(path for pattern in USED for path in ROOT.glob(pattern))
    return sys.version.encode() + b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)


def digest(notebook: dict[str, Any]) -> str:
    sources = json.dumps(["".join(cell["source"]) for cell in code(notebook)])
    return hashlib.sha256(surroundings() + sources.encode()).hexdigest()


def kept(book: Path, page: str) -> Path:
    return book / FOLDER / f"{page}.json"


def load(book: Path, page: str, notebook: dict[str, Any], old: bool = False) -> list[list[dict[str, Any]]] | None:
    """What each code cell of a page gave; None where it was not run as it stands, or, if `old` will do, at all."""
    if not kept(book, page).is_file():
        return None
    found = json.loads(kept(book, page).read_text(encoding="utf-8"))
    return found["outputs"] if old or found["digest"] == digest(notebook) else None


def run(book: Path, paths: list[Path]) -> None:
    """Run these notebooks of a book, as many at once as there are processors; what they give is kept, not compared."""
    workers = min(len(paths), os.cpu_count() or 1)
    parallel = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", *map(str, paths), f"--rootdir={book}", "--nbval-lax", *NBVAL, *parallel]
    subprocess.run(command, cwd=ROOT, check=True)


# ------------------------------------------------------------------------------------------- as a plugin of pytest
def pytest_configure(config: pytest.Config) -> None:
    os.environ["DLNOTES_FRAMES"] = str(config.rootpath / FRAMES)
    surroundings()  # as they are now: what is edited while the notebooks run was not in all of their cells


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo) -> None:
    """Keep what a notebook's cells gave once all of them have passed."""
    if call.when != "call" or call.excinfo or not hasattr(item, "test_outputs"):
        return
    passed = item.parent.__dict__.setdefault("passed", [])
    passed.append(item.test_outputs)
    if len(passed) == len(code(item.parent.nb)):
        book = item.config.rootpath
        home = book / NUMPY if item.path.is_relative_to(book / NUMPY) else book
        path = kept(book, item.path.relative_to(home).with_suffix("").as_posix())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"digest": digest(item.parent.nb), "outputs": passed}), encoding="utf-8")
