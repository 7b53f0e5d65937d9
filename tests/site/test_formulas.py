"""Every formula of the book, and samples of what formulas are made of, in Chromium and in WebKit.

Browsers set MathML by their own rules.  Chromium and WebKit give each sign the box of its ink, so the two can be
compared: in ems, from the left end of the formula and from its baseline.
"""

import io
import os
import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image
from selenium import webdriver
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.site.conftest import ROOT, unavailable
from tools.gzipped import serving

sys.path.append(str(ROOT / "_ext"))
from mathml import mathml

pytestmark = pytest.mark.xdist_group("formulas")  # drawn once
SAMPLES = [rf"\{accent} {letter}" for accent in ("hat", "tilde", "bar", "dot", "ddot", "check", "vec")
           for letter in ("m", "v", "W", "f", r"\theta", r"{\mathbf x}")]  # fmt: skip
SAMPLES += [
    r"\hat m_t", r"\hat y_i^2", r"\sqrt{\hat v} + \epsilon", r"\frac{\hat m}{1 - \beta^t}", r"\widehat{xyz}",
    r"\theta^*", r"\theta_*", r"x^+", r"f'(x)", r"w^{(l)}_{ij}", r"e^{-x^2/2}",
    r"\sqrt{x} + 1", r"\sqrt[3]{x}", r"\sqrt{x^2 + y^2}", r"\sqrt{\frac{a}{b}}", r"\sqrt{\sqrt{x}}",
    r"\left(\frac{a}{b}\right)^2", r"\left[\sum_{i=1}^n x_i\right]", r"\left\{\frac{a}{b}\right\}",
    r"\left|\frac{a}{b}\right|", r"\bigl(x\bigr)^2", r"\Bigl[x\Bigr]", r"\biggl(\frac{a}{b}\biggr)",
    r"\lfloor x \rfloor", r"\lVert x \rVert",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", r"\begin{bmatrix} a \\ b \\ c \\ d \end{bmatrix}",
    r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", r"\binom{n}{k}", r"\frac{\partial J}{\partial \theta}",
    r"\sum_{i=1}^n x_i", r"\prod_k a_k", r"\int_0^1 f", r"\underbrace{a + b}_{n}", r"\overbrace{a + b}^{n}",
]  # fmt: skip
INVISIBLE = {0xA0, *range(0x2061, 0x2065)}
SIZE = 40  # pixels to an em
PAGE = f"""<!doctype html><html lang="en" data-theme="light" data-mode="light"><meta charset="utf-8">
<link rel="stylesheet" href="_static/book.css"><style>
html, body {{ background: #fff; color: #000; margin: 8px }}
.sample {{ display: inline-block; margin: 20px; white-space: nowrap }}
.sample math {{ display: inline; display: inline math; font-size: {SIZE}px; -webkit-text-stroke: 0 }}
.line {{ display: inline-block }}
.accented :first-child {{ color: #00f }}
.accented :last-child {{ color: #f00 }}
</style><body>%s</body></html>"""
BOXES = """
[...document.querySelectorAll(".sample")].map((sample) => {
  const formula = sample.querySelector("math"), { left, width } = formula.getBoundingClientRect();
  const line = sample.querySelector(".line").getBoundingClientRect().bottom, em = (pixels) => pixels / SIZE;
  const signs = [...formula.querySelectorAll("mi, mo, mn")]
    .filter((each) => /[^\\s\\u2061-\\u2064]/.test(each.textContent));
  const place = ({ left: from, right, top, bottom }) =>
    ({ left: em(from - left), right: em(right - left), top: em(line - top), bottom: em(line - bottom) });
  return { width: em(width), signs: signs.map((each) =>
    ({ text: each.textContent, ...place(each.getBoundingClientRect()) })) };
})
""".replace("SIZE", str(SIZE))  # fmt: skip
ACCENTED = """
[...document.querySelectorAll(".accented")].map((each) => each.getBoundingClientRect())
    .map(({ left, top, right, bottom }) => [left, top, right, bottom])
"""
FONTS = "document.fonts.ready.then(() => [...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family))"


@pytest.fixture(scope="module")
def webkit():
    """WebKit as Debian packages it, on a screen that nobody sees."""
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"), None)
    driver = shutil.which("WebKitWebDriver")
    if not (browser and driver and shutil.which("Xvfb")):
        unavailable("no WebKit: `apt-get install webkit2gtk-driver xvfb`")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x2000x24", "-nolisten", "tcp"]
    screen = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        display = os.read(read, 16).decode().strip()
        options = Options()
        options.binary_location = str(browser)
        options.add_argument("--automation")
        service = Service(driver, env={**os.environ, "DISPLAY": f":{display}", "LIBGL_ALWAYS_SOFTWARE": "1"})
        with webdriver.WebKitGTK(options=options, service=service) as webkit:
            webkit.set_window_size(1300, 1900)
            yield webkit
    finally:
        screen.terminate()
        screen.wait()
        os.close(read)


@pytest.fixture(scope="module")
def formulas(site) -> dict[str, str]:
    """The samples and the book's formulas, each once: where it stands, and its MathML."""
    found = {mathml(tex, display=display): tex for tex in SAMPLES for display in (True, False)}
    for page in sorted(site.rglob("*.html")):
        for formula in re.findall(r"<math\b.*?</math>", page.read_text(encoding="utf-8"), re.S):
            found.setdefault(formula, f"{page.stem}: {BeautifulSoup(formula, 'html.parser').text}")
    assert len(found) > 2 * len(SAMPLES), "the book's own are there"
    return {f"{i} {where}": formula for i, (formula, where) in enumerate(found.items())}


@pytest.fixture(scope="module")
def drawn(formulas, site, browser, webkit, tmp_path_factory):
    """What either browser makes of them: the boxes of all signs, and the ink of each accent and its letter."""
    folder = tmp_path_factory.mktemp("formulas")
    (folder / "_static").symlink_to(ROOT / "_static")
    samples = "".join(f'<div class="sample"><span class="line"></span>{each}</div>' for each in formulas.values())
    (folder / "all.html").write_text(PAGE % samples, encoding="utf-8")
    accents = sorted({each for formula in formulas.values() for each in re.findall(
        r'<mover accent="true"><m[in][^>]*>[^<]*</m[in]><mo[^>]*>[^<]*</mo></mover>', formula)})  # fmt: skip
    accented = [each.replace("<mover", '<mover class="accented"', 1) for each in accents]
    samples = "".join(f'<div class="sample"><math>{each}</math></div>' for each in accented)
    (folder / "accents.html").write_text(PAGE % samples, encoding="utf-8")
    drawn = {}
    with serving(folder) as url:
        page = browser.new_page(viewport={"width": 1300, "height": 1800})
        page.goto(url + "all.html")
        assert "Notes Maths" in "".join(page.evaluate(FONTS))
        boxes = page.evaluate(BOXES)
        page.goto(url + "accents.html")
        page.evaluate(FONTS)
        drawn["Chromium"] = boxes, page.evaluate(ACCENTED), page.screenshot()
        page.close()
        webkit.get(url + "all.html")
        assert "Notes Maths" in "".join(webkit.execute_async_script(f"{FONTS}.then(arguments[0])"))
        boxes = webkit.execute_script(f"return {BOXES.strip()}")
        webkit.get(url + "accents.html")
        webkit.execute_async_script(f"{FONTS}.then(arguments[0])")
        drawn["WebKit"] = boxes, webkit.execute_script(f"return {ACCENTED.strip()}"), painted(webkit)
    return accents, drawn


def painted(webkit) -> bytes:
    """A picture that the next frame does not change: WebKit hands one out before all is painted, too."""
    pictures: list[bytes] = []
    for _ in range(100):
        webkit.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        pictures.append(webkit.get_screenshot_as_png())
        pixels = np.asarray(Image.open(io.BytesIO(pictures[-1])).convert("RGB"))
        if len(set(pictures[-2:])) == 1 < len(pictures) and all(coloured(pixels, channel).any() for channel in (0, 2)):
            break
    return pictures[-1]


def coloured(pixels: np.ndarray, channel: int) -> np.ndarray:
    """What is red (channel 0) or blue (2) on white."""
    return pixels[..., channel].astype(int) - pixels[..., 2 - channel] > 80


def ink(pixels: np.ndarray, channel: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what has that colour."""
    rows, columns = np.nonzero(coloured(pixels, channel))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_every_sign_is_in_the_fonts(formulas):
    """What a font of the book lacks is taken from any other: too high, too heavy, or a box."""
    fonts = {tag: set(TTFont(ROOT / "_static" / "fonts" / file).getBestCmap()) | INVISIBLE
             for tag, file in {"mtext": "serif.woff2", "m": "maths.woff2"}.items()}  # fmt: skip
    lacking = {
        (where, sign)
        for where, formula in formulas.items()
        for token in BeautifulSoup(formula, "html.parser").find_all(["mi", "mo", "mn", "mtext"])
        for sign in token.text
        if ord(sign) not in fonts.get(token.name, fonts["m"])
    }
    assert lacking == set()


def test_accents_stand_close_above_their_letters(drawn):
    accents, browsers = drawn
    wrong = []
    for browser, (_, places, picture) in browsers.items():
        pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
        for accent, (left, top, right, bottom) in zip(accents, places, strict=True):
            region = pixels[int(top) - SIZE // 4 : int(bottom) + SIZE // 4, int(left) - 10 : int(right) + 10]
            letter, mark = ink(region, 2), ink(region, 0)
            gap = (letter[1] - mark[3]) / SIZE
            beside = (mark[0] + mark[2] - letter[0] - letter[2]) / 2 / SIZE
            if not (0.03 <= gap <= 0.21 and abs(beside) < 0.15):
                text = BeautifulSoup(accent, "html.parser").text
                wrong.append(f"{browser}: {text}: {gap:.2f} above, {beside:.2f} beside")
    assert not wrong, "\n".join(wrong)


def test_both_browsers_draw_the_same(formulas, drawn):
    """Heights to a twelfth of an em (tall signs come in sizes, of which browsers choose), places more freely."""
    _, browsers = drawn
    wrong = []
    for where, one, two in zip(formulas, browsers["Chromium"][0], browsers["WebKit"][0], strict=True):
        apart = abs(one["width"] - two["width"])
        if apart > 0.35:
            wrong.append(f"{where}: {one['width']:.2f} and {two['width']:.2f} wide")
        for a, b in zip(one["signs"], two["signs"], strict=True):
            higher = a["top"] - b["top"]
            aside = (a["left"] + a["right"] - b["left"] - b["right"]) / 2
            if abs(higher) > (0.09 if a["top"] - a["bottom"] < 1.1 else 0.2) or abs(aside) > 0.3:
                wrong.append(f"{where}: {a['text']} {higher:.2f} higher, {aside:.2f} to the right")
    assert not wrong, "\n".join(wrong)


def test_nothing_overlaps(formulas, drawn):
    wrong = []
    for browser, (boxes, _, _) in drawn[1].items():
        for where, formula in zip(formulas, boxes, strict=True):
            for a, b in combinations([each for each in formula["signs"] if each["text"] != "∫"], 2):
                wide = min(a["right"], b["right"]) - max(a["left"], b["left"])
                high = min(a["top"], b["top"]) - max(a["bottom"], b["bottom"])
                if min(wide, high) > 0.1:
                    wrong.append(f"{browser}: {where}: {a['text']} and {b['text']}: {wide:.2f} by {high:.2f}")
    assert not wrong, "\n".join(wrong)
