"""Render formulas as MathML when the book is built: nothing to load, nothing to run, and screen readers read it.

A formula that cannot be read is a warning at its line, and the book is built with warnings as errors.
"""

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

log = logging.getLogger(__name__)
latex = LatexToMathML(fancy_error=False)

REPAIRS = [  # what one browser or another sets badly, written so that all agree (see tests/site/test_formulas.py)
    # an accent: WebKit lifts it by an em, Chromium lets it touch the letter; book.css gives it its place
    (r'<mo(?: stretchy="false")?>([˜¯˙¨])</mo></mover>', r'<mo stretchy="false" class="accent">\1</mo></mover>'),
    (r'<mo(?: stretchy="false")?>([ˆˇ˘´`˚])</mo></mover>', r'<mo stretchy="false" class="accent hat">\1</mo></mover>'),
    # the arrow of a vector: the combining one stands beside its letter in Chromium
    ('<mo stretchy="false">\u20d7</mo></mover>',
     '<mo stretchy="false" lspace="0" rspace="0" class="accent vector">→</mo></mover>'),
    # a sign alone in a script: WebKit gives it the room of an operator between two terms
    (r"<mo>([^<]*)</mo>(?=</ms(?:ub|up|ubsup)>)", r'<mo lspace="0" rspace="0">\1</mo>'),
    # \bigl( and its kind: WebKit sets too high what its row does not stretch as far: so a strut stands beside it
    (r'<mo[^>]* minsize="([\d.]+)em"[^>]*>[^<]*</mo>', lambda sign: f"<mrow>{sign[0]}{strut(float(sign[1]))}</mrow>"),
]


def strut(size: float) -> str:
    """Nothing, `size` em high, half of it above the axis of the formula, where fractions have their bar."""
    return f'<mspace height="{size / 2 + 0.25:.3f}em" depth="{size / 2 - 0.25:.3f}em"></mspace>'


def mathml(tex: str, display: bool) -> str:
    """MathML of a formula."""
    formula = latex.convert_with_local_state(tex, displaystyle=display)
    for pattern, repair in REPAIRS:
        formula = re.sub(pattern, repair, formula)
    return formula


def converted(node, display: bool) -> str:
    """MathML of the formula in `node`."""
    try:
        return mathml(node.astext(), display)
    except LatexError as error:
        log.warning("formula %r: %s", node.astext(), error, location=node, type="mathml")
        return ""


def inline(writer, node):
    formula = converted(node, display=False)
    long = len(node.astext()) > 30  # may be wider than a phone: let it scroll there
    writer.body.append(f'<span class="formula">{formula}</span>' if long else formula)
    raise nodes.SkipNode


def block(writer, node):
    ids = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    writer.body.append(f'<div class="math"{ids}><div class="formula">{converted(node, display=True)}</div>')
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({node["number"]})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
