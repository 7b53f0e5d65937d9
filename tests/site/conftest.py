"""The built book, served, and a browser without a network to read it with.

The build is the one in $DLNOTES_SITE, or is made here.  Every page of _toc.yml is tested by being there.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
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


def pytest_generate_tests(metafunc):
    """A test that takes `page_name` runs for every page of the book and for the search page."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", [*PAGES, "search.html"], scope="session")


def unavailable(reason: str):
    """Skip, and say why; where everything must be there, fail."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def site() -> Path:
    if built := os.environ.get("DLNOTES_SITE"):
        return Path(built).resolve()
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    subprocess.run(BUILD, cwd=ROOT, check=True)
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def soups(site) -> dict[str, BeautifulSoup]:
    """Every page of the site, parsed, by its path."""
    return {
        str(path.relative_to(site)): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in site.rglob("*.html")
    }


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
            if route.request.url.startswith((self.url, "data:", "blob:")):
                return route.continue_()
            visit.elsewhere.append(route.request.url)
            return route.abort()

        page.route("**/*", route)
        page.on("console", lambda m: m.type in ("error", "warning") and visit.complaints.append(m.text))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and visit.complaints.append(f"{r.status} {r.url}"))
        page.goto(self.url + name, wait_until=until)
        return page, visit


@pytest.fixture(scope="session")
def reader(browser, url) -> Iterator[Reader]:
    reader = Reader(browser, url)
    yield reader
    for context in reader.contexts.values():
        context.close()
