"""Answers to the exercises of *Building a CNN*."""

import math

import numpy as np

import dlnotes.numpy as dn


def for_network(images):
    return images.transpose(0, 3, 1, 2) / 255


def since(outputs):
    return ((outputs.max(1) > 0) * np.arange(1, len(outputs) + 1)[:, None]).max(0)


def first(outputs):
    alive = outputs.max(1) > 0
    return np.where(alive.all(0), len(outputs), (~alive).argmax(0))


def nearest(features, labels, new):
    classes = np.unique(labels)
    means = np.array([features[labels == c].mean(0) for c in classes])
    return classes[((new[:, None] - means) ** 2).sum(2).argmin(1)]


def numbered(features, labels, new):
    return np.unique(labels).searchsorted(nearest(features, labels, new))


def neighbour(features, labels, new):
    return labels[((new[:, None] - features) ** 2).sum(2).argmin(1)]


def slope(net, image, a, b, sign=-1):
    x = dn.tensor(image[None], requires_grad=True)
    z = net(x)
    (z[0, a] + sign * z[0, b]).backward()
    return x.grad.data[0, 0]


def why(net, image, a, b):
    before = [p.grad for p in net.parameters()]
    found = slope(net, image, a, b)
    for p, grad in zip(net.parameters(), before):
        p.grad = grad
    return found


RIGHT = {
    "cnn-shapes": ((8, 15, 15), [16, 6, 6], 8058, 194_400, 33_658),
    "cnn-pencil": (0.5, 1.5, 0.75),
    "cnn-doctor": (3.26, 0.56, "labels", "dead", "scale", 3),
    "cnn-channels": (for_network,),
    "cnn-dead": (since,),
    "cnn-means": (nearest,),
    "cnn-why": (why,),
    "cnn-matrix": (0.82, 0.75, 0.571, 1.08, 3.91),
}
ALSO_RIGHT = [
    ("cnn-channels", (lambda images: np.moveaxis(images, -1, 1) / 255,)),
    ("cnn-why", (lambda *given: dn.tensor(why(*given)),)),
]
WRONG = {
    "cnn-shapes": [
        ((None, None, None, None, None), "still None"),
        (((8, 16, 16), (16, 6, 6), 8058, 194_400, 33_658), "no zeros around"),
        (((15, 15, 8), (16, 6, 6), 8058, 194_400, 33_658), "channels come first"),
        (((8, 15, 15), (16, 12, 12), 8058, 194_400, 33_658), "before the pool"),
        (((8, 15, 15), (16, 5, 5), 8058, 194_400, 33_658), "each pool halves"),
        (((8, 15, 15), (16, 6, 6), 8024, 194_400, 33_658), "there are biases"),
        (((8, 15, 15), (16, 6, 6), 8000, 194_400, 33_658), "a weight for each channel"),
        (((8, 15, 15), (16, 6, 6), 8058, 216, 33_658), "used at many places"),
        (((8, 15, 15), (16, 6, 6), 8058, 201_600, 33_658), "a bias is added"),
        (((8, 15, 15), (16, 6, 6), 8058, 7, 33_658), "each weight is used once"),
        (((8, 15, 15), (16, 6, 6), 8058, 24_300, 33_658), "one of the eight filters"),
        (((8, 15, 15), (16, 6, 6), 8058, 221_184, 33_658), "fewer than 32 places"),
        (((8, 15, 15), (16, 6, 6), 8058, 194_400, 8058), "there are more places"),
        (((8, 15, 15), (16, 6, 6), 8058, 194_400, 25_338), "do not double"),
        (((8, 15, 15), (16, 6, 6), 8058, 194_400, 7), "the filters stay"),
    ],
    "cnn-pencil": [
        ((None, None, None), "still None"),
        ((0, 1.5, 0.75), "a left end"),
        ((0.25, 1.5, 0.75), "two rows"),
        ((0.7, 1.5, 0.75), "brighter on its right"),
        ((0.5, 6, 0.75), "divides by 4"),
        ((0.5, 0, 0.75), "below the bar"),
        ((0.5, 1.5, 1), "a pixel of 0"),
        ((0.5, 1.5, 2), "where the ReLU is open"),
    ],
    "cnn-doctor": [
        ((None, None, None, None, None, None), "still None"),
        ((4.7, 0.56, "labels", "dead", "scale", 3), "natural logarithm"),
        ((3.26, math.log(2), "labels", "dead", "scale", 3), "learn the shares"),
        ((3.26, 0.29, "labels", "dead", "scale", 3), "a quarter of the examples"),
        ((3.26, 0.56, None, "dead", "scale", 3), "A is still None"),
        ((3.26, 0.56, "rate", "dead", "scale", 3), "none of the three"),
        ((3.26, 0.56, "dead", "dead", "scale", 3), "Run A"),
        ((3.26, 0.56, "labels", "labels", "scale", 3), "Run B"),
        ((3.26, 0.56, "labels", "dead", "dead", 3), "Run C"),
        ((3.26, 0.56, "labels", "dead", "scale", 1), "wake a layer"),
        ((3.26, 0.56, "labels", "dead", "scale", 2), "killed it"),
    ],
    "cnn-channels": [
        ((lambda images: None,), "still None"),
        ((lambda images: images / 255,), "should have shape"),
        ((lambda images: images.reshape(2, 3, 4, 6) / 255,), "The pixels are mixed up"),
        ((lambda images: images.transpose(0, 3, 2, 1) / 255,), "should have shape"),
        ((lambda images: images.transpose(0, 3, 1, 2),), "from 0 to 1"),
        ((lambda images: images.transpose(0, 3, 1, 2) // 255,), "should be"),
    ],
    "cnn-dead": [
        ((lambda outputs: None,), "still None"),
        ((first,), "can come back"),
        ((lambda outputs: since(outputs) - 1,), "the last step in which it lives"),
        ((lambda outputs: len(outputs) - since(outputs),), "for how many steps"),
        ((lambda outputs: since(outputs.min(1, keepdims=True)),), "one example"),
        ((lambda outputs: since(outputs[:, :1]),), "the step after the last one"),
    ],
    "cnn-means": [
        ((lambda *given: None,), "still None"),
        ((numbered,), "give their labels back"),
        ((neighbour,), "nearest example"),
        ((lambda features, labels, new: np.full(len(new), 5),), "smallest distance"),
    ],
    "cnn-why": [
        ((lambda *given: None,), "still None"),
        ((lambda net, image, a, b: why(net, image, b, a),), "z_b - z_a"),
        ((lambda net, image, a, b: abs(why(net, image, a, b)),), "keep the sign"),
        ((lambda net, image, a, b: slope(net, image, a, b, 0),), "z_a alone"),
        ((lambda net, image, a, b: slope(net, image, a, b, 1),), "subtract"),
        ((slope,), "has changed"),
    ],
    "cnn-matrix": [
        ((None, None, None, None, 3.91), "still None"),
        ((0.8167, 0.75, 0.571, 1.08, 3.91), "not equally large"),
        ((0.82, 15 / 16, 0.571, 1.08, 3.91), "along its row"),
        ((0.82, 0.75, 0.8, 1.08, 3.91), "down a column"),
        ((0.82, 0.75, 0.571, 6, 3.91), "they cost 0"),
        ((0.82, 0.75, 0.571, 0.18, 3.91), "cost 10"),
        ((0.82, 0.75, 0.571, 54, 3.91), "divide by 50"),
        ((0.82, 0.75, 0.571, 0.36, 3.91), "stands in the last row"),
        ((0.82, 0.75, 0.571, 1.08, 0.357), "the easiest"),
        ((0.82, 0.75, 0.571, 1.08, 7), "minus the logarithm"),
    ],
}
