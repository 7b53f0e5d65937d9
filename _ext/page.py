"""What a page is made of besides its text: templates, the scripts it needs, its summary and the menu in its header."""

import hashlib
import re
from pathlib import Path

from docutils import nodes

HERE = Path(__file__).parent
STATIC = HERE.parent / "_static"
VERSION = hashlib.sha256(
    b"".join(p.read_bytes() for p in sorted([*STATIC.glob("book.*"), *HERE.glob("*.py")]))
).hexdigest()[:8]

COMMON = ["_static/documentation_options.js", "_static/book.js", "_static/scripts/pydata-sphinx-theme.js"]
SEARCH = ["_static/doctools.js", "_static/sphinx_highlight.js"]
ON_DEMAND = ["_static/language_data.js", "_static/searchtools.js"]  # and searchindex.js
COPY = ["_static/clipboard.min.js", "_static/copybutton.js"]
SCRIPTS = COMMON + COPY + SEARCH + ON_DEMAND


def scripts(pagename: str, body: str) -> list[str]:
    """The scripts of a page, in order.  The search page loads ON_DEMAND by itself; only code needs copy buttons."""
    if pagename == "search":
        return COMMON + SEARCH
    return COMMON + COPY if 'class="highlight' in body else COMMON


def summary(doctree) -> str:
    """The page's first real paragraph, for search engines."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = paragraph.astext().replace("\n", " ")
        if len(text) > 60 and isinstance(paragraph.parent, nodes.section):
            return text if len(text) <= 160 else text[:159].rsplit(" ", 1)[0] + " …"
    return ""


def links(context) -> list[tuple[str, str]]:
    """The header's "Open in" menu: what can be done with this page outside the website."""
    source = context.get("sourcename") or ""
    if not source.endswith(".ipynb"):
        return []
    return [("Download this notebook", context["pathto"](f"_sources/{source}", 1))]


def fill_context(app, pagename, templatename, context, doctree):
    context["assets_version"] = VERSION
    context["page_scripts"] = scripts(pagename, context.get("body", ""))
    context["page_summary"] = (
        doctree and summary(doctree)
    ) or "Deep learning from one neuron up, in notebooks that run."
    context["metatags"] = re.sub(r'<meta name="viewport"[^>]*>', "", context.get("metatags", ""))  # the theme has one
    context["css_files"] = context["script_files"] = []
    context["page_links"] = links(context)


def disconnect_thebe(app):
    """Jupyter Book always loads sphinx_thebe, which writes a third party's address into every page."""
    for event in ("env-before-read-docs", "doctree-resolved"):
        listeners = app.events.listeners.get(event, [])
        listeners[:] = [each for each in listeners if each.handler.__module__ != "sphinx_thebe"]
    app.config.html_context["default_mode"] = "auto"


def setup(app):
    app.connect("config-inited", lambda app, config: config.templates_path.insert(0, str(HERE / "templates")))
    app.connect("builder-inited", disconnect_thebe)
    app.connect("html-page-context", fill_context, priority=900)  # after the theme has filled it
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
