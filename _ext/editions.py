"""With TORCH=0 in the environment the book is built without PyTorch: cells that need it are left out."""

import os
import sys
from pathlib import Path

import nbformat

sys.path.append(str(Path(__file__).parents[1]))  # tools/ is not installed

from tools.notebooks import numpy_edition, text

WITH_TORCH = os.environ.get("TORCH") != "0"
NOTE = "\n\n:::{note}\nThis copy of the book was built without PyTorch. The cells that need it are left out.\n:::"


def leave_out_torch(app, docname, content):
    if not WITH_TORCH and Path(app.env.doc2path(docname)).suffix == ".ipynb":
        notebook = nbformat.reads(content[0], as_version=4)
        edition = numpy_edition(notebook)
        if len(edition.cells) < len(notebook.cells):
            edition.cells[0].source += NOTE
        content[0] = text(edition)


def setup(app):
    app.connect("source-read", leave_out_torch)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
