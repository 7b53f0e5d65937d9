"""A notebook's page shows what nbval's run of it gave (tools/outputs.py).  What was not run as it stands is run first.

With $DLNOTES_PAGE only that page's notebook is run, and the others show what there is.
"""

import json
import os
import subprocess
from pathlib import Path

from editions import WITH_TORCH
from sphinx.errors import ExtensionError
from sphinx.util import logging

from tools import outputs
from tools.notebooks import write_numpy_editions

log = logging.getLogger(__name__)
ONLY = os.environ.get("DLNOTES_PAGE")


def is_notebook(env, page) -> bool:
    return Path(env.doc2path(page)).suffix == ".ipynb"


def edition(env, page) -> Path:
    """The file to run."""
    path = Path(env.doc2path(page))
    if WITH_TORCH:
        return path
    book = Path(env.srcdir)
    write_numpy_editions([path], book / outputs.NUMPY, book)
    return book / outputs.NUMPY / path.relative_to(book)


def run_what_changed(app, env, docnames):
    if ONLY and ONLY not in env.found_docs:
        raise ExtensionError(f"ONLY: expected a page of _toc.yml, got {ONLY}")
    docnames += [ONLY] if ONLY and ONLY not in docnames else []
    pages = [page for page in ([ONLY] if ONLY else sorted(env.found_docs)) if is_notebook(env, page)]
    files = {page: edition(env, page) for page in pages}
    book = Path(env.srcdir)
    stale = {page: path for page, path in files.items()
             if not outputs.load(book, page, json.loads(path.read_text(encoding="utf-8")))}  # fmt: skip
    if stale:
        log.info("running %s", ", ".join(stale))
        try:
            outputs.run(book, list(stale.values()))
        except subprocess.CalledProcessError:
            raise ExtensionError("a notebook did not run, see above") from None
        docnames += [page for page in stale if page not in docnames]


def fill_in(app, page, source):
    """Put the outputs into the notebook's text as Sphinx reads it."""
    if not is_notebook(app.env, page):
        return
    notebook = json.loads(source[0])
    given = outputs.load(Path(app.srcdir), page, notebook, old=bool(ONLY))
    if given:
        for cell, found in zip(outputs.code(notebook), given):
            cell["outputs"] = found
        source[0] = json.dumps(notebook)
    elif not ONLY:
        log.warning("%s was not run as it stands", page, type="outputs")


def setup(app):
    app.connect("env-before-read-docs", run_what_changed)
    app.connect("source-read", fill_in, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
