"""What nbval compares of an output is its text; HTML, a table or the players of sounds, says the same for the page."""

from typing import Any


def pytest_collectstart(collector: Any) -> None:
    if hasattr(collector, "skip_compare"):  # a notebook
        collector.skip_compare += ("text/html",)
