"""The book's figures: one function for each, a module for each kind, one style for all.

Every function returns a matplotlib Figure, drawn in dark ink on no background: on the website the dark
theme turns its lightness round.  Colours are Okabe and Ito's, told apart by colour-blind readers, and
lines differ in dash as well, so that they can be told apart in grey.
"""

from dlnotes.plot import depth, graphs, grids, lines, pictures, planes, scores, sound, text
from dlnotes.plot.depth import *
from dlnotes.plot.graphs import *
from dlnotes.plot.grids import *
from dlnotes.plot.lines import *
from dlnotes.plot.pictures import *
from dlnotes.plot.planes import *
from dlnotes.plot.scores import *
from dlnotes.plot.sound import *
from dlnotes.plot.text import *

__all__ = (
    lines.__all__ + planes.__all__ + graphs.__all__ + grids.__all__ + pictures.__all__ + scores.__all__
    + depth.__all__ + sound.__all__ + text.__all__
)  # fmt: skip
