"""Exercises of *Data augmentation*."""

from __future__ import annotations

import numpy as np

from dlnotes.check import Mistakes, exercise, hinted, require


@exercise("augmentation-count")
def count_the_results(results, seen, row):
    """Moves by up to 3 and a mirror; 200 epochs of 500 images; a row moved with a fill."""
    mistakes: Mistakes = (
        (49, "and each of them mirrored or not"),
        (18, "from -3 to 3 there are more places than six"),
        (72, "from -3 to 3 there are more places than six"),
        (32, "up or down: the moves go both ways"),
        (14, "down and across: each place down goes with each place across"),
        (97, "count the one that changes nothing, too"),
    )
    hinted("results", results, 98, "count places down, places across, and the mirror, and multiply", mistakes)
    mistakes = (
        (200 * 500 * 98, "an epoch shows each original once, in one of its forms"),
        (49_000, "that is the number of different results; how many does an epoch show?"),
    )
    hinted("seen", seen, 100_000, "how many images does one epoch show?", mistakes)
    mistakes = (
        ([0, 0, 2, 1, 0], "what comes in at the left is fill, not 0"),
        ([0, 3, 2, 1, 0], "what leaves at the right does not come back at the left"),
        ([0, 0, 3, 9, 9], "this moved to the left"),
    )
    hinted("new_row", row, [9, 9, 2, 1, 0], "move every number two places to the right, then fill the gap", mistakes)


@exercise("augmentation-label")
def what_becomes_of_the_label(*answers):
    """Five pairs of a transform and a question."""
    why = (
        "is the mirror image of a cat still a cat?",
        "where does the tip of the mirrored arrow point, and can you compute it?",
        "does a satellite have an upside?",
        "could you tell day from night afterwards, by any rule?",
        "turn a page with a b upside down: which letter is it, and can you compute it?",
    )
    wanted = ("keeps", "changes", "keeps", "breaks", "changes")
    for name, got, want, hint in zip("ABCDE", answers, wanted, why):
        require(got is not None, f"{name} is still None.")
        got = got.strip().lower() if isinstance(got, str) else got
        require(got in wanted, f'{name} should be "keeps", "changes" or "breaks", but is {got!r}.')
        require(got == want, f"{name} is not {got!r}: {hint}")


@exercise("augmentation-verdict")
def a_fair_verdict(rates, gained, widen):
    """Two sides that each choose a rate by validation, and are compared by the test."""
    mistakes: Mistakes = (
        ((0.1, 0.03), "the test is not there to choose by"),
        ((0.03, 0.03), "must both sides race at the same rate?"),
        ((0.1, 0.1), "must both sides race at the same rate?"),
    )
    hinted("rates", rates, (0.03, 0.1), "which of the two rows of a side is there to choose by?", mistakes)
    mistakes = (
        (2, "these are the best of the test: that was not there to choose by"),
        (4, "both sides at the same rate, or the wrong way round: which rates did you choose?"),
        (3, "that is what validation says, which chose the rates"),
        (-1, "at your two rates, noise minus plain"),
    )
    hinted("gained", gained, 1, "compare the test at the two rates that you chose", mistakes)
    require(widen is not None, "widen is still None.")
    widen = widen.strip().lower() if isinstance(widen, str) else widen
    require(widen in ("plain", "noise"), f'widen should be "plain" or "noise", but is {widen!r}.')
    require(widen == "noise", "widen: whose best rate has another rate on either side?")


@exercise("augmentation-corners")
def mirror_a_face(mirror):
    """Images of several widths, with the two columns in order."""
    rng = np.random.default_rng(0)
    for width in (6, 9):
        images, columns = rng.random((4, 5, width)), np.sort([rng.permutation(width)[:2] for _ in range(4)])
        kept = images.copy(), columns.copy()
        found = mirror(images, columns)
        require(isinstance(found, tuple | list) and len(found) == 2, "mirror should return the images and the columns.")
        require((images == kept[0]).all() and (columns == kept[1]).all(), "mirror changed its inputs: leave them.")
        require(np.shape(found[0]) == images.shape, "the mirrored images should have the shape of the images.")
        require(np.array_equal(found[0], images[..., ::-1]), "the images are not mirrored left to right.")
        last = width - 1
        mistakes: Mistakes = (
            (columns, "these are the columns of the old images"),
            (width - columns[:, ::-1], "column 0 becomes the last one: which number has that?"),
            (last - columns, "which of the two corners is further left now?"),
            (width - columns, "column 0 becomes the last one: which number has that?"),
            (columns[:, ::-1], "exchanging them is not enough: where do they lie now?"),
        )
        hinted("columns", found[1], last - columns[:, ::-1], "follow one corner to its new column", mistakes)


@exercise("augmentation-leak")
def split_then_copy(prepare):
    """Images that carry their own number, so that copies can be traced."""
    n = 12
    for copies, held in ((3, 4), (5, 2)):
        number = np.arange(1, n + 1)
        images, labels = np.zeros((n, 1, 2, 2)), 10 * number
        images[:, 0, 0, 0] = number
        kept = images.copy()

        def transform(x, rng):
            x = np.array(x)
            x[:, 0, 1, 1] += 1 + rng.random(len(x))  # a mark, and different for each copy
            return x

        found = prepare(images, labels, copies, held, transform, np.random.default_rng(copies))
        require(found is not None and len(found) == 4, "prepare should return four arrays.")
        require((images == kept).all(), "prepare changed the images that it was given: leave them.")
        x, y, x_val, y_val = map(np.asarray, found)
        require(x.shape[1:] == x_val.shape[1:] == (1, 2, 2), "the images should keep their shape, (N, 1, 2, 2) here.")
        traced, asked = x[:, 0, 0, 0], x_val[:, 0, 0, 0]
        both = set(traced) & set(asked)
        require(not both, f"{len(both)} of {n} originals are on both sides of the split: what was split, and when?")
        require(len(x_val) == held, f"{held} originals should be held, but there are {len(x_val)} validation images.")
        require(len(set(asked)) == held, "the validation images should be different originals.")
        require((x_val[:, 0, 1, 1] == 0).all(), "the validation images are transformed: leave those as they came.")
        counts = [int((traced == each).sum()) for each in number if each not in asked]
        right = counts == [copies] * (n - held)
        require(right, f"each training original should come {copies} times, but they come {counts} times.")
        require((x[:, 0, 1, 1] > 0).all(), "some of the training images are not transformed.")
        differ = len(np.unique(x[:, 0, 1, 1])) == len(x)
        require(differ, "the copies of an image are all alike: copy first, then transform, within the training part.")
        together = (y == 10 * traced).all() and (y_val == 10 * asked).all()
        require(together, "images and labels no longer belong together.")
    moved = {
        tuple(np.sort(np.asarray(prepare(images, labels, 2, 4, transform, np.random.default_rng(s))[2])[:, 0, 0, 0]))
        for s in range(6)
    }
    require(len(moved) > 1, "the same originals are held for every rng: draw them.")


@exercise("augmentation-ring")
def round_a_ring(three, mean, other, costs, cost):
    """f, its mean over three moves, and two costs."""
    hint = "multiply each pixel by the weight at its place, and add"
    hinted("three", three, [7, 7, 13], hint, (([7, 7, 7], "the weights do not move along with the pixels"),))
    mistakes: Mistakes = ((27, "that is the sum: divide by the number of transforms"),)
    hinted("mean", mean, 9, "take the mean of the three numbers", mistakes)
    mistakes = (
        (12 / 3, "add up all three places where the 4 can be, then divide"),
        (36, "that is the sum: divide by the number of transforms"),
        (9, "the mean depends on the image, but not on where it lies"),
    )
    hinted("mean_of_other", other, 12, "put the 4 at each of the three places in turn", mistakes)
    mistakes = ((72, "that is the sum of the costs"), (16, "first each cost, then their mean"))
    hinted("mean_cost", costs, 24, "how far is each of the three answers from 13? Square it", mistakes)
    mistakes = ((24, "first the mean of the answers, then its cost"), (-16, "a squared error is not negative"))
    hinted("cost_of_mean", cost, 16, "how far is the mean answer from 13? Square it", mistakes)


@exercise("augmentation-mixture")
def a_mixed_example(image, target, loss):
    """Three quarters of class 2, one quarter of class 0."""
    mistakes: Mistakes = (
        ([2, 3, 4], "the three quarters belong to the first image"),
        ([4, 2, 4], "these are halves"),
    )
    hinted("mixture", image, [6, 1, 4], "take 3/4 of each pixel of the first and 1/4 of the second", mistakes)
    mistakes = (
        ([0.75, 0, 0.25], "which entry belongs to class 2, and which share has it?"),
        ([0, 0, 1], "the label is mixed as the image is"),
        ([0.25, 0.75, 0], "the entries stand for the classes 0, 1, 2"),
    )
    hinted("target", target, [0.25, 0, 0.75], "one entry for each class: mix the rows of the two labels", mistakes)
    mistakes = (
        (-np.log(0.25), "class 0 has a share of the target, too"),
        (-np.log(0.5 / 4 + 0.75 / 4), "mix the logarithms, not the probabilities"),
        (0.75 * np.log(2) + 0.25 * np.log(4), "which share belongs to which probability?"),
        (-(np.log(2) / 4 + 3 * np.log(4) / 4), "mind the sign"),
        (1.2, "two decimals, please"),
    )
    want = np.log(2) / 4 + 3 * np.log(4) / 4
    hinted("cross_entropy", loss, want, "add -share times log p over the classes", mistakes, 3e-3)
