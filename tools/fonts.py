"""Make the fonts of _static/fonts/ again: cut to what a page of the book uses, and renamed, as their licences ask.

npm install @fontsource/source-serif-4 @fontsource-variable/source-sans-3 @fontsource/source-code-pro
apt-get install fonts-lmodern && pip install brotli
python tools/fonts.py node_modules                  # or some of them: python tools/fonts.py node_modules maths.woff2
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

OUT = Path(__file__).parent.parent / "_static" / "fonts"
NPM = Path(sys.argv[1] if len(sys.argv) > 1 else "node_modules")
SERIF = "@fontsource/source-serif-4/files/source-serif-4-latin-"
LATIN = (
    "U+20-7E,U+A0,U+A3,U+A7,U+A9,U+AB,U+B0-B3,U+B7,U+BB,U+BD,U+C0-FF,U+2010-2015,U+2018-201E,U+2020,U+2022,U+2026,"
    "U+2030,U+2032,U+2033,U+2039,U+203A,U+2190-2193,U+2212,U+2215,U+2248,U+2264,U+2265"
)
MATHS = (
    "U+20-7E,U+A0,U+A8,U+AC,U+AF,U+B1,U+B4,U+B7,U+D7,U+2C6,U+2C7,U+2D8-2DA,U+2DC,U+302-304,"
    "U+307,U+20D7,U+391-3A9,U+3B1-3C9,U+3D5,U+3F5,"  # signs, Greek
    "U+2016,U+2026,U+2032,U+2033,U+2102,U+2113,U+2115,U+2119,U+211D,U+2124,U+1D53C,U+1D7D9,"  # blackboard
    "U+2190-2194,U+21A6,U+21D0,U+21D2,U+21D4,U+2200,U+2202,U+2203,U+2205,U+2207-2209,U+220F,U+2211-2213,U+2217,U+2218,"
    "U+221A,U+221D,U+221E,U+2223,U+2225,U+2227-222B,U+223C,U+2248,U+2254,U+2260,U+2261,U+2264,U+2265,U+226A,U+226B,"
    "U+2282,U+2286,U+2295,U+2297,U+2299,U+22A4,U+22A5,U+22C5,U+22EE-22F1,U+2308-230B,U+23DE,U+23DF,U+27E8,U+27E9,"
    "U+210B,U+210E,U+2110,U+2112,U+211B,U+212C,U+2130,U+2131,U+2133,U+1D49C-1D4B5,"  # script capitals
    "U+1D400-1D467,U+1D6E4,U+1D6E5,U+1D6E9,U+1D6F4,U+1D6F7,U+1D6FA,U+1D6FC-1D71B"  # bold, italic, Greek italic
)
FONTS = {  # file: (source, name, characters, features)
    "serif.woff2": (NPM / (SERIF + "400-normal.woff2"), "Notes Serif", LATIN, "kern,liga,mark"),
    "serif-italic.woff2": (NPM / (SERIF + "400-italic.woff2"), "Notes Serif Italic", LATIN, "kern,liga,mark"),
    "serif-bold.woff2": (NPM / (SERIF + "600-normal.woff2"), "Notes Serif Bold", LATIN, "kern,liga,mark"),
    "sans.woff2": (
        NPM / "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2",
        "Notes Sans", LATIN, "kern,liga",
    ),
    "code.woff2": (
        NPM / "@fontsource/source-code-pro/files/source-code-pro-latin-400-normal.woff2", "Notes Code", LATIN, "",
    ),
    "maths.woff2": (
        Path("/usr/share/texmf/fonts/opentype/public/lm-math/latinmodern-math.otf"), "Notes Maths", MATHS, "",
    ),
}  # fmt: skip

BRACKETS = {"(": 500, "[": 500, "⌈": 500, "⌊": 500, "{": 600}  # the most room that a tall one takes
CLOSING = dict(zip(")]⌉⌋}", "([⌈⌊{"))
BEARING, ROOT = 100, 900


def move(font: TTFont, glyph: str, shift: float, width: float) -> None:
    """Shift the outline of `glyph` and set its width."""
    glyphs, outlines = font.getGlyphSet(), font["CFF "].cff.topDictIndex[0].CharStrings
    pen = T2CharStringPen(width, glyphs)
    glyphs[glyph].draw(TransformPen(pen, (1, 0, 0, 1, shift, 0)))
    outlines[glyph] = pen.getCharString(outlines[glyph].private, outlines[glyph].globalSubrs)
    font["hmtx"][glyph] = (round(width), font["hmtx"][glyph][1] + round(shift))


def tighten(font: TTFont) -> None:
    """Take the room from around tall brackets and roots: Chromium gives each as much as the tallest there is has."""
    names, variants = font.getBestCmap(), font["MATH"].table.MathVariants
    tall = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction))
    moved: set[str] = set()  # [ and ⌊ have parts in common
    for sign in (*BRACKETS, *CLOSING, "√"):
        construction = tall[names[ord(sign)]]
        larger = [record.VariantGlyph for record in construction.MathGlyphVariantRecord[1:]]
        parts = sorted({record.glyph for record in construction.GlyphAssembly.PartRecords} - moved)
        moved |= set(parts)
        for glyph in larger + parts:  # parts go as the tallest that is of one piece
            width = font["hmtx"][glyph][0]
            if glyph in larger:
                pen = BoundsPen(font.getGlyphSet())
                font.getGlyphSet()[glyph].draw(pen)
                left, _, right, _ = pen.bounds
                room = min(right - left + 1.6 * BEARING, BRACKETS.get(CLOSING.get(sign, sign), ROOT))
                shift = room - BEARING - right if sign in CLOSING else BEARING - left
            move(font, glyph, room - width if sign == "√" else shift, room)  # a root's bar begins where the sign ends


for file, (source, name, characters, features) in FONTS.items():
    if sys.argv[2:] and file not in sys.argv[2:]:
        continue
    arguments = [str(source), f"--unicodes={characters}", f"--layout-features={features}", "--flavor=woff2",
                 "--no-hinting", "--no-recalc-timestamp", f"--output-file={OUT / file}"]  # fmt: skip
    subset.main(arguments)
    font = TTFont(OUT / file, recalcTimestamp=False)
    if name == "Notes Maths":
        tighten(font)
    for identity in (1, 4, 6, 16):
        font["name"].removeNames(nameID=identity)
    for identity in (1, 4, 6):
        font["name"].setName(name.replace(" ", "") if identity == 6 else name, identity, 3, 1, 0x409)
    font.save(OUT / file)
    print(f"{file:20} {(OUT / file).stat().st_size / 1000:5.1f} kB")
