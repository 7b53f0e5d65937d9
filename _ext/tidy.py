"""Repairs of the markup that the theme and the extensions write: valid HTML, right roles, names that say what opens."""

import re

REPAIRS = [
    # sphinx-proof and sphinx-exercise give every content the same id, and the unnumbered proof's title its own again
    (r'<section( class="[\w-]+-content")? id="(proof|exercise|solution)-content"', r"<section\1"),
    (r'(<p class="admonition-title") id="[\w-]+"', r"\1"),
    # myst-nb: paragraphs are not allowed in a summary, and its label hides the words
    (r'<summary aria-label="[^"]*">\s*<p class="collapsed.*?>(.*?)</p>\s*<p class="exp.*?</p>\s*', r"<summary>\1"),
    (r"(tag_solution[^>]*>\s*<details[^>]*>\s*)<summary>[^<]*", r"\1<summary>Show the solution"),
    (r"<summary>Show code cell \w+", "<summary>Show the code"),
    (r'<details class="admonition hide', '<details class="hide'),
    # sphinx-design: a label controls its input already
    (r'(<label[^>]*) aria-controls="[^"]*"', r"\1"),
    # a bibliography is a plain list: authors and years are how it is cited, so its numbers say nothing
    (r' role="doc-biblioentry"', ' role="listitem"'),
    (r'<span class="label"><span class="fn-bracket">\[</span>.*?<span class="fn-bracket">\]</span></span>\s*', ""),
]  # fmt: skip


def tidy(app, pagename, templatename, context, doctree):
    body = context.get("body") or ""
    for pattern, replacement in REPAIRS:
        body = re.sub(pattern, replacement, body)
    context["body"] = body


def setup(app):
    app.connect("html-page-context", tidy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
