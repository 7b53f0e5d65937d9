"""Take the README's picture, docs/book.png, of a page of the book in _build/html (`make html` builds it)."""

import shutil
from pathlib import Path

from gzipped import serving
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE, SECTION = "chapters/neural-networks/neural-network.html", "#one-neuron"


def main() -> None:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with serving(ROOT / "_build" / "html") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        page.goto(f"{address}{PAGE}")
        page.locator(SECTION).evaluate("(section) => section.scrollIntoView()")
        page.wait_for_timeout(1000)  # the figures below the first screen are on their way
        page.screenshot(path=ROOT / "docs" / "book.png")
        browser.close()


if __name__ == "__main__":
    main()
