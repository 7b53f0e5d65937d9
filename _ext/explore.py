"""Figures that move: frames are drawn while the notebooks run, and a page with such a figure gets its script.

`dlnotes.explore` leaves each figure's state and frames in $DLNOTES_FRAMES under the hash of its still picture, which is
also the name that MyST-NB gives the picture.  Here the state is put beside the picture in the page, and the frames
among the site's files.
"""

import hashlib
import html
import json
import os
import re
import shutil
from pathlib import Path

from lean import squeeze

from dlnotes.explore import figure
from tools import outputs

PICTURE = re.compile(r'<img\b[^>]*src="[^"]*?([0-9a-f]{64})\.png"[^>]*>')
FOLDER = "explore"  # beside the pages: frames, scripts and style
SCRIPT = """\
window.explorers ??= {{ frames: {{}} }};
explorers.{name} = (() => {{
{script}
return mount;
}})();
"""
FILES = {name: SCRIPT.format(name=name, script=figure.script(name)) for name in ("explore", "sketch", "stepper")}
FILES |= {"page": (figure.HERE / "page.js").read_text(encoding="utf-8")}
STYLE = squeeze(re.sub(r"/\*.*?\*/", "", figure.style()))
VERSION = hashlib.sha256("".join(FILES.values()).encode()).hexdigest()[:8]


def collect_frames(app):
    if app.builder.format == "html":
        os.environ[figure.FOLDER] = str(Path(app.srcdir, outputs.FRAMES))


def mount(app, pagename, templatename, context, doctree):
    """After each still that has a state: an empty box with the state, for the controls."""
    folder = Path(app.outdir, FOLDER)

    def add_box(match):
        path = Path(app.srcdir, outputs.FRAMES, f"{match[1]}.json")
        if not path.is_file():
            return match[0]
        state = json.loads(path.read_text(encoding="utf-8"))
        modules.append(state["module"])
        folder.mkdir(exist_ok=True)
        if path.with_suffix(".js").is_file():
            state["frames"] = match[1]
            shutil.copy(path.with_suffix(".js"), folder)
        rows = len(state.get("controls", []))
        return (
            f'{match[0]}<div class="explore pst-js-only" style="--rows: {rows}"'
            f' data-state="{html.escape(json.dumps(state, separators=(",", ":")))}"></div>'
        )

    modules = []
    context["body"] = PICTURE.sub(add_box, context.get("body") or "")
    if modules:
        at = context["pathto"](FOLDER, 1)
        tags = [f"<style>{STYLE}</style>"]  # in the page: one file less to wait for before the first paint
        tags += [f'<script defer src="{at}/{name}.js?v={VERSION}"></script>' for name in [*sorted({*modules}), "page"]]
        context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def write_files(app, error):
    folder = Path(app.outdir, FOLDER)
    if error or not folder.is_dir():
        return
    for name, text in FILES.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def setup(app):
    app.connect("builder-inited", collect_frames)
    app.connect("html-page-context", mount, priority=600)  # after the images have their sizes
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
