"""Data to learn from: what ships with the package, what is fetched, and what is drawn by formula.

    images, labels = digits()               # 1,797 digits of 8 x 8 pixels, 0 to 16
    train, validation, test = mnist()       # 10,000 digits of 28 x 28 pixels, 0 to 255, split 8,000 / 1,000 / 1,000
    fashion_mnist()                         # 12,000 pieces of clothing, alike, split 9,000 / 1,000 / 2,000
    mnist_full(), fashion_mnist_full()      # 70,000 images each, split 50,000 / 10,000 / 10,000
    photograph("camera")                    # 18 photographs by name; patches(...) and photo_patches() cut from them
    first_names(), shakespeare()            # text; Vocabulary, windows and sequences make examples of it
    xor(), moons(...), spirals(...)         # points of the plane that no straight line separates
    sounds(...)                             # chirps, tones and plucked strings

Images are uint8, (N, H, W), as they were recorded: scale them where you use them.  Labels are int64, (N,).  What ships
is read when it is asked for, never by the import.
"""

from dlnotes.data.base import Dataset, Splits, split
from dlnotes.data.fetched import fashion_mnist_full, mnist_full
from dlnotes.data.idx import read_idx
from dlnotes.data.photographs import COLOUR, GREY, patches, photo_patches, photograph
from dlnotes.data.points import moons, spirals, xor
from dlnotes.data.shipped import FASHION, digits, fashion_mnist, mnist
from dlnotes.data.sounds import RATE, SOUNDS, Sounds, sounds
from dlnotes.data.text import PLAYS, Vocabulary, first_names, sequences, shakespeare, windows

__all__ = [
    "Dataset", "Splits", "split",
    "digits", "mnist", "mnist_full", "fashion_mnist", "fashion_mnist_full", "FASHION", "read_idx",
    "photograph", "patches", "photo_patches", "COLOUR", "GREY",
    "first_names", "shakespeare", "PLAYS", "Vocabulary", "windows", "sequences",
    "xor", "moons", "spirals", "sounds", "Sounds", "SOUNDS", "RATE",
]
