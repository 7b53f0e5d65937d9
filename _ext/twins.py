"""Set twins side by side: two consecutive cells tagged `twin`, the NumPy one first, become one block of two columns."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

log = logging.getLogger(__name__)


def is_twin(node) -> bool:
    return isinstance(node, nodes.container) and "tag_twin" in node["classes"]


class PairTwins(SphinxPostTransform):
    default_priority = 1  # before anything rewrites the cells
    formats = ("html",)

    def run(self, **kwargs):
        for first in list(self.document.findall(is_twin)):
            if "twins" in first.parent.get("classes", []):  # the second of a pair already made
                continue
            siblings, at = first.parent, first.parent.index(first)
            second = siblings[at + 1] if at + 1 < len(siblings) else None
            if second is None or not is_twin(second):
                log.warning("a cell tagged `twin` stands without its twin", location=first, type="twins")
                continue
            del siblings[at : at + 2]
            siblings.insert(at, nodes.container("", *self.labelled(first, second), classes=["twins"]))

    def labelled(self, *cells):
        for name, cell in zip(("NumPy", "PyTorch"), cells):
            cell.insert(0, nodes.paragraph(text=name, classes=["twin-name"]))
            yield cell


def setup(app):
    app.add_post_transform(PairTwins)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
