"""The book's figures: one function for each, a module for each kind, one style for all.

Every function returns a matplotlib Figure, drawn in dark ink on no background: on the website the dark
theme turns its lightness round.  Colours are Okabe and Ito's, told apart by colour-blind readers, and
lines differ in dash as well, so that they can be told apart in grey.
"""

from dlnotes.plot import graphs, grids, lines, planes
from dlnotes.plot.graphs import *
from dlnotes.plot.grids import *
from dlnotes.plot.lines import *
from dlnotes.plot.planes import *

__all__ = lines.__all__ + planes.__all__ + graphs.__all__ + grids.__all__
