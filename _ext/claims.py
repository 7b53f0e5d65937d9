"""`{claims}`: the claims ledger, read from the YAML file beside the page, as a table for each note."""

from collections import Counter
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

NOTES = {"A": "Note A, “Deep Learning’s Notes” (2023/2024)", "B": "Note B, lectures on vision and learning"}


class Claims(SphinxDirective):
    required_arguments = 1

    def run(self):
        _, file = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(file)
        claims = yaml.safe_load(Path(file).read_text(encoding="utf-8"))["claims"]
        return [self.section(note, [c for c in claims if c["note"] == note]) for note in NOTES]

    def section(self, note, claims):
        section = nodes.section("", nodes.title(text=NOTES[note]), ids=[f"note-{note.lower()}"])
        section += nodes.paragraph(text=self.count(claims))
        entries = nodes.definition_list(classes=["ledger"])
        entries += [self.entry(claim) for claim in claims]
        section += entries
        return section

    def count(self, claims):
        verdicts = Counter(claim["verdict"] for claim in claims)
        return "{} statements: {holds} hold, {corrected} corrected, {completed} completed.".format(
            len(claims), **verdicts
        )

    def entry(self, claim):
        verdict = nodes.inline(text=claim["verdict"], classes=["verdict", claim["verdict"]])
        term = nodes.term("", claim["says"] + " ", verdict, ids=[f"claim-{claim['id'].lower()}"])
        details = nodes.definition()
        if "truth" in claim:
            details += nodes.paragraph(text=claim["truth"])
        details += nodes.paragraph("", f"§ {claim['section']} · ", self.where(claim), classes=["where"])
        return nodes.definition_list_item("", term, details)

    def where(self, claim):
        """A link to the chapter that carries the claim."""
        return addnodes.pending_xref(
            "", nodes.inline(), refdomain="std", reftype="doc", reftarget="/" + claim["chapter"],
            refdoc=self.env.docname, refexplicit=False, refwarn=True,
        )  # fmt: skip


def setup(app):
    app.add_directive("claims", Claims)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
