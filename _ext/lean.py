"""One small stylesheet: when the site is built, all its styles are joined and the rules that no page can use are left out."""

import re
from pathlib import Path

import tinycss2

STYLES = ["styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css", "sphinx-design.min.css", "mystnb.*.css",
          "copybutton.css", "book.css"]  # fmt: skip
UNUSED = ["**/*.map", "scripts/fontawesome.js*", "scripts/bootstrap.js*", "scripts/sphinx-book-theme.js", "vendor/**/*",
          "styles/*.css", "sphinx-thebe.*", "sphinx_thebe*", "*togglebutton*", "jquery*", "underscore*", "proof*.css", "exercise.css",
          "sphinx-design*.css", "mystnb.*.css", "copybutton.css", "basic.css", "pygments.css", "images/logo_*", "locales/**/*",
          "webpack-macros.html", "sbt-webpack-macros.html", "design-tabs.js"]  # fmt: skip
NAMES = re.compile(r"[\w-]+")
HOOKS = re.compile(r"[.#]((?:[\w-]|\\.)+)")


def words(paths) -> set[str]:
    """Every word of the pages and scripts: a class or id that is none of them matches nothing."""
    return set().union(*(NAMES.findall(path.read_text(errors="ignore")) for path in paths))


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


def purge(css: str | list, used: set[str]) -> str:
    kept = []
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True) if isinstance(css, str) else css
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in split(rule.prelude) if can_match(s, used)]
            body = tinycss2.serialize(rule.content).strip()
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{squeeze(body)}}}")
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in ("media", "supports", "container"):
            inner = purge(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), used)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude).rstrip()}{{{inner}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            text = rule.serialize()
            if "Font Awesome" not in text and "fa-" not in text:
                kept.append(squeeze(text))
    return "\n".join(kept)


def squeeze(css: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.S)).strip()


def drop_variables(css: str) -> str:
    """Leave out custom properties that nothing reads, until none is left (one may be read by another only)."""
    while True:
        read = set(re.findall(r"var\((--[\w-]+)", css))
        lean = re.sub(r"(?<=[{;])\s*(--[\w-]+):[^;{}]*(;|(?=}))", lambda m: m[0] if m[1] in read else "", css)
        if lean == css:
            return re.sub(r"[^{}\n]+\{\s*\}\n?", "", css)
        css = lean


def build_finished(app, error):
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    used = words([*out.rglob("*.html"), *(static / name for name in ("book.js", "scripts/pydata-sphinx-theme.js", "copybutton.js",
                                                                     "searchtools.js"))])  # fmt: skip
    sheets = [path.read_text() for pattern in STYLES for path in sorted(static.glob(pattern))]
    (static / "site.css").write_text(drop_variables("\n".join(purge(sheet, used) for sheet in sheets)))
    for pattern in UNUSED:
        for path in static.glob(pattern):
            if path.is_file():
                path.unlink()


def setup(app):
    app.connect("build-finished", build_finished, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
