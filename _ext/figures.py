"""Images that load well and say what they show: alt text, size, small files, all but a page's first when needed."""

import re
from pathlib import Path

import imagesize
from docutils import nodes
from PIL import Image
from sphinx.util import logging

log = logging.getLogger(__name__)
CSS_DPI = 96  # a CSS inch has 96 pixels


def size(path: Path) -> tuple[int, int]:
    """Width and height in CSS pixels: a figure of 6 inches is 6 CSS inches wide, whatever its resolution."""
    (width, height), (dpi, _) = imagesize.get(path), imagesize.getDPI(path)
    scale = CSS_DPI / dpi if dpi > CSS_DPI else 1
    return round(width * scale), round(height * scale)


def require_alt(app, doctree, docname):
    if app.builder.format != "html":
        return
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            log.warning("image %s without alt text", image.get("uri"), location=image, type="figures")


def complete(app, pagename, templatename, context, doctree):
    """Add what the writer leaves out of each <img> of the body."""
    if not context.get("body"):
        return
    sources = {Path(name).name: Path(app.srcdir, path) for path, name in app.builder.images.items()}
    seen = 0

    def improve(match):
        nonlocal seen
        source = sources.get(Path(re.search(r'src="([^"]*)"', match[0])[1]).name)
        attributes = []
        if source and source.suffix != ".svg" and " width=" not in match[0]:
            attributes += ['width="{}" height="{}"'.format(*size(source))]
        attributes += ['fetchpriority="high"' if seen == 0 else 'loading="lazy"', 'decoding="async"']
        seen += 1
        return f"<img {' '.join(attributes)} {match[0][4:].lstrip()}"

    context["body"] = re.sub(r"<img\b[^>]*>", improve, context["body"])


def shrink(app, error):
    """Write each PNG as a lossless WebP: the same pixels in half the bytes."""
    if error or app.builder.format != "html":
        return
    images, names = Path(app.outdir, "_images"), {}
    for path in images.glob("*.png"):
        names[path.name] = f"{path.stem}.webp"
        with Image.open(path) as image:
            image.save(images / names[path.name], lossless=True, quality=100, method=4)  # 6: 4 % less in 12 x the time
        path.unlink()
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"(?<=_images/)[^\"/]+\.png", lambda name: names.get(name[0], name[0]), text)
        page.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", shrink)
    app.connect("doctree-resolved", require_alt)
    app.connect("html-page-context", complete)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
