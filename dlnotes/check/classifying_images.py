"""Checks for the exercises of *Classifying images*."""

import numpy as np

from dlnotes.check import exercise, expect, hinted, require
from dlnotes.metrics import temperature


@exercise("classify-leak")
def leak(expected):
    """A memoriser of ten classes, tested on images of which a fifth were trained on."""
    hint = "All the copies are right, and of the others the share that guessing gets"
    mistakes = [
        (0.2, "that counts the copies only; guessing gets some of the others right, too"),
        (0.3, "a guess can only add to what is not yet right: 0.1 of 80 %, not of all"),
        (1, "that is the score on training images; four in five of these were never seen"),
        (0.1, "that is the honest score, without the copies"),
        (28, "give it as a share, between 0 and 1, not in percent"),
    ]
    hinted("The accuracy to expect", expected, 0.28, hint, mistakes)


@exercise("classify-scores")
def scores(scores, pixel):
    """Scores of a 2 x 2 image by three templates, and the pixel that decides between two of them."""
    hint = "Write the image as a row, multiply number by number with a row of W, add up, and add the bias"
    mistakes = [
        ([2, 4, 1], "the biases are missing"),
        ([3, 4, -3], "the biases are added, not subtracted"),
    ]
    hinted("scores", scores, [1, 4, 5], hint, mistakes)
    pixels = [
        (0, "there class 2 has the larger weight, so the lead grows"),
        (1, "there both rows have the same weight, so the lead stays"),
        (3, "there the lead shrinks by the difference of the weights, but at another pixel it shrinks faster"),
    ]
    hinted("pixel", pixel, 2, "Compare row 1 of W with row 2, pixel by pixel", pixels)


@exercise("classify-losses")
def losses(p, entropy, margin_loss, start):
    """Softmax, cross-entropy and hinge of the scores (ln 6, ln 3, ln 1), and the loss at the start with 100 classes."""
    hint = "e to the power of a logarithm is the number itself, so the shares are those of 6, 3 and 1"
    hinted("p", p, [0.6, 0.3, 0.1], hint, tolerance=1e-3)
    mistakes = [
        (-np.log(0.6), "that is the loss if class 0 were right; the label is 1"),
        (np.log(0.3), "a loss is minus the logarithm"),
        (-np.log10(0.3), "take the natural logarithm"),
        (0.3, "that is the probability of the label; the loss is minus its logarithm"),
    ]
    hinted("entropy", entropy, -np.log(0.3), "Minus the logarithm of the label's p", mistakes, 5e-3)
    mistakes = [
        (2 + np.log(2), "the label itself is no rival: leave it out"),
        (np.log(2), "each rival should be 1 lower, so 1 is added before the 0 decides"),
        (2 + np.log(2) - np.log(3), "a rival that is lower by more than 1 costs 0, not less"),
    ]
    hint = "For each rival max(0, 1 + its score - the label's); ln 6 - ln 3 is ln 2"
    hinted("margin_loss", margin_loss, 1 + np.log(2), hint, mistakes, 5e-3)
    mistakes = [(np.log(10), "that is for ten classes"), (0.01, "that is the probability of each class")]
    hinted("start", start, np.log(100), "Each class gets the same probability", mistakes, 5e-3)


@exercise("classify-stable")
def stable(log_softmax):
    """log softmax of rows of scores, small and large."""
    z = np.array([[0.0, np.log(3)], [2.0, 2.0]])
    want = np.log([[0.25, 0.75], [0.5, 0.5]])
    given = z.copy()
    got = log_softmax(given)
    require((given == z).all(), "z should be left as it was, but was changed.")
    mistakes = [(np.exp(want), "these are the probabilities; their logarithm was asked for")]
    columns = z - np.log(np.exp(z).sum(0))
    mistakes.append((columns, "this adds up each column; an example is a row"))
    expect("log_softmax of [[0, ln 3], [2, 2]]", got, want, mistakes=mistakes)
    for shift in (1000.0, -1000.0):
        got = np.asarray(log_softmax(z + shift), float)
        what = f"log_softmax with {shift:+.0f} added to every score"
        require(np.isfinite(got).all(), f"{what} is not finite: subtract each row's largest score first.")
        expect(what, got, want, 1e-6, "It should be as before.")
    z, rest = np.array([[0.0, 800.0, -100.0], [1.0, 0.0, 0.0]]), np.log(np.exp(1) + 2)
    got = np.asarray(log_softmax(z[:1]), float)
    hint = "log softmax of [0, 800, -100] is not finite: take the logarithm of the sum, not of each probability."
    require(np.isfinite(got).all(), hint)
    got = np.asarray(log_softmax(z.copy()), float)
    require(np.isfinite(got).all(), "With [0, 800, -100] and [1, 0, 0] as rows: each row has its own largest score.")
    expect("log_softmax of [[0, 800, -100], [1, 0, 0]]", got, [[-800, 0, -900], [1 - rest, -rest, -rest]], 1e-6)


@exercise("classify-twice")
def twice(cooled):
    """Probabilities with the temperature of held-out data, which is found from scores and applied to scores."""
    rng = np.random.default_rng(5)
    z, new = 3 * rng.normal(size=(400, 4)), 3 * rng.normal(size=(6, 4))
    labels = (rng.random((400, 1)) < _softmax(z).cumsum(1)).argmax(1)  # so the scores are as sure as they should be
    T, slip = temperature(z, labels), temperature(_softmax(z), labels)
    mistakes = [
        (_softmax(_softmax(new) / slip), "it takes scores, twice. How many times is softmax applied?"),
        (_softmax(new / slip), "temperature has a softmax inside, so it takes scores as well"),
        (_softmax(_softmax(new) / T), "now T is right, but it divides probabilities; it should divide scores"),
        (_softmax(new), "that leaves the temperature out"),
        (_softmax(new * T), "divide by T"),
        (new / T, "these are scores; the last step is a softmax"),
    ]
    expect("cooled for six images", cooled(z.copy(), labels, new.copy()), _softmax(new / T), 1e-6, mistakes=mistakes)
    expect("cooled for six images, scores three times as large",
           cooled(3 * z, labels, 3 * new), _softmax(new / T), 1e-6)  # fmt: skip


@exercise("classify-permuted")
def permuted(same, cnn, other):
    """What a linear classifier and a CNN read of permuted digits."""
    same_hint = "Its sums have the same terms in another order"
    hinted("same", same, 90, same_hint, [(0.9, "give one of the four numbers"), (10, "both parts are permuted alike")])
    mistakes = [
        (94, "the neighbours that its filters use are scattered"),
        (90, "it does lose, and here a little more than that"),
        (10, "it still learns; its last layer weighs all places"),
    ]
    hinted("cnn", cnn, 88, "It loses what it knew of neighbours, but it still learns", mistakes)
    mistakes = [(90, "it learned each weight for a pixel that is now elsewhere")]
    hinted("other", other, 10, "Each weight now meets a pixel for which it was not learned", mistakes)


@exercise("classify-calibration")
def by_hand(ece, T):
    """Twenty answers in two bins by hand, and which of three temperatures would help."""
    mistakes = [
        (0.25, "the bins do not hold equally many answers: weigh each gap by its bin's share"),
        (5.5, "divide by the number of answers"),
        (0.5, "the gaps are averaged, not added up"),
        (27.5, "give it as a share, between 0 and 1, not in percent"),
    ]
    hint = "In each bin take the distance of confidence and share of right answers, and weigh it by the bin's share"
    hinted("ece", ece, 0.275, hint, mistakes)
    mistakes = [
        (1, "that changes nothing"),
        (0.5, "that divides by a half, so doubles the scores, and makes it surer still"),
    ]
    hinted("T", T, 2, "It is too sure in both bins, so its scores should come closer together", mistakes)


@exercise("classify-decide")
def decide(decide):
    """The action of least expected cost for each row of probabilities."""
    p = np.array([[0.95, 0.05], [0.6, 0.4], [0.2, 0.8], [0.02, 0.98]])
    given = p.copy()
    costs = np.array([[0.0, 1], [20, 0]])  # to take a 1 for a 0 is dear, the reverse is not
    got = decide(given, costs.copy())
    require(got is not None, "decide(p, costs) is still None.")
    require(np.shape(got) == (4,), f"decide should give one action for each of 4 rows, but has shape {np.shape(got)}.")
    mistakes = [
        (p.argmax(1), "that is the most probable class; here the mistakes cost differently"),
        ((p @ costs.T).argmin(1), "costs has a row for each true class, so multiply p by it as it stands"),
        ((p @ costs).argmax(1), "that is the action of the greatest expected cost"),
        ((p @ costs).min(1), "that is the least cost; the number of the action was asked for"),
    ]
    expect("decide with costs [[0, 1], [20, 0]]", got, [1, 1, 1, 1], mistakes=mistakes)
    costs = np.array([[0.0, 10, 1], [10, 0, 1]])
    mistakes = [(p.argmax(1), "that is the most probable class; it is wrong too often here to be worth the risk")]
    expect("decide with a wrong answer at 10 and asking at 1", decide(p, costs), [0, 2, 2, 1], mistakes=mistakes)
    p = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    costs = np.array([[0.0, 4, 4, 2], [1, 0, 8, 2], [9, 9, 0, 2]])
    expect("decide for three classes and four actions", decide(p, costs), (p @ costs).argmin(1))


@exercise("classify-centre")
def centre(centre):
    """An image rolled so that the centre of its box of ink is the centre of the picture."""
    for shape, box, move in (
        ((9, 9), (3, 3), (3, 3)),
        ((9, 9), (3, 3), (0, 5)),
        ((9, 9), (5, 1), (0, 8)),
        ((9, 9), (3, 5), (6, 0)),
        ((7, 11), (1, 3), (6, 2)),
    ):
        ink = np.arange(1.0, 1 + box[0] * box[1]).reshape(box)
        image, want = np.zeros(shape), np.zeros(shape)
        top, left = move
        image[top : top + box[0], left : left + box[1]] = ink
        top, left = (shape[0] - box[0]) // 2, (shape[1] - box[1]) // 2
        want[top : top + box[0], left : left + box[1]] = ink
        given = image.copy()
        got = centre(given)
        require(got is not None, "centre(image) is still None.")
        require((given == image).all(), "The image should be left as it was, but was changed.")
        has = np.shape(got)
        require(has == shape, f"The picture should keep its shape, {shape}, but has {has}.")
        if np.array_equal(got, want):
            continue
        where = f"ink of {box[0]} rows and {box[1]} columns in a picture of {shape[0]} by {shape[1]}"
        require(np.isclose(np.sum(got), image.sum()), f"Some ink was lost or added: {where}.")
        rows, columns = np.nonzero(got)
        at = float((rows.min() + rows.max()) / 2), float((columns.min() + columns.max()) / 2)
        middle = (shape[0] - 1) / 2, (shape[1] - 1) / 2
        moved = (shape[0] - box[0]) // 2 - move[0], (shape[1] - box[1]) // 2 - move[1]
        for turned, slip in (
            ((-moved[0], -moved[1]), "it went the wrong way: for ink too high, down is positive"),
            ((moved[1], moved[0]), "the shifts for rows and for columns are exchanged"),
        ):
            slipped = np.array_equal(got, np.roll(image, turned, (0, 1)))
            require(not slipped, f"The ink is not in the middle, because {slip}.")
        far = f"With {where}, the middle of the ink should be at row and column {middle}, but is at {at}."
        require(at == middle, f"{far} Rows and columns have their own shifts.")
        require(False, f"The ink is in the middle, but it is no longer the same: {where}.")


def _softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
