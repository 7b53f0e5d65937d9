"""The landing page's picture says what it shows."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_number_of_pieces_is_the_number_of_polygons():
    said = re.search(r"these (\d+) pieces", (ROOT / "index.md").read_text(encoding="utf-8"))
    drawn = (ROOT / "_static" / "pieces.svg").read_text(encoding="utf-8").count("<polygon")
    assert said and int(said[1]) == drawn
