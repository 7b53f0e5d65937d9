"""Every notebook of the book keeps every rule.  New chapters are covered by being there."""

from functools import cache

import pytest
import yaml

from tests.notebooks.rules import ROOT, RULES, Chapter, ledger

NOTEBOOKS = sorted(p for p in (ROOT / "chapters").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def entries(node):
    """Every page that _toc.yml names."""
    if isinstance(node, list):
        return {page for child in node for page in entries(child)}
    if isinstance(node, dict):
        return {node[key] for key in ("root", "file") if key in node} | entries(list(node.values()))
    return set()


@cache
def chapter(path):
    return Chapter(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule, path):
    breaches = list(rule(chapter(path)))
    assert not breaches, "\n" + "\n".join(breaches)


def test_every_notebook_is_in_the_table_of_contents():
    pages = entries(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    assert NOTEBOOKS
    assert {path.relative_to(ROOT).with_suffix("").as_posix() for path in NOTEBOOKS} <= pages


def test_every_page_of_the_table_of_contents_exists():
    for page in entries(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))):
        assert any((ROOT / f"{page}{suffix}").is_file() for suffix in (".md", ".ipynb")), page


def test_chapters_have_numbers_and_other_pages_have_none():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert toc["defaults"] == {"numbered": 1}
    for part in toc["parts"]:
        notebooks = [(ROOT / f"{item['file']}.ipynb").is_file() for item in part["chapters"]]
        assert len(set(notebooks)) == 1 and part.get("numbered", True) == notebooks[0], part["caption"]


def test_ledger():
    rows = ledger()["claims"]
    assert len({row["id"] for row in rows}) == len(rows) == 68
    for row in rows:
        assert row["verdict"] in {"holds", "corrected", "completed"}, row["id"]
        assert (ROOT / f"{row['chapter']}.ipynb").is_file() and row["says"] and row["show"], row["id"]
        assert (row["verdict"] == "holds") != ("truth" in row), row["id"]
