"""Every page of the book in a real browser that can reach nothing but the book."""

import json
import re

import pytest

from tests.site.conftest import CHAPTERS, PHONE, violations

OVERFLOW = """
() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((each) => !each.closest("pre, .formula, .cell_output"))
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((each) => each.outerHTML.slice(0, 160))
"""
HEIGHTS = """
[...document.querySelectorAll("article > section math")].filter((each) => each.textContent && each.checkVisibility())
    .map((each) => each.getBoundingClientRect().height)
"""
HIDDEN = """
[...document.querySelectorAll("article :is(h1, h2, h3, p, figure, .math, table)")]
    .filter((each) => each.textContent.trim() && !each.closest("details, .sd-tab-content") && !each.checkVisibility())
    .map((each) => each.textContent.slice(0, 80))
"""  # details and tabs open without scripts
BUDGET = 250_000  # bytes transferred before the first touch
CODE = next(iter(CHAPTERS), "index.html")  # a page with code on it


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_loads_little_from_nowhere_else_without_complaint(request, page_name, screen):
    _, visit = request.getfixturevalue(screen)
    assert visit.elsewhere == []
    assert visit.complaints == []
    assert visit.transferred <= BUDGET


def test_maths_is_set_in_its_font(desktop):
    page, _ = desktop
    if page.locator("main math").count():
        page.evaluate("document.fonts.ready")
        assert page.evaluate("[...document.fonts].some(f => f.family.includes('Notes Maths') && f.status === 'loaded')")
        sizes = page.evaluate(HEIGHTS)
        assert all(height > 5 for height in sizes)


def test_notebook_download(desktop, chapter):
    page, _ = desktop
    page.locator("details.page-menu summary").click()
    with page.expect_download() as download:
        page.get_by_text("Download this notebook").click()
    notebook = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert download.value.suggested_filename.endswith(".ipynb")
    assert notebook["nbformat"] == 4
    title = re.fullmatch(r"(?:\d+\. )?(.*?)#?", page.locator("h1").inner_text())[1]  # without its number
    assert title in "".join(notebook["cells"][0]["source"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(desktop, scheme):
    page, _ = desktop
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme)
    assert violations(page) == {}


@pytest.mark.parametrize("width", [320, 390])
def test_fits_a_phone(desktop, width):
    page, _ = desktop
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("for (const each of document.querySelectorAll('article details')) each.open = true")
    page.add_style_tag(content="* { content-visibility: visible !important }")  # lay out what is far below, too
    assert page.evaluate(OVERFLOW) == []


def test_reads_without_scripts(plain, page_name):
    if page_name == "search.html":
        pytest.skip("search is the one page that needs scripts, and says so")
    page, visit = plain
    assert page.evaluate(HIDDEN) == []
    assert page.locator(".pst-js-only:visible").count() == 0
    for menu in page.locator("details.page-menu").all():
        menu.locator("summary").click()
        assert menu.locator("a").first.is_visible()
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_faint_word_is_noticed(reader, scheme):
    """By itself, by what it stands in, by what it stands on: among all that look like it only this one is at fault."""
    page, _ = reader.open("index.html", color_scheme=scheme)
    faults = {".highlight .n": "color: #8888", "article p": "opacity: .3", ".highlight pre": "background: #888"}
    for selector, fault in faults.items():
        words = page.locator(f"{selector}:visible", has_text=re.compile(r"\w")).last
        words.evaluate("(each, fault) => (each.style = fault)", fault)
        assert list(violations(page)) == ["color-contrast"], fault
        words.evaluate("(each) => each.removeAttribute('style')")
    assert violations(page) == {}
    page.close()


def test_colour_mode_button(reader):
    page, _ = reader.open(CODE, color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    button, seen = page.locator(".theme-switch-button:visible").first, set()
    for _ in range(3):  # light, dark and the system's, from wherever it stands
        button.click()
        seen.add((page.evaluate("document.documentElement.dataset.theme"), page.evaluate(background)))
    assert {theme for theme, _ in seen} == {"light", "dark"}
    assert len({colour for _, colour in seen}) == 2
    while page.evaluate("document.documentElement.dataset.mode") != "dark":
        button.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark", "the choice is kept"
    page.evaluate("localStorage.clear()")
    page.close()


def test_prints_dark_on_white(reader):
    page, _ = reader.open(CODE, color_scheme="dark")
    page.emulate_media(media="print")
    lightness = "Math.max(...getComputedStyle(document.querySelector('article p')).color.match(/[0-9.]+/g).slice(0, 3))"
    assert page.evaluate(lightness) < 100
    assert not page.locator(".bd-sidebar-primary, .bd-header-article, .copybtn").locator("visible=true").count()
    page.close()


def test_search_as_you_type(reader):
    page, visit = reader.open("chapters/reference/notation.html")
    assert not any(
        "searchindex" in entry for entry in page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    )
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient", delay=20)
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert page.locator("#pst-search-dialog input").input_value() == "gradient"
    with page.expect_navigation():
        first.click()
    assert page.locator("h1").count() == 1
    page.close()
    assert visit.complaints == []


def test_search_page(reader):
    page, visit = reader.open("search.html?q=learning+rate")
    page.locator("#search-results li a").first.wait_for()
    page.close()
    assert visit.complaints == []
    page, _ = reader.open("search.html?q=zyzzyva")
    page.get_by_text("did not match any documents").wait_for()
    page.close()


def test_copy_button(reader):
    reader.context(viewport={"width": 1280, "height": 900}).grant_permissions(["clipboard-read", "clipboard-write"])
    page, _ = reader.open("index.html")
    block = page.locator("div.highlight", has_text="import dlnotes").first
    block.hover()
    block.locator("button.copybtn").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("import dlnotes.numpy as dn")
    page.close()


def test_sidebar_on_a_phone(reader):
    page, _ = reader.open(CODE, viewport=PHONE)
    page.locator(".primary-toggle").click()
    page.locator("dialog[open] nav a", has_text="Notation").click()
    page.wait_for_url("**/notation.html")
    page.close()
