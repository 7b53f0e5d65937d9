"""Exercises keep their promise: right answers pass, the untouched stub and every wrong answer do not."""

import numpy as np
import pytest

from dlnotes.check import EXERCISES, check, judge


def descend(gradient, theta, alpha, steps):
    for _ in range(steps):
        theta = theta - alpha * gradient(theta)
    return theta


def descend_in_place(gradient, theta, alpha, steps):
    for _ in range(steps):
        theta -= alpha * gradient(theta)
    return theta


def largest(X):
    return 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).max()


def epoch(n, size, rng):
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def warmup(t, warmup, total):
    return t / warmup if t < warmup else (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2


def sawtooth(depth, slope=2.0, neurons=2, extra=0):
    b, out = np.array([0.0, -0.5])[:neurons], np.array([[slope, -2 * slope]])[:, :neurons]
    first = (np.ones((neurons, 1)), b)
    return [first, *[(np.ones((neurons, 1)) @ out, b)] * (depth - 1 + extra), (out, np.zeros(1))]


RIGHT = {
    "nn-parameters": (lambda sizes: sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False)),),
    "nn-nand": ([-2.0, -2.0], 3.0),
    "nn-absolute": ([[2.0], [-2.0]], [0.0, 0.0], [[0.5, 0.5]], [0.0]),  # not the book's weights
    "nn-sawtooth": (sawtooth,),
    "opt-step": (descend,),
    "opt-largest-step": (largest,),
    "opt-batches": (epoch,),
    "opt-warmup": (warmup,),
}
# name -> (answer, a word of what the reader is told)
WRONG = {
    "nn-parameters": [
        ((lambda sizes: None,), "still None"),
        ((lambda sizes: sum(m * k for k, m in zip(sizes, sizes[1:], strict=False)),), "should be 13"),
        ((lambda sizes: "many",), "should be numbers"),
        ((lambda sizes: [13],), "should have shape ()"),
        ((lambda sizes: 1 / 0,), "ZeroDivisionError"),
    ],
    "nn-nand": [
        ((None, None), "still None"),
        (([1.0, 1.0], -1.5), "NAND"),  # AND
        (([-1.0, -1.0], 1.0), "at x = [0 1]"),  # NOR-like: on the line
        (([1.0, 1.0, 1.0], 0.0), "two numbers"),
    ],
    "nn-absolute": [
        ((None, None, None, None), "still None"),
        (([[1.0], [1.0]], [0.0, 0.0], [[1.0, 1.0]], [0.0]), "x = -3"),
        (([[1.0], [-1.0]], [0.0, 0.0], [[1.0, -1.0]], [0.0]), "x = -3"),
        (([1.0, -1.0], [0.0, 0.0], [1.0, 1.0], 0.0), "shape"),
    ],
    "nn-sawtooth": [
        ((lambda depth: None,), "still None"),
        ((lambda depth: sawtooth(1),), "layers"),
        ((lambda depth: sawtooth(depth, slope=1.0),), "pieces"),
        ((lambda depth: sawtooth(depth, neurons=1),), "two neurons"),
        ((lambda depth: sawtooth(depth, extra=1),), "layers"),
        ((lambda depth: [*sawtooth(depth)[:-1], (np.ones((2, 2)), np.zeros(2))],), "one output"),
    ],
    "opt-step": [
        ((lambda *a: None,), "still None"),
        ((lambda g, theta, alpha, steps: descend(g, theta, -alpha, steps),), "should be"),
        ((lambda g, theta, alpha, steps: descend(g, theta, alpha, 1),), "after 3 steps"),
        ((descend_in_place,), "changed the array"),
    ],
    "opt-largest-step": [
        ((lambda X: None,), "still None"),
        ((lambda X: 1 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).max(),), "should be"),
        ((lambda X: 2 / np.linalg.eigvalsh(X.T @ X).max(),), "should be"),
        ((lambda X: 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).min(),), "should be"),
    ],
    "opt-batches": [
        ((lambda n, size, rng: None,), "still None"),
        ((lambda n, size, rng: [np.arange(n)[i : i + size] for i in range(0, n, size)],), "shuffle"),
        ((lambda n, size, rng: [rng.integers(n, size=min(size, n - i)) for i in range(0, n, size)],), "once"),
        ((lambda n, size, rng: epoch(n, size, rng)[: n // size],), "sizes"),
    ],
    "opt-warmup": [
        ((lambda t, w, n: None,), "still None"),
        ((lambda t, w, n: (1 + np.cos(np.pi * t / n)) / 2,), "rate_at(0"),
        ((lambda t, w, n: min(t / w, 1.0),), "rate_at(55"),
        ((lambda t, w, n: t / w if t < w else 1 - (t - w) / (n - w),), "rate_at(32.5"),
    ],
}


def test_every_exercise_has_a_right_answer_and_wrong_ones():
    judge("nn-parameters", None)  # loads all chapters
    assert set(EXERCISES) == set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name, capsys):
    assert judge(name, *RIGHT[name]) is None
    check(name, *RIGHT[name])
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(("name", "answer", "word"), [(n, a, w) for n, rows in WRONG.items() for a, w in rows])
def test_wrong_answers_fail_and_say_why(name, answer, word, capsys):
    assert word in judge(name, *answer)
    check(name, *answer)
    assert capsys.readouterr().out.startswith("Not yet. ")


def test_unknown_names_are_listed():
    with pytest.raises(ValueError, match="name: expected one of nn-absolute, .* got 'nn-typo'"):
        check("nn-typo", 1)
