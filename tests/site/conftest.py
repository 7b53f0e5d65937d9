"""The built book, served, and a browser without a network to read it with.

The build is the one in $DLNOTES_SITE, or is made here.  Every page of _toc.yml is tested by being there, and so is
every figure that moves.  With `-n 2 --dist loadgroup` two browsers share the pages.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools.gzipped import serving

ROOT = Path(__file__).parents[2]
BUILD = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going", "--all"]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def sources() -> list[str]:
    """The pages of _toc.yml without their endings, in the book's order."""

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                yield from [value] if key in ("root", "file") else walk(value)
        elif isinstance(node, list):
            for item in node:
                yield from walk(item)

    return [str(Path(file).with_suffix("")) if file.endswith((".md", ".ipynb")) else file for file in
            walk(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))]  # fmt: skip


PAGES = [f"{name}.html" for name in sources()]
EVERY = [*PAGES, "search.html"]
CHAPTERS = [page for page in PAGES if "reference" not in page and page != "index.html"]


def pytest_configure(config):
    """Build the book once, before the workers start."""
    if not os.environ.get("DLNOTES_SITE"):
        shutil.rmtree(ROOT / "_build", ignore_errors=True)
        subprocess.run(BUILD, cwd=ROOT, check=True)
        os.environ["DLNOTES_SITE"] = str(ROOT / "_build" / "html")


def explorers(page_name: str) -> list[str]:
    """The names of a page's figures that move, as they stand in its address."""
    names = []
    for state in re.findall(r'<div class="explore[^>]* data-state="([^"]*)"', text(page_name)):
        name = json.loads(html.unescape(state))["name"]
        same = sum(other == name or other.startswith(f"{name}-") for other in names)
        names.append(f"{name}-{same + 1}" if same else name)
    return names


def text(page_name: str) -> str:
    """The page as it was built."""
    path = Path(os.environ["DLNOTES_SITE"], page_name)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def pytest_generate_tests(metafunc):
    """A test that takes `page_name` runs for every page of the book and for the search page; one that takes `chapter`
    for every chapter, one that takes `moving` for every page with a figure that moves."""
    asked = metafunc.fixturenames
    if "page_name" in asked:
        names = CHAPTERS if "chapter" in asked else [*filter(explorers, PAGES)] if "moving" in asked else EVERY
        in_one_browser = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names]
        metafunc.parametrize("page_name", in_one_browser, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """All tests of a page in a row, as they share it."""
    at = {name: i for i, name in enumerate(EVERY)}
    items.sort(key=lambda item: at.get(item.callspec.params.get("page_name"), -1) if hasattr(item, "callspec") else -1)


def unavailable(reason: str):
    """Skip, and say why; where everything must be there, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


class Soups(dict):
    """Every page of the site, by its path, parsed when it is asked for."""

    def __init__(self, site: Path):
        self.site = site

    def __missing__(self, name: str) -> BeautifulSoup:
        self[name] = BeautifulSoup((self.site / name).read_text(encoding="utf-8"), "html.parser")
        return self[name]


@pytest.fixture(scope="session")
def site() -> Path:
    return Path(os.environ["DLNOTES_SITE"]).resolve()


@pytest.fixture(scope="session")
def soups(site) -> Soups:
    return Soups(site)


@pytest.fixture
def soup(soups, page_name) -> BeautifulSoup:
    return soups[page_name]


@pytest.fixture(scope="session")
def url(site) -> Iterator[str]:
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        own = playwright.chromium.executable_path
        if not found and not Path(own).exists():
            unavailable("no Chromium: `apt-get install chromium`, or `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=found or own, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Visit:
    """What a page asked for and complained of."""

    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    transferred: float = 0


# Of all texts that agree in size and weight, and in all that they and what they stand in paint, one is marked.
STYLES = """() => {
    const paint = "color backgroundColor backgroundImage opacity filter mixBlendMode textShadow position".split(" ");
    const style = new Map([[null, ""]]), seen = new Set();
    const read = (each) => {
        const inner = getComputedStyle(each), outer = style.get(each.parentElement);
        const own = paint.map((name) => inner[name]).join();
        style.set(each, outer.endsWith(own) ? outer : `${outer}/${own}`);
        return `${style.get(each)} ${inner.fontSize} ${inner.fontWeight}`;
    };
    for (const each of document.querySelectorAll("*")) {
        const looks = read(each), words = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const first = words && each.checkVisibility() && !seen.has(looks);
        each.toggleAttribute("data-contrast", first);
        if (first) seen.add(looks);
    }
}"""
AXE = Axe(AXE_SCRIPT + '; axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] })')


def violations(page: Page) -> dict[str, list[str]]:
    """What axe finds fault with.  Contrast, which takes it a third of a minute on a chapter, is measured once for each
    style: 6,000 texts have some 60."""
    page.evaluate(STYLES)
    found = AXE.run(page).response["violations"]
    return {each["id"]: [node["html"][:160] for node in each["nodes"]][:5] for each in found}


class Reader:
    """Opens pages of the book in contexts that can reach nothing else; contexts are kept, as they cost most."""

    def __init__(self, browser: Browser, url: str):
        self.browser, self.url, self.contexts = browser, url, {}

    def context(self, **options) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in self.contexts:
            self.contexts[key] = self.browser.new_context(**{"reduced_motion": "reduce", **options})
            self.contexts[key].set_default_timeout(10_000)
        return self.contexts[key]

    def open(self, name: str, until: str = "load", **options) -> tuple[Page, Visit]:
        """The page, loaded, and what happened: `options` are the browser context's."""
        page, visit = self.context(**{"viewport": DESKTOP, **options}).new_page(), Visit()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        devtools.on(
            "Network.loadingFinished",
            lambda e: setattr(visit, "transferred", visit.transferred + e["encodedDataLength"]),
        )

        def route(route):
            if route.request.url.startswith((self.url, "data:", "blob:", "file:")):
                return route.continue_()
            visit.elsewhere.append(route.request.url)
            return route.abort()

        page.route("**/*", route)
        said = lambda m: f"{m.text} {m.location['url']}"  # noqa: E731
        page.on("console", lambda m: m.type in ("error", "warning") and visit.complaints.append(said(m)))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and visit.complaints.append(f"{r.status} {r.url}"))
        page.goto(name if "://" in name else self.url + name, wait_until=until)
        return page, visit


@pytest.fixture(scope="session")
def reader(browser, url) -> Iterator[Reader]:
    reader = Reader(browser, url)
    yield reader
    for context in reader.contexts.values():
        context.close()


@pytest.fixture(scope="session")
def desktop(reader, page_name) -> Iterator[tuple[Page, Visit]]:
    """The page on a wide screen, once nothing comes any more; its tests share it."""
    page, visit = reader.open(page_name, until="networkidle")
    yield page, visit
    page.close()


@pytest.fixture(scope="session")
def phone(reader, page_name) -> Iterator[tuple[Page, Visit]]:
    """The page on a phone, likewise."""
    screen = {"viewport": PHONE, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
    page, visit = reader.open(page_name, until="networkidle", **screen)
    yield page, visit
    page.close()


@pytest.fixture(scope="session")
def plain(reader, page_name) -> Iterator[tuple[Page, Visit]]:
    """The page without scripts, likewise."""
    page, visit = reader.open(page_name, java_script_enabled=False)
    yield page, visit
    page.close()


@pytest.fixture
def chapter(page_name) -> str:
    return page_name


@pytest.fixture
def moving(page_name) -> list[str]:
    """The names of the page's figures that move."""
    return explorers(page_name)
