"""The pages on paper: what Chromium prints, read back from the PDF."""

import pytest
from pypdfium2 import PdfDocument
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from tests.site.conftest import PAGES

LOADED = """
Promise.all([...document.images].map((image) => { image.loading = "eager"; return image.decode().catch(() => null); }))
"""
LINES = """
[...document.querySelectorAll("article pre")].filter((each) => each.checkVisibility())
    .flatMap((each) => each.innerText.split("\\n"))
"""
FIGURES = "[...document.querySelectorAll('article figure img')].filter((each) => each.checkVisibility()).length"
PRINTED = [page for page in PAGES if "reference" not in page] + ["chapters/reference/api.html"]


def squeezed(text: str) -> str:
    """Without the spaces, which a PDF has only as gaps, and with the letters that fonts join apart."""
    return "".join(text.replace("ﬁ", "fi").replace("ﬂ", "fl").split())


@pytest.mark.parametrize("printed", PRINTED)
def test_prints_whole(reader, printed):
    page, _ = reader.open(printed, until="networkidle", color_scheme="dark")
    title = page.locator("h1").inner_text().removesuffix("#")
    page.evaluate(LOADED)
    pdf = PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    page.emulate_media(media="print")
    lines, figures = page.evaluate(LINES), page.evaluate(FIGURES)
    page.close()
    texts = [sheet.get_textpage().get_text_range() for sheet in pdf]
    seen = {squeezed(line) for text in texts for line in text.splitlines()}
    assert [line for line in lines if squeezed(line) not in seen | {""}] == []
    assert squeezed(title) in squeezed(texts[0])
    assert sum(1 for sheet in pdf for _ in sheet.get_objects(filter=[FPDF_PAGEOBJ_IMAGE])) >= figures
    assert "Showthe" not in squeezed("".join(texts)), "a label that nobody can press"
