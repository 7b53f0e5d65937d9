"""The pages as readers set them: forced colours, more contrast, by keyboard, after a search."""

import io

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.site.conftest import PAGES, PHONE

CODE = next(page for page in PAGES if "reference" not in page and page != "index.html")
ICONS = ".bd-header-article :is(.fa-solid, .icon-download):visible"
TOP = "document.querySelector('h1').getBoundingClientRect().top + scrollY"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_in_forced_colours(reader, scheme):
    """The shapes are there, as wide and high as in the book's own colours."""
    sizes = []
    for forced in ("none", "active"):
        page, _ = reader.open(CODE, color_scheme=scheme, forced_colors=forced, viewport=PHONE)
        sizes.append([drawn(icon) for icon in page.locator(ICONS).all()])
        page.close()
    assert len(sizes[0]) >= 4
    assert np.abs(np.subtract(*sizes)).max() <= 2
    assert np.min(sizes) > 10


def drawn(icon) -> tuple[int, int]:
    """Width and height of what is drawn in the icon's box, in pixels."""
    pixels = np.asarray(Image.open(io.BytesIO(icon.screenshot())).convert("L")).astype(int)
    rows, columns = np.nonzero(abs(pixels - pixels[0, 0]) > 60)
    return (np.ptp(columns) + 1, np.ptp(rows) + 1) if len(rows) else (0, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_more_contrast(reader, scheme):
    """Seven to one, for all text, where the reader asks for more contrast."""
    page, _ = reader.open(CODE, color_scheme=scheme, contrast="more")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    rule = {"runOnly": ["color-contrast-enhanced"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
    result = Axe().run(page, options=rule).response
    heading, ink = page.evaluate("""(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = "var(--ink)";
      return [document.querySelector("h1"), probe].map((each) => getComputedStyle(each).color);
    })()""")
    page.close()
    assert heading == ink
    assert sum(len(each["nodes"]) for each in result["passes"]) > 50
    assert [node["html"][:160] for each in result["violations"] for node in each["nodes"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_link_past_the_sidebar_has_the_books_colours(reader, scheme):
    page, _ = reader.open(CODE, color_scheme=scheme)
    page.keyboard.press("Tab")
    page.evaluate("""document.body.insertAdjacentHTML("beforeend",
        "<div id='probe' style='background: var(--blue-wash)'><i style='color: var(--blue)'>a</i></div>")""")
    colours = """(where) => ["backgroundColor", "color"].map((which, i) =>
        getComputedStyle(document.querySelector(where.split(" / ")[i]))[which])"""
    link, book = (page.evaluate(colours, where) for where in (
        ".skip-link:focus-within / .skip-link a:focus", "#probe / #probe i"))  # fmt: skip
    page.close()
    assert link == book


def test_a_search_leaves_no_marks_on_later_pages(reader):
    for name in PAGES[1:3]:
        page, visit = reader.open(name)
        before = page.evaluate(TOP)
        page.keyboard.press("Control+k")
        page.keyboard.type("learning")
        page.locator("#search-results li a").first.wait_for()
        page.locator("#search-results .highlighted").first.wait_for()
        page.keyboard.press("Escape")
        assert page.locator("article .highlighted, #searchbox *").count() == 0
        assert page.evaluate(TOP) == before
        assert visit.complaints == []
        page.close()


def test_titles_say_the_name_once(soups):
    titles = [soups[page].title.text for page in [*PAGES, "search.html"]]
    assert [title for title in titles if title.count("Deep Learning Notes") != 1] == []
