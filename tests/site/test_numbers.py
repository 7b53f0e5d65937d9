"""Figures are numbered by chapter, and the landing page lists the book."""

import re

import yaml

from tests.site.conftest import ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PARTS = {part["caption"]: [item["file"] for item in part["chapters"]] for part in TOC["parts"]}
CHAPTERS = [page for pages in PARTS.values() for page in pages if (ROOT / f"{page}.ipynb").is_file()]


def test_a_figures_number_is_its_chapters_and_its_place(soups):
    for number, page in enumerate(CHAPTERS, 1):
        soup = soups[f"{page}.html"]
        assert soup.h1.find(class_="section-number").text == f"{number}. "
        captions = [each.text for each in soup.select("figcaption .caption-number")]
        assert captions == [f"Figure {number}.{i} " for i in range(1, len(captions) + 1)], page


def test_a_reference_says_the_number_of_its_figure(soups):
    found = 0
    for page in CHAPTERS:
        soup = soups[f"{page}.html"]
        for link in soup.select("a:has(> .std-numref)"):
            target = soup.find(id=link["href"].removeprefix("#"))
            found += 1
            assert re.fullmatch(r"Figure \d+\.\d+", link.text)
            assert target.find(class_="caption-number").text.strip() == link.text
    assert found


def test_the_landing_page_lists_every_page(soups):
    rows = {row.strong.text: row for row in soups["index.html"].table.select("tbody tr")}
    assert list(rows) == list(PARTS)
    for caption, row in rows.items():
        assert [link["href"] for link in row.select("a")] == [f"{page}.html" for page in PARTS[caption]]
        assert row.select("td")[1].text.strip(), caption
