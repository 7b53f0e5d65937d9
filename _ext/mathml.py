"""Render formulas as MathML when the book is built: nothing to load, nothing to run, and screen readers read it.

A formula that cannot be read is a warning at its line, and the book is built with warnings as errors.
"""

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

log = logging.getLogger(__name__)
latex = LatexToMathML(fancy_error=False)


def mathml(node, display: bool) -> str:
    """MathML of the formula in `node`."""
    try:
        return latex.convert_with_local_state(node.astext(), displaystyle=display)
    except LatexError as error:
        log.warning("formula %r: %s", node.astext(), error, location=node, type="mathml")
        return ""


def inline(writer, node):
    formula = mathml(node, display=False)
    long = len(node.astext()) > 30  # may be wider than a phone: let it scroll there
    writer.body.append(f'<span class="formula">{formula}</span>' if long else formula)
    raise nodes.SkipNode


def block(writer, node):
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    writer.body.append(f'<div class="math"{ids}><div class="formula">{mathml(node, display=True)}</div>')
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({node["number"]})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
