"""Data to learn from: two real sets that ship with the package, two that are fetched, three that are drawn by formula.

    images, labels = digits()               # 1,797 digits of 8 x 8 pixels, 0 to 16
    train, validation, test = mnist()       # 10,000 digits of 28 x 28 pixels, 0 to 255, split 8,000 / 1,000 / 1,000
    mnist_full(), fashion_mnist()           # 70,000 images each, split 50,000 / 10,000 / 10,000
    xor(), moons(...), spirals(...)         # points of the plane that no straight line separates

Images are uint8, (N, H, W), as they were recorded: scale them where you use them.  Labels are int64, (N,).
"""

from dlnotes.data.base import Dataset, Splits, split
from dlnotes.data.fetched import fashion_mnist, mnist_full
from dlnotes.data.idx import read_idx
from dlnotes.data.points import moons, spirals, xor
from dlnotes.data.shipped import digits, mnist

__all__ = [
    "Dataset", "Splits", "split",
    "digits", "mnist", "mnist_full", "fashion_mnist", "read_idx",
    "xor", "moons", "spirals",
]
