"""`{book}`: the parts of _toc.yml with their chapters, and what the page that holds it says of each, a line a part."""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

COLUMNS = {"part": 20, "what it is about": 40, "chapters": 40}


class Book(SphinxDirective):
    """Its content is YAML: the caption of every part, and a sentence on it."""

    has_content = True

    def run(self):
        file = Path(self.env.srcdir, "_toc.yml")
        self.env.note_dependency(str(file))
        parts = yaml.safe_load(file.read_text(encoding="utf-8"))["parts"]
        about = yaml.safe_load("\n".join(self.content))
        if [*about] != [part["caption"] for part in parts]:
            raise self.error(f"expected a line for each part of _toc.yml, in its order, got {[*about]}")
        body = nodes.tbody("", *(self.part(part, about[part["caption"]]) for part in parts))
        columns = [nodes.colspec(colwidth=width) for width in COLUMNS.values()]
        return [nodes.table("", nodes.tgroup("", *columns, nodes.thead("", row(*COLUMNS)), body, cols=len(COLUMNS)))]

    def part(self, part: dict, about: str) -> nodes.row:
        listed = [node for item in part["chapters"] for node in (nodes.Text(", "), self.link(item["file"]))]
        return row(nodes.strong(text=part["caption"]), about, listed[1:])

    def link(self, page: str) -> nodes.Node:
        return addnodes.pending_xref(
            "", nodes.inline(), refdomain="std", reftype="doc", reftarget="/" + page,
            refdoc=self.env.docname, refexplicit=False, refwarn=True,
        )  # fmt: skip


def row(*cells: str | nodes.Node | list[nodes.Node]) -> nodes.row:
    children = [[nodes.Text(cell)] if isinstance(cell, str) else cell if isinstance(cell, list) else [cell]
                for cell in cells]  # fmt: skip
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *each)) for each in children))


def setup(app):
    app.add_directive("book", Book)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
