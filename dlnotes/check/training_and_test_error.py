"""Checks for the exercises of *Training and test error*."""

from typing import Any

import numpy as np

from dlnotes.check import Mistakes, exercise, hinted, require


@exercise("error-moves")
def which_way(worst, bare, priced, fit_error):
    """The peak stands where there are as many features as pictures; a ridge removes it."""
    require(worst is not None, "worst is still None.")
    require(worst in (100, 300, 900), f"worst should be 100, 300 or 900, but is {worst!r}.")
    require(worst == 300, f"worst is not {worst}: how many features are there at the peak of the first figure?")
    rows = (
        ("bare", bare, "down", "how far from the peak is the model with all pictures, and with half of them?"),
        ("priced", priced, "up", "set the explorer's ridge to 0.01, and compare two numbers of pictures."),
        ("fit_error", fit_error, "down", "is it easier or harder for 100 features to fit half as many pictures?"),
    )
    for name, got, want, hint in rows:
        require(got is not None, f"{name} is still None.")
        said = str(got).strip().lower()
        require(said in ("up", "down"), f'{name} should be "up" or "down", but is {got!r}.')
        require(said == want, f"{name} is not {got!r}: {hint}")


@exercise("error-pairs")
def compare_by_pairs(bar, difference, error, needed):
    """80 % of 500 pictures are right; 30 and 19 of them for one model alone."""
    mistakes: Mistakes = (
        (0.4, "divide by the number of test pictures, too"),
        (0.16 / 500, "this is the variance: take the root"),
        (0.4 / 500, "the root is of the 500, too"),
        ((0.8 / 500) ** 0.5, "the share that is wrong is a factor, too"),
    )
    hinted("bar", bar, (0.16 / 500) ** 0.5, "toss a coin that shows heads in 80 % of cases", mistakes, 2e-4)
    hint = "only the pictures that one model alone gets right tell the models apart"
    mistakes = (
        (11, "divide by the number of test pictures"),
        (-11 / 500, "A is the better one: count its pictures first"),
        (49 / 500, "these are the pictures where they differ; which model gained?"),
    )
    hinted("the difference", difference, 11 / 500, hint, mistakes, 1e-6)
    mistakes = (
        (7, "divide by the number of test pictures"),
        (49 / 500, "take the root of the number of pictures where they differ"),
        (11**0.5 / 500, "both kinds of pictures add to the spread: 30 plus 19"),
        ((49 / 500) ** 0.5, "the root is of the 49 alone; divide by 500 afterwards"),
        (49**0.5 / 49, "divide by the number of all test pictures"),
    )
    hinted("the standard error", error, 7 / 500, "how many pictures did the models answer differently?", mistakes, 1e-4)
    hint = "with m times as many pictures the difference stays, and the error is divided by the root of m"
    mistakes = (
        (809, "round up"),
        (637, "the error falls like the root of the number of pictures"),
        (203, "this is where the difference is one standard error"),
    )
    hinted("the number of pictures", needed, 810, hint, mistakes, 1e-6)


@exercise("error-groups")
def folds_of_groups(group_folds):
    """Each example in one fold, no group in two, no fold empty."""
    mixed = np.random.default_rng(0).permutation(np.repeat(np.arange(12), 5))
    names = np.array(["red", "blue", "red", "white", "blue", "green", "red"])
    uneven = np.array([7] * 20 + [3, 5, 5, 9, 11, 11])
    for groups, k in ((mixed, 4), (mixed, 5), (names, 2), (uneven, 3)):
        kept = groups.copy()
        folds = group_folds(groups, k)
        require(folds is not None, "group_folds(groups, k) is still None.")
        require((groups == kept).all(), "your function changed groups: leave it as it was.")
        require(len(folds) == k, f"there should be {k} folds, but there are {len(folds)}.")
        parts = [np.asarray(fold) for fold in folds]
        require(all(len(part) for part in parts), f"one of the {k} folds is empty, for {len(set(groups))} groups.")
        every = np.concatenate(parts)
        whole = np.issubdtype(every.dtype, np.integer) and every.min() >= 0 and every.max() < len(groups)
        require(whole, "a fold should hold numbers of pictures, places in groups.")
        count = np.bincount(every, minlength=len(groups))
        require(count.max() == 1, f"picture {count.argmax()} is held out {count.max()} times.")
        require(count.min() == 1, f"picture {count.argmin()} is in no fold.")
        seen = [set(groups[part].tolist()) for part in parts]
        for i, fold in enumerate(seen):
            shared = fold & set().union(*seen[:i])
            twice = min(shared, default=0)
            require(not shared, f"group {twice!r} is in two folds: what do you split, pictures or groups?")


@exercise("error-patience")
def best_weights(train):
    """Paths of losses that fall, rise and fall again; the weights are changed in place."""
    for losses, epochs, patience in (
        ([5, 3, 4, 6, 7, 1], 6, 3),
        ([5, 4, 3, 2, 1], 5, 2),
        ([5, 4, 4.5, 3, 3.5, 3.6, 3.7], 7, 4),
        ([2, 3, 1.5, 3, 4, 1], 6, 2),
        ([3, 2, 2, 2, 1], 5, 2),
    ):
        made: list[np.ndarray] = []

        def step(w, made=made):
            w += 1.0
            made.append(w.copy())

        def loss(w, losses=losses):
            return losses[round(float(w[0])) - 1]

        end, lowest, waited = 0, np.inf, 0
        for value in losses[:epochs]:
            end += 1
            waited = 0 if value < lowest else waited + 1
            lowest = min(lowest, value)
            if waited == patience:
                break
        best = 1 + int(np.argmin(losses[:end]))
        got = train(np.zeros(2), step, loss, epochs, patience)
        where = f"with the losses {losses} and patience {patience}"
        require(got is not None, "train(w, step, loss, epochs, patience) returned None.")
        say = "an epoch counts as a gain only if its loss is lower than every one before" if len(made) > end else (
            "after a gain the waiting begins anew")  # fmt: skip
        require(len(made) == end, f"{where} it should stop after {end} epochs, but made {len(made)}: {say}.")
        got = np.asarray(got, float)
        require(got.shape == (2,), f"train should return the weights, of shape (2,), but they have shape {got.shape}.")
        place = round(float(got[0]))
        require(place == best, f"these are the weights of epoch {place}; the lowest loss was in epoch {best}.")


@exercise("error-twins")
def mean_of_twins(outputs, weights):
    """Two neurons in both orders: the mean of the outputs, and of the weights."""
    mistakes: Mistakes = (
        ([2, 3], "at -1 the second neuron is relu(2)"),
        ([2, 0], "at -1 the second neuron is relu(2), and counts three times"),
        ([5, 6], "relu(-1 + 1) is 0"),
        ([4, 12], "take the mean of the two networks, not the sum"),
    )
    hint = "compute the network at 1 and at -1, neuron by neuron; the twin gives the same"
    hinted("the mean of the outputs", outputs, [2, 6], hint, mistakes)
    mistakes = (
        ([2, 6], "first take the means of the weights, then compute"),
        ([2, -2], "the ReLU is missing, and the biases"),
        ([2, 0], "mean the biases, too: each neuron has 1/2"),
        ([8, 0], "take the means, not the sums: the output weights are 2"),
        ([4, -0.0001], "relu gives 0"),
        ([1, 0], "the output weights are averaged, too: both are 2, and there are two neurons"),
    )
    hint = "both neurons get the same weight, the mean of 2 and -1, and the same bias"
    hinted("the mean of the weights", weights, [4, 0], hint, mistakes)


@exercise("error-patients")
def name_the_causes(causes):
    """One run for each line of the table."""
    known = {
        "A": ("too low", "is there a gap? What would more epochs do?"),
        "B": ("leak", "to where does the validation loss go? Can pictures never seen be so easy?"),
        "C": ("overfitting", "follow the validation loss from its first epoch to its last: where is it lowest?"),
        "D": ("stuck", "at which number do the curves lie?"),
        "E": ("sorted", "which curve is the upper one, and how far above log 10 is it?"),
        "F": ("healthy", "where does the validation loss end, and how far from the training loss?"),
        "G": ("labels", "when does the validation loss begin to rise, and how high is it then?"),
        "H": ("too high", "are the curves smooth? Do they go on falling?"),
    }  # fmt: skip
    require(isinstance(causes, dict), "causes should be a dict, from the letters to the causes.")
    words = [cause for cause, _ in known.values()]
    for letter, (want, hint) in known.items():
        got: Any = causes.get(letter)
        require(got is not None, f"{letter} is still None.")
        said = str(got).strip().lower()
        require(said in words, f"{letter} is {got!r}, which is none of {', '.join(sorted(words))}.")
        require(said == want, f"{letter} is not {got!r}: {hint}")
