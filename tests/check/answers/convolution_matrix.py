"""Answers to the exercises of *Convolution is a matrix*."""

import math

import numpy as np

ROWS = [[-1, 0, 0, 0, 0], [0, 2, -1, 0, 0], [0, 0, 0, 2, -1]]
BACK = [-1, 4, -2, 6, -3]


def convolve(x, w, more=-1):
    n = len(x) + len(w) + more
    return np.fft.ifft(np.fft.fft(x, n) * np.fft.fft(w, n)).real


def on_a_short_ring(x, w):
    n = len(x)
    return np.fft.ifft(np.fft.fft(x, n) * np.fft.fft(w, n)).real


def undone(k, n):
    return math.gcd(k, n) == 1


RIGHT = {
    "matrix-write": (ROWS, BACK),
    "matrix-count": (576, 784, 9216),
    "matrix-size": (lambda n, k, s, p: (n + 2 * p - k) % s,),
    "matrix-coats": ((1, 2), (1, 4), -1),
    "matrix-wrap": (convolve,),
    "matrix-lost": (2, 3 + 1j, 0, [1, -1, 1, -1]),
    "matrix-undo": ([7, 3, 7, 3], [5, 3, 5, 3], 36),
    "matrix-box": (undone,),
}
ALSO_RIGHT = [
    ("matrix-write", (np.array(ROWS), np.array(BACK))),
    ("matrix-coats", ([1, 2], [1, 4], -1.0)),
    ("matrix-wrap", (np.convolve,)),
    ("matrix-lost", (2 + 0j, 3 + 1j, 0.0, np.array([-0.5, 0.5, -0.5, 0.5]))),
]
WRONG = {
    "matrix-write": [
        ((None, None), "A is still None"),
        ((ROWS, None), "dx is still None"),
        (([2, -1], BACK), "a list of rows"),
        (([[2, -1, 0, 0, 0, 0, 0], [0, 0, 2, -1, 0, 0, 0], [0, 0, 0, 0, 2, -1, 0]], BACK), "the padding has none"),
        ((np.transpose(ROWS), BACK), "5 columns, but has 3"),
        (([[2, -1, 0, 0, 0], [0, 0, 2, -1, 0]], BACK), "for the padding, too?"),
        (([*ROWS, [0] * 5], BACK), "should have 3 rows, but has 4"),  # the last zero, too
        (([[2, 0, 0, 0, 0], [0, -1, 2, 0, 0], [0, 0, 0, -1, 2]], BACK), "turned round"),
        (([[2, -1, 0, 0, 0], [0, 0, 2, -1, 0], [0, 0, 0, 0, 2]], BACK), "begins at the zero"),
        ((ROWS, [-3, 4, -2, 2, -1]), "opposite order"),
        ((ROWS, [1, 2, 3]), "should have shape (5,)"),
        ((ROWS, [-1, 4, -2, 6, 3]), "should be"),
    ],
    "matrix-count": [
        ((None, 784, 9216), "still None"),
        ((64, 784, 9216), "the rows of A"),
        ((900, 784, 9216), "fewer places than pixels"),
        ((9, 784, 9216), "the different ones"),
        ((5824, 784, 9216), "these are the zeros"),
        ((500, 784, 9216), "pixels in a window"),
        ((576, None, 9216), "still None"),
        ((576, 900, 9216), "windows at the edge"),
        ((576, 576, 9216), "more places than without"),
        ((576, 800, 9216), "along one axis"),
        ((576, 784, 9100), "windows at the edge"),
        ((576, 784, 1), "100 rows"),
    ],
    "matrix-size": [
        ((lambda n, k, s, p: None,), "still None"),
        ((lambda n, k, s, p: 0,), "should be 1, but is 0"),
        ((lambda n, k, s, p: s - 1,), "should be"),
        ((lambda n, k, s, p: (n + p - k) % s,), "should be"),
        ((lambda n, k, s, p: (n - k) % s,), "taken off at both ends"),
        ((lambda n, k, s, p: n - s * ((n + 2 * p - k) // s) - k,), "taken off at both ends"),
        ((lambda n, k, s, p: (n + 2 * p - k) // s + 1,), "the convolution makes"),
    ],
    "matrix-coats": [
        (((None, None), (None, None), None), "still None"),
        ((None, None, None), "still None"),
        ((2, (1, 4), -1), "two numbers"),
        (((2, 1), (1, 4), -1), "the fewest come first"),
        (((1, 5), (1, 4), -1), "how many of them"),
        (((2, 3), (1, 4), -1), "stride 2"),
        (((1, 1), (1, 4), -1), "same rest by 3"),
        (((1, 2), (1, 2), -1), "rows and columns both"),
        (((1, 2), (2, 4), -1), "gets 1"),
        (((1, 2), (1, 3), -1), "multiply"),
        (((1, 2), (1, 4), None), "c is still None"),
        (((1, 2), (1, 4), "none"), "so there is one"),
        (((1, 2), (1, 4), 1), "every third weight"),
        (((1, 2), (1, 4), 4), "every third weight"),
    ],
    "matrix-wrap": [
        ((lambda x, w: None,), "still None"),
        ((lambda x, w: convolve(x, w) + 0j,), "should be real"),
        ((on_a_short_ring,), "Which ring is long enough?"),
        ((lambda x, w: convolve(x, w, more=0),), "should have shape (5,), but has (6,)"),
        ((lambda x, w: np.convolve(x, w[::-1]),), "should be [ 3.,  1.,  6., 14.,  4.]"),
    ],
    "matrix-lost": [
        ((None, None, None, None), "q0 is still None"),
        ((4, 3 + 1j, 0, [1, -1, 1, -1]), "q0 is not 4"),
        (("2", 3 + 1j, 0, [1, -1, 1, -1]), "a number"),
        ((2, 3 - 1j, 0, [1, -1, 1, -1]), "wrong sign"),
        ((2, 1 + 1j, 0, [1, -1, 1, -1]), "the last weight"),
        ((2, 2, 0, [1, -1, 1, -1]), "q1 is not 2"),
        ((2, 3 + 1j, 2, [1, -1, 1, -1]), "q2 is not 2"),
        ((2, 3 + 1j, 0, None), "lost is still None"),
        ((2, 3 + 1j, 0, [1, -1]), "four numbers"),
        ((2, 3 + 1j, 0, [1, 1j, -1, -1j]), "should be real"),
        ((2, 3 + 1j, 0, [0, 0, 0, 0]), "all zeros"),
        ((2, 3 + 1j, 0, [1, 0, -1, 0]), "which q is 0?"),
    ],
    "matrix-undo": [
        ((None, None, None), "exact is still None"),
        (([88, 72, 88, 72], None, None), "divide by q"),
        (([6, 4, 6, 4], None, None), "another eigenvalue"),
        (([5, 3, 5, 3], None, None), "with the penalty 4"),
        (([1, 2, 3, 4], None, None), "its own q"),
        (([7, 3, 7, 3], None, None), "gentle is still None"),
        (([7, 3, 7, 3], [7, 3, 7, 3], None), "without a penalty"),
        (([7, 3, 7, 3], [1.5, 0.5, 1.5, 0.5], None), "a factor q"),
        (([7, 3, 7, 3], [2.5 + 2 / 3, 2.5 - 2 / 3] * 2, None), "not to q"),
        (([7, 3, 7, 3], [4, 3, 4, 3], None), "for each wave"),
        (([7, 3, 7, 3], [5, 3, 5, 3], None), "penalty is still None"),
        (([7, 3, 7, 3], [5, 3, 5, 3], 4 / 9), "not nine tenths"),
        (([7, 3, 7, 3], [5, 3, 5, 3], 144), "the other wave"),
        (([7, 3, 7, 3], [5, 3, 5, 3], 18), "q is squared"),
        (([7, 3, 7, 3], [5, 3, 5, 3], 16), "not of its amount in z"),
        (([7, 3, 7, 3], [5, 3, 5, 3], 9), "leave"),
    ],
    "matrix-box": [
        ((lambda k, n: None,), "still None"),
        ((lambda k, n: True,), "should be False, but is True: q_f is 0"),
        ((lambda k, n: n % k != 0,), "can_be_undone(1, 2)"),
        ((lambda k, n: k == 1 or n % k != 0,), "can_be_undone(4, 6)"),
        ((lambda k, n: k % 2 == 1,), "can_be_undone(2, 3) should be True"),
        ((lambda k, n: all(f * k % n for f in range(1, n)),), "too slow for n = 10**12"),
    ],
}
