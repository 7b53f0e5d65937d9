"""Figures that move: a function of a few numbers, drawn for whatever values the reader sets.

On the website Python drew every frame when the book was built; in Jupyter it draws the one that is asked for.  Each
figure's script stands beside its Python.
"""

from dlnotes.explore.figure import explore
from dlnotes.explore.sketch import sketch
from dlnotes.explore.stepper import stepper

__all__ = ["explore", "sketch", "stepper"]
