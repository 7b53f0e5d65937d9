"""Checks for the exercises of *Attention and Transformers*."""

import numpy as np

from dlnotes.check import Mistakes, exercise, hinted, require


def _single(number):
    """A number that came in an array of shape (1,) or (1, 1), by itself."""
    return number if number is None or np.size(number) != 1 else np.reshape(number, ()).item()


@exercise("att-hand")
def three_keys(weights, answer, hidden):
    """Query ln 3, keys 1, 0, 0, values 10, 0, 5."""
    require(weights is not None, "weights is still None.")
    got = np.asarray(weights, float).ravel()
    require(got.shape == (3,), f"weights should be three numbers, but has shape {np.shape(weights)}.")
    require(abs(got.sum() - 1) < 1e-2, f"the weights should add up to 1, but add up to {got.sum():.4g}.")
    mistakes: Mistakes = (
        ([1.0, 0.0, 0.0], "a score of 0 is no weight of 0: what is e to the power of 0?"),
        (np.ones(3) / 3, "equal scores would give that; the first key has another one"),
    )
    hinted("weights", got, [0.6, 0.2, 0.2], "e to the power of ln 3 is 3, and e to the power of 0 is 1", mistakes, 1e-3)
    even: Mistakes = ((5, "all weights alike?"),)
    hinted("the answer", _single(answer), 7, "the mean of the values, each times its weight", even, 1e-3)
    mistakes = (
        (6, "the other two weights still have to add up to 1"),
        (7, "the third value should not enter any more"),
        (5, "the first two scores are not equal"),
    )
    hinted("the answer with a hidden key", _single(hidden), 7.5, "softmax over two keys only", mistakes, 1e-3)


@exercise("att-root")
def root_of_what(sixteen, sixty_four, deviation):
    """1,024 features in 16 and in 64 heads."""
    model: Mistakes = (
        (32, "this is the root of the model's features: a query has fewer"),
        (64, "this is the length of a query, not its root"),
        (4, "this is the root of the number of heads"),
    )
    hinted("with 16 heads the number", sixteen, 8, "the root of how many features a query of one head has", model, 1e-3)
    more: Mistakes = (
        (32, "this is the root of the model's features"),
        (16, "this is the length of a query, not its root"),
        (8, "more heads are narrower heads, and the root of the number of heads is not asked for"),
    )
    hinted("with 64 heads the number", sixty_four, 4, "how long is a query of one head now?", more, 1e-3)
    spread: Mistakes = (
        (1, "this is the deviation after the division"),
        (64, "this is the variance"),
        (32, "a head adds up fewer products than that"),
    )
    hinted("the deviation", deviation, 8, "each of the d products has variance 1", spread, 1e-3)


def _mask(name, made, T, w):
    got = made(T, w)
    require(got is not None, f"{name}({T}, {w}) is None.")
    got = np.asarray(got)
    require(got.shape == (T, T), f"{name}({T}, {w}) should have shape {(T, T)}, but has {got.shape}.")
    require(
        got.dtype == bool,
        f"{name}({T}, {w}) should hold booleans: numbers would be added to the scores, and hide nothing.",
    )
    return got


@exercise("att-window")
def windows(window, hidden):
    """Itself and w - 1 before; and the opposite."""
    for T, w in ((5, 2), (6, 1), (4, 4), (3, 7)):
        back = np.arange(T)[:, None] - np.arange(T)
        want = (back >= 0) & (back < w)
        got, call = _mask("window", window, T, w), f"window({T}, {w})"
        require(
            got.any() and not np.array_equal(got, ~want),
            f"{call} is the wrong way round: for this function True means that a key may be seen.",
        )
        require(not (np.array_equal(got, want.T) and not np.array_equal(want, want.T)),
                f"{call} shows what comes after; rows are queries, columns are keys.")  # fmt: skip
        require(np.diag(got).all(), f"in {call} a place does not see itself.")
        require(not got[back < 0].any(), f"in {call} a place sees what comes after it.")
        require(not got[back >= w].any(), f"in {call} a place sees more than itself and {w - 1} before it.")
        require(np.array_equal(got, want), f"in {call} a place does not see all of the {w - 1} places before it.")
        found = _mask("hidden", hidden, T, w)
        require(
            not np.array_equal(found, want),
            f"hidden({T}, {w}) is the wrong way round: for MultiheadAttention True means that a key is hidden.",
        )
        require(np.array_equal(found, ~want), f"hidden({T}, {w}) should be True where {call} is False.")


@exercise("att-order")
def who_knows(*answers):
    """Which maps are permutation-equivariant."""
    hints = (
        "each row is computed by itself",
        "norms and the MLP work on each row alone; does attention ask where a row stands?",
        "what does the first row see, and what the last?",
        "the place adds something to the row that stands there",
        "do the scores change when two rows move apart?",
    )
    names = ("one", "two", "three", "four", "five")
    for name, got, want, hint in zip(names, answers, (True, True, False, False, False), hints):
        require(got is not None, f"{name} is still None.")
        require(isinstance(got, bool | np.bool_) or got in (0, 1), f"{name} should be True or False, but is {got!r}.")
        require(bool(got) == want, f"{name} is not {bool(got)}: {hint}{'' if hint.endswith('?') else '.'}")


@exercise("att-count")
def block_counts(eight, sixteen, length):
    """12 E^2 weights; T = 4 E."""
    E = 256
    mistakes: Mistakes = (
        (4 * E**2, "this is attention alone; the MLP has matrices, too"),
        (8 * E**2, "this is the MLP alone"),
        (12 * E**2 + 13 * E, "biases and norms are not asked for"),
        (8 * 12 * E**2, "each head works on a part of the features only"),
    )
    hinted("with 8 heads the number", eight, 12 * E**2, "four matrices of E x E, and two of E x 4E", mistakes)
    again: Mistakes = ((24 * E**2, "twice as many heads are half as wide"), (16 * E**2, "the heads get narrower"))
    hinted("with 16 heads the number", sixteen, 12 * E**2, "does a matrix change its shape?", again)
    lengths: Mistakes = (
        (2 * E, "the attention's matrices are not asked for, or a factor of 2 is lost"),
        (E, "the MLP costs 8 T E^2"),
        (6 * E, "the MLP alone, without the attention's own matrices"),
    )
    hinted("the length", length, 4 * E, "set 2 T^2 E equal to 8 T E^2", lengths, 1e-6)


@exercise("att-debug")
def shifted(pairs):
    """Targets are the next tokens; the last has none."""
    tokens = np.array([[3, 1, 4, 1, 5], [2, 7, 1, 8, 0]])
    kept = tokens.copy()
    got = pairs(tokens)
    require(got is not None and len(got) == 2, "pairs(tokens) should give inputs and targets.")
    inputs, targets = (np.asarray(a) for a in got)
    require(np.array_equal(tokens, kept), "your function changed what it was given: leave it as it was.")
    require(inputs.shape == targets.shape, f"inputs have shape {inputs.shape}, but targets {targets.shape}.")
    length = inputs.shape[-1] if inputs.ndim == 2 else 0
    same = length in (4, 5) and np.array_equal(inputs, kept[:, :length])
    require(same, "the inputs should be the tokens themselves.")
    given, wanted = (" ".join(map(str, a[0])) for a in (kept, targets))
    require(
        not np.array_equal(targets[:, 1:], kept[:, : length - 1]),
        f"for tokens {given} the targets are {wanted}: is that what comes next?",
    )
    require(
        not np.array_equal(targets, kept[:, :length]),
        "at each place the target is the token that stands there.",
    )
    require(np.array_equal(targets[:, :4], kept[:, 1:]), "the target at each place should be what comes next.")
    if length == 5:
        require(
            not (targets[:, 4] == kept[:, 0]).all(),
            "behind the last token the first one does not follow: what should not count is -100.",
        )
        require((targets[:, 4] == -100).all(), "nobody knows what follows the last token: its target should be -100.")


@exercise("att-cache")
def saved(scores):
    """Sums of 1 + ... + t, or of t."""
    for n in (10, 1, 2, 3, 100):
        again, kept = n * (n + 1) * (n + 2) // 6, n * (n + 1) // 2
        for cache, want in ((False, again), (True, kept)):
            mistakes: Mistakes = (
                (n * (n + 1) * (2 * n + 1) // 6, "a query may see only the keys up to its own place"),
                (again, "which of the two reads everything again?"),
                (kept, "this is one pass over the text; without a cache one starts again for each token"),
                (n, "the newest row has a product with each key"),
                (n * n, "count over the steps: the text grows"),
                (n * (n - 1) // 2, "each token sees itself, too"),
            )
            mistakes = tuple(pair for pair in mistakes if pair[0] != want)
            hint = "add up over the steps what the newest row sees" if cache else "add up over the steps all rows"
            hinted(f"scores({n}, {cache})", scores(n, cache), want, hint, mistakes)
