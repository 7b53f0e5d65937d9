"""`{book}`: the parts of _toc.yml with their chapters, and those that are announced under `to_come` there."""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

COLUMNS = {"part": 25, "chapters": 60, "state": 15}


class Book(SphinxDirective):
    def run(self):
        file = Path(self.env.srcdir, "_toc.yml")
        self.env.note_dependency(str(file))
        toc = yaml.safe_load(file.read_text(encoding="utf-8"))
        here = {part["caption"]: [item["file"] for item in part["chapters"]] for part in toc["parts"]}
        to_come = toc.get("meta", {}).get("to_come", {})
        body = nodes.tbody("", *(self.part(each, here.get(each, []), to_come.get(each, []))
                                 for each in self.order(here, to_come)))  # fmt: skip
        columns = [nodes.colspec(colwidth=width) for width in COLUMNS.values()]
        return [nodes.table("", nodes.tgroup("", *columns, nodes.thead("", row(*COLUMNS)), body, cols=len(COLUMNS)))]

    def order(self, here: dict, to_come: dict) -> list[str]:
        """What is taught, what is to come, and what can be looked up."""
        taught = [caption for caption, pages in here.items() if any(map(self.is_notebook, pages))]
        return list(dict.fromkeys([*taught, *to_come, *here]))

    def is_notebook(self, page: str) -> bool:
        return Path(self.env.doc2path(page)).suffix == ".ipynb"

    def part(self, caption: str, pages: list[str], titles: list[str]) -> nodes.row:
        state = "here in part" if pages and titles else "here" if pages else "to come"
        chapters = [self.link(page) for page in pages] + [nodes.Text(title) for title in titles]
        listed = [node for chapter in chapters for node in (nodes.Text(", "), chapter)]
        return row(nodes.strong(text=caption), listed[1:], state)

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
