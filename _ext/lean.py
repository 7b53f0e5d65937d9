"""One small stylesheet: the styles of the site joined when it is built, without the rules that no page can use."""

import re
from pathlib import Path

import tinycss2
from page import SCRIPTS, STATIC
from sphinx.errors import ExtensionError

THEME = ["styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css", "sphinx-design.min.css", "mystnb.*.css"]
THEME += ["copybutton.css"]
MEASURED = '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
MEASURED += '".pst-scrollable-table-container"]'
ATTRIBUTES = re.compile(r'(?:class|id)="([^"]*)"')
STRINGS = re.compile(r"""(["'`])(.*?)\1""")
NAMES = re.compile(r"[\w-]+")
HOOKS = re.compile(r"[.#]((?:[\w-]|\\.)+)")


def hooks(out: Path) -> set[str]:
    """What a rule can hold on to: the classes and ids of the pages, and the words in the scripts' strings."""
    found = set()
    for page in out.rglob("*.html"):
        for value in ATTRIBUTES.findall(page.read_text(encoding="utf-8")):
            found |= set(value.split())
    for script in SCRIPTS:
        for _, text in STRINGS.findall((out / script).read_text(encoding="utf-8")):
            found |= set(NAMES.findall(text))
    return found


def can_match(selector: str, used: set[str]) -> bool:
    bare = re.sub(r":(?:not|is|where)\([^)]*\)|\[[^\]]*\]", "", selector)
    return all(hook.replace("\\", "") in used for hook in HOOKS.findall(bare))


def split(prelude) -> list[str]:
    """The selectors of a rule, cut at its top-level commas."""
    parts = [""]
    for token in prelude:
        if token == ",":
            parts.append("")
        else:
            parts[-1] += token.serialize()
    return [part.strip() for part in parts]


def declarations(content, read: set[str] | None) -> str:
    """The declarations of a rule, but for custom properties outside `read`."""
    found = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    return ";".join(
        squeeze(d.serialize()) for d in found if read is None or not d.name.startswith("--") or d.name in read
    )


def purge(rules, used: set[str], read: set[str] | None = None) -> str:
    """The rules that some page can use, each on a line."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [selector for selector in split(rule.prelude) if can_match(selector, used)]
            body = declarations(rule.content, read)
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{body}}}")
        elif rule.lower_at_keyword in ("media", "supports", "container", "layer"):
            inner = purge(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), used, read)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude).rstrip()}{{{inner}}}")
        elif rule.lower_at_keyword in ("font-face", "page") and "Font Awesome" not in rule.serialize():
            kept.append(squeeze(rule.serialize()))
    return "\n".join(kept)


def lean(css: str, used: set[str]) -> str:
    """`purge`, and again while it leaves custom properties that nothing reads (one may be read by another only)."""
    while True:
        read = set(re.findall(r"var\(\s*(--[\w-]+)", css))
        smaller = purge(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), used, read)
        if smaller == css:
            return css
        css = smaller


def squeeze(css: str) -> str:
    return re.sub(r"\s+", " ", css).strip()


def write_stylesheet(out: Path):
    static = out / "_static"
    theme = "\n".join(path.read_text(encoding="utf-8") for pattern in THEME for path in static.glob(pattern))
    book = (static / "book.css").read_text(encoding="utf-8")
    css = f"@layer theme {{{theme}}}\n{book}"  # in a layer: the book's own rules win, whatever their selectors
    (static / "site.css").write_text(lean(css, hooks(out)), encoding="utf-8")


def leave_out_unused(out: Path):
    """Keep of _static what pages load and what is the book's own; the rest is the themes' and extensions' bulk."""
    own = {"_static/" + path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*")} - {"_static/book.css"}
    for path in sorted((out / "_static").rglob("*"), reverse=True):  # a folder after what is in it
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path.relative_to(out).as_posix() not in own | {*SCRIPTS, "_static/site.css"}:
            path.unlink()


def measure_late(out: Path):
    """The theme's script measures all code as a page loads, and so lays all of it out: book.js does it later."""
    script = out / "_static" / "scripts" / "pydata-sphinx-theme.js"
    text = script.read_text(encoding="utf-8")
    if MEASURED not in text:
        raise ExtensionError(f"lean: {script.name} is not the version that this build knows")
    script.write_text(text.replace(MEASURED, '["#none"]'), encoding="utf-8")


def build_finished(app, error):
    if error is None and app.builder.format == "html":
        write_stylesheet(Path(app.outdir))
        leave_out_unused(Path(app.outdir))
        measure_late(Path(app.outdir))


def setup(app):
    app.connect("build-finished", build_finished, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
