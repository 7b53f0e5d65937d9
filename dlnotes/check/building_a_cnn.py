"""Checks for the exercises of *Building a CNN*."""

import math

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import exercise, expect, hinted, require


@exercise("cnn-shapes")
def shapes(after_first, after_second, parameters, products, larger):
    """Conv2d(3, 8, 3), pool, Conv2d(8, 16, 4), pool, Linear(576, 10) on 32 x 32 pixels in three colours."""
    size = "a window of k pixels on n has n - k + 1 places, and each pool halves them"
    hinted(
        "The shape after the first pool", after_first, (8, 15, 15), size,
        (((8, 30, 30), "that is before the pool"), ((8, 16, 16), "there are no zeros around the image"),
         ((15, 15, 8), "channels come first"), ((3, 15, 15), "each filter makes one map of all three colours")),
    )  # fmt: skip
    hinted(
        "The shape after the second pool", after_second, (16, 6, 6), size,
        (((16, 12, 12), "that is before the pool"), ((6, 6, 16), "channels come first"),
         ((128, 6, 6), "each filter adds up what it finds in all eight maps")),
    )  # fmt: skip
    hinted(
        "The number of parameters", parameters, 8058,
        "a filter has a weight for each channel of its input and each place of its window, and one bias",
        ((8024, "there are biases, too: one for each filter and each score"),
         (5770, "that is the dense layer alone"), (2288, "that is the convolutions alone"),
         (8 * 10 + 16 * 17 + 5770, "a filter has weights for every channel of its input")),
    )  # fmt: skip
    hinted(
        "The multiplications of the first convolution", products, 194400,
        "each weight is used once at each place of the map, before the pool",
        ((216, "that is how many weights there are; each is used at many places"),
         (15 * 15 * 216, "the pool comes after the convolution: count its places before"),
         (30 * 30 * 224, "a bias is added, not multiplied"),
         (30 * 30 * 72, "each filter has weights for all three colours"),
         (30 * 30 * 27, "that is one of the eight filters"),
         (32 * 32 * 216, "without zeros around, a window of 3 has fewer than 32 places along a side")),
    )  # fmt: skip
    hinted(
        "The number of parameters for 64 x 64", larger, 33658,
        "the filters stay as they are; how many numbers reach the dense layer?",
        ((8058, "the dense layer has a weight for each place of each map, and there are more places"),
         (4 * 8058, "filters do not depend on the size"), (31370, "that is the dense layer alone"),
         (2288 + 10 * (16 * 144 + 1), "the maps do not double: follow 64 through both windows and both pools")),
    )  # fmt: skip


@exercise("cnn-pencil")
def pencil(vertical, horizontal, slope):
    """The bar in columns 2 to 4 of the third row."""
    hinted(
        "The score for vertical", vertical, 0.5,
        "where does the first filter find something brighter on its right? It lies over two rows",
        ((0, "the bar has a left end, and the filter finds it"), (2, "the pool divides by 4"),
         (1, "does the filter answer at the right end, too? What does the ReLU do there?"),
         (0.25, "the filter covers two rows, so it meets the left end twice")),
    )  # fmt: skip
    hinted(
        "The score for horizontal", horizontal, 1.5,
        "slide the second filter along the row above the bar: how many of its lower pixels are 1 at each place?",
        ((6, "the pool divides by 4"), (0, "below the bar the sums are negative, but what does the ReLU do to them?"),
         (1, "at the two ends one of the lower pixels is 1")),
    )  # fmt: skip
    hinted(
        "The slope", slope, 0.75,
        "add up the pixels under this weight at the places where the ReLU is open, and divide as the pool does",
        ((3, "the pool divides by 4"), (1, "at one of the four places this weight lies on a pixel of 0"),
         (1.5, "where the ReLU is closed, the slope is 0"), (0.25, "the weight is used at more than one place")),
    )  # fmt: skip


@exercise("cnn-doctor")
def doctor(letters, dead, a, b, c, cure):
    """Losses to expect, what is wrong with three runs, and what to do about the second."""
    hinted(
        "The loss at the start for 26 letters", letters, math.log(26), "each letter gets about the probability 1/26",
        ((math.log2(26), "the loss is a natural logarithm"), (math.log(10), "that is for ten classes"),
         (1 / 26, "that is the probability; the loss is minus its logarithm")), 1e-2,
    )  # fmt: skip
    hinted(
        "The loss of the dead network", dead, -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)),
        "it gives every example the shares of the classes; average minus the logarithm over the examples",
        ((math.log(2), "that is the loss at the start; the layers above the dead one learn the shares"),
         (-math.log(0.75), "a quarter of the examples are of the other class")), 1e-2,
    )  # fmt: skip
    right = {
        "A": (a, "labels", "it learns one batch by heart, so network and rate work. What is left?"),
        "B": (b, "dead", "what does it mean if no image changes the scores?"),
        "C": (c, "scale", "which loss would a network have that knows nothing?"),
    }
    for run, (given, word, hint) in right.items():
        require(given is not None, f"{run} is still None.")
        require(given in ("dead", "labels", "scale"), f"{given!r} is none of the three words.")
        require(given == word, f"Run {run}: {hint}")
    hinted(
        "What to do about run B", cure, 3, "give 1, 2 or 3",
        ((1, "can a small rate wake a layer that gets no gradient?"), (2, "0.09 is nearly the rate that killed it")),
    )  # fmt: skip


@exercise("cnn-channels")
def channels(for_network):
    """From (N, rows, columns, channels), 0 to 255, to (N, channels, rows, columns), 0 to 1."""
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 6, 3))
    got = for_network(images.copy())
    want = np.moveaxis(images, -1, 1) / 255
    require(got is not None, "for_network(images) is still None.")
    shape = np.shape(got)
    require(shape == want.shape, f"for_network(images) of shape {images.shape} should have shape {want.shape}, but has "
            f"{shape}.")  # fmt: skip
    got = np.asarray(got, float)
    require(
        not np.allclose(got, images.reshape(want.shape) / 255),
        "The pixels are mixed up: is out[0, :, 0, 0] the colour images[0, 0, 0]?",
    )
    mirrored = np.allclose(got, np.moveaxis(images.transpose(0, 2, 1, 3), -1, 1).reshape(want.shape) / 255)
    require(not mirrored, "Rows and columns have changed places.")
    require(not np.allclose(got, want * 255), "The pixels are in their places, but the output should go from 0 to 1.")
    expect("The output", got, want)


@exercise("cnn-dead")
def dead(since):
    """The step since which each unit is 0 for every example."""
    alive = np.array([  # a row for each step, a column for each unit
        [1, 1, 0, 1, 0], [1, 0, 0, 1, 0], [1, 1, 0, 0, 1], [1, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 1.0]])
    outputs = np.zeros((6, 3, 5))
    outputs[np.arange(6)[:, None], np.arange(30).reshape(6, 5) % 3, np.arange(5)] = alive * 0.5
    first = np.where(alive.all(0), 6, (alive == 0).argmax(0))
    last = np.where(alive.any(0), 5 - alive[::-1].argmax(0), -1)
    zero = (outputs == 0).any(1)
    hinted(
        "since(outputs) for outputs (6, 3, 5)", since(outputs.copy()), last + 1,
        "a unit is dead since the step after the last one in which some example got more than 0",
        ((first, "that is the first step of only zeros, but a unit can come back"),
         (last, "that is the last step in which it lives; it is dead from the next one on"),
         ((6 - last - 1), "that is for how many steps it has been dead"),
         (np.where(zero.all(0), 0, 6 - zero[::-1].argmin(0)), "one example that gets 0 does not make a unit dead")),
    )  # fmt: skip


@exercise("cnn-means")
def means(nearest):
    """The class whose mean is nearest."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([2, 5, 7], [5, 20, 9]))
    centres = {2: [0, 0, 0], 5: [3, 0, 1], 7: [0, 4, -1]}
    features = np.array([centres[label] for label in labels]) + rng.normal(size=(34, 3))
    new = rng.normal(1, 2, size=(200, 3))
    classes = np.array([2, 5, 7])
    middle = np.array([features[labels == c].mean(0) for c in classes])
    squared = ((new[:, None] - middle) ** 2).sum(2)
    got = nearest(features.copy(), labels.copy(), new.copy())
    closest = labels[((new[:, None] - features) ** 2).sum(2).argmin(1)]
    hinted(
        "nearest(features, labels, new) for labels 2, 5 and 7", got, classes[squared.argmin(1)],
        "take the mean of the rows of each class, and the smallest distance to a mean",
        ((squared.argmin(1), "those are the numbers of the means; give their labels back"),
         (closest, "that is the nearest example, not the nearest mean"),
         (classes[squared.argmax(1)], "those are the furthest means"),
         (classes[(new @ middle.T).argmax(1)], "a product is no distance: subtract")),
    )  # fmt: skip


@exercise("cnn-why")
def why(slopes):
    """The signed slope of a difference of two scores along each pixel."""
    rng = np.random.default_rng(1)
    layers = (
        dn.Conv2d(1, 2, 5, stride=3, dtype=dn.float64, generator=rng), dn.Tanh(), dn.Flatten(),
        dn.Linear(128, 4, dtype=dn.float64, generator=rng),
    )  # fmt: skip
    net, image = dn.Sequential(*layers), rng.random((1, 28, 28))
    first, second = (_slope(net, image, k) for k in (3, 1))
    old = [np.ones(p.shape) for p in net.parameters()]
    for p, grad in zip(net.parameters(), old):
        p.grad = dn.tensor(grad)
    got = slopes(net, image.copy(), 3, 1)
    require(got is not None, "why(net, image, 3, 1) is still None.")
    got = np.asarray(getattr(got, "data", got))
    hinted(
        "why(net, image, 3, 1)", got, first - second,
        "the slope of z_a - z_b, from one backward pass with the image as what is asked for",
        ((second - first, "that is the slope of z_b - z_a"), (first, "that is the slope of z_a alone"),
         (abs(first - second), "keep the sign"), (first + second, "subtract the second score")),
    )  # fmt: skip
    kept = all(p.grad is not None and np.allclose(p.grad.data, grad) for p, grad in zip(net.parameters(), old))
    require(kept, "The slopes are right, but the .grad of the network's parameters has changed: store it before, and"
            " put it back.")  # fmt: skip


def _slope(net, image, k):
    x = dn.tensor(image[None], requires_grad=True)
    net(x)[0, k].backward()
    return x.grad.data[0, 0]  # type: ignore[union-attr]


@exercise("cnn-matrix")
def matrix(accuracy, found_c, right_a, cost, hardest):
    """Three classes: rows 8 2 0, 1 18 1 and 5 0 15."""
    hinted(
        "The accuracy", accuracy, 0.82, "right answers stand on the diagonal; divide by all 50",
        (((0.8 + 0.9 + 0.75) / 3, "that is the mean over the classes; they are not equally large"),), 1e-3,
    )  # fmt: skip
    across, down = "a share of the examples of a class lies along its row", "a share of the answers lies down a column"
    hinted("The share of c that was found", found_c, 0.75, across, ((15 / 16, across),), 1e-3)
    hinted("The share of the answers a that was right", right_a, 8 / 14, down, ((0.8, down),), 1e-3)
    hinted(
        "The mean cost", cost, 54 / 50, "add up what the nine mistakes cost, and divide by all 50 examples",
        ((54 / 9, "right answers count, too: they cost 0"), (9 / 50, "five of the mistakes cost 10"),
         (54, "that is the sum; divide by 50"), (18 / 50, "an answer a for a c stands in the last row")),
        1e-3,
    )  # fmt: skip
    hinted(
        "The loss of the hardest image", hardest, -math.log(0.02), "the loss is minus the logarithm",
        ((-math.log(0.7), "that is the easiest of the three"), (0.02, "that is its probability"),
         (-math.log(0.98), "0.02 is the probability of the true class")), 1e-2,
    )  # fmt: skip
