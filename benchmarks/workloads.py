"""The workloads: for each one its arrays, its sides, the arithmetic it needs, and the ratios to reach.

A side makes, from the arrays, a function that does the work once and returns what it computed, so that the sides can be
held against each other.  Each side imports what it measures, so that its memory can be measured without the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

OURS, TORCH, AUTOGRAD = "dlnotes.numpy", "PyTorch", "autograd"
SCIPY, SKIMAGE, OPENCV = "scipy", "scikit-image", "OpenCV"
OTHER = "our "  # before the name of another operation of ours, which computes something else
FULL = f"{OTHER}full attention"
Arrays = dict[str, np.ndarray]
Side = Callable[[Arrays], Callable[[], Any]]
Program = Callable[[Any, Arrays], Callable[[], Any]]  # a side for either back end


@dataclass
class Workload:
    """`arrays(small)` are the inputs, `flops` the products and sums of one run, `goals` the ratios to reach.

    Of each side that is a goal, our time over its time; a number alone is PyTorch's.
    """

    key: str
    title: str
    arrays: Callable[[bool], Arrays]
    sides: dict[str, Side]
    goals: dict[str, float]
    flops: float | None = None

    @property
    def reference(self) -> str:
        """The side that the others have to agree with."""
        return next(side for side in (TORCH, SCIPY, SKIMAGE) if side in self.sides)


WORKLOADS: list[Workload] = []


def add(
    key: str,
    title: str,
    arrays: Callable[[bool], Arrays],
    sides: dict[str, Side],
    goals: float | dict[str, float],
    flops: float | None = None,
) -> None:
    goals = goals if isinstance(goals, dict) else {TORCH: goals}
    WORKLOADS.append(Workload(key, title, arrays, sides, goals, flops))


def draws(**shapes: Any) -> Arrays:
    """Normal draws of each shape, float32, scaled so that sums over a weight's inputs stay near 1."""
    rng = np.random.default_rng(0)
    found = {}
    for name, shape in shapes.items():
        scale = np.prod(shape[1:]) ** -0.5 if name.startswith("w") else 1
        found[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
    return found


def numpy_side() -> Any:
    import dlnotes.numpy as dn

    return dn


def torch_side() -> Any:
    """PyTorch's own, under one name each: torch.nn.functional, torch.nn, torch.optim, torch."""
    import torch
    from torch import nn, optim
    from torch.nn import functional

    torch.set_num_threads(1)
    from dlnotes.torch import filters

    found: dict[str, Any] = {}
    for space in (torch, optim, nn, functional):
        found |= vars(space)
    return SimpleNamespace(**found | {"filters": filters})


def twins(build: Program) -> dict[str, Side]:
    """One program for both back ends."""
    return {OURS: lambda a: build(numpy_side(), a), TORCH: lambda a: build(torch_side(), a)}


def differentiated(call: Callable[[Any, Any], Any], *leaves: str) -> Program:
    """A program that calls an operation and takes the gradients of its leaves, given that of the result, `g`."""

    def build(d: Any, a: Arrays) -> Callable[[], Any]:
        given = SimpleNamespace(**{name: d.tensor(x, requires_grad=name in leaves) for name, x in a.items()})
        inputs = [getattr(given, name) for name in leaves]

        def run() -> Any:
            for x in inputs:
                x.grad = None
            y = call(d, given)
            y.backward(given.g)
            return y, *(x.grad for x in inputs)

        return run

    return build


def by_hand(operation: Callable[..., tuple], *names: str, **options: Any) -> Side:
    """A side of `learner`: it gives back its own backward."""

    def build(a: Arrays) -> Callable[[], Any]:
        def run() -> Any:
            y, backward = operation(*(a[name] for name in names), **options)
            gradients = backward(a["g"])
            return y, *(gradients if isinstance(gradients, tuple) else (gradients,))

        return run

    return build


def learner() -> Any:
    from benchmarks import learner

    return learner


def trained(d: Any, model: Any, a: Arrays) -> Callable[[], Any]:
    """A step of gradient descent on cross-entropy, from the weights in `a`."""
    parameters = list(model.parameters())
    for parameter, (_, value) in zip(parameters, weights(a), strict=True):
        parameter.data = d.tensor(value)
    optimizer = d.SGD(parameters, lr=0.01)
    x, labels = d.tensor(a["x"]), d.tensor(a["labels"])

    def run() -> Any:
        loss = d.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss, *parameters

    return run


def layer(make: Callable[[Any], Any], call: Callable[[Any, Any, Any], Any]) -> Program:
    """A program that calls a layer with the weights in `a`, and takes the gradients of them and of `x`, given `g`."""

    def build(d: Any, a: Arrays) -> Callable[[], Any]:
        model, x, g = make(d), d.tensor(a["x"], requires_grad=True), d.tensor(a["g"])
        parameters = list(model.parameters())
        for parameter, (_, value) in zip(parameters, weights(a), strict=True):
            parameter.data = d.tensor(value)

        def run() -> Any:
            for p in (x, *parameters):
                p.grad = None
            y = call(d, model, x)
            y.backward(g)
            return y, x.grad, *(p.grad for p in parameters)

        return run

    return build


def weights(a: Arrays) -> list[tuple[str, np.ndarray]]:
    return [(name, value) for name, value in a.items() if name[0] in "wb"]


# ---------------------------------------------------------------------- fully connected networks
def mlp(key: str, sizes: tuple[int, ...], goal: float, batch: int = 64) -> None:
    layers = list(zip(sizes, sizes[1:]))

    def arrays(small: bool) -> Arrays:
        shapes = {f"{kind}{i}": (m, k) if kind == "w" else (m,) for i, (k, m) in enumerate(layers) for kind in "wb"}
        n = 8 if small else batch
        return draws(x=(n, sizes[0]), **shapes) | {"labels": np.arange(n) % sizes[-1]}

    def network(d: Any, a: Arrays) -> Callable[[], Any]:
        modules = [module for k, m in layers for module in (d.Linear(k, m), d.ReLU())]
        return trained(d, d.Sequential(*modules[:-1]), a)

    def with_autograd(a: Arrays) -> Callable[[], Any]:
        import autograd.numpy as anp
        from autograd import value_and_grad

        parameters = [value.copy() for _, value in weights(a)]
        rows = np.arange(len(a["x"]))

        def loss(parameters: list) -> Any:
            h = a["x"]
            for W, b in zip(parameters[::2], parameters[1::2]):
                z = anp.dot(h, W.T) + b
                h = anp.maximum(z, 0)
            z = z - anp.max(z, axis=1, keepdims=True)
            return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - z[rows, a["labels"]])

        gradient = value_and_grad(loss)

        def run() -> Any:
            value, gradients = gradient(parameters)
            for p, g in zip(parameters, gradients):
                p -= np.float32(0.01) * g
            return value, *parameters

        return run

    products = sum(k * m for k, m in layers)
    flops = 2.0 * batch * (3 * products - sizes[0] * sizes[1])  # forward, weights, inputs of all layers but the first
    title = f"MLP {'-'.join(map(str, sizes))}, batch {batch}: a training step"
    add(key, title, arrays, twins(network) | {AUTOGRAD: with_autograd}, goal, flops=flops)


mlp("mlp", (784, 256, 128, 10), 0.85)
mlp("mlp-small", (64, 32, 10), 0.33)
mlp("mlp-tiny", (2, 16, 16, 2), 0.33, batch=32)


# ---------------------------------------------------------------------- convolutional networks
def lenet() -> None:
    shapes = {"w0": (6, 1, 5, 5), "b0": (6,), "w1": (16, 6, 5, 5), "b1": (16,), "w2": (120, 400), "b2": (120,),
              "w3": (84, 120), "b3": (84,), "w4": (10, 84), "b4": (10,)}  # fmt: skip

    def arrays(small: bool) -> Arrays:
        n = 2 if small else 64
        return draws(x=(n, 1, 28, 28), **shapes) | {"labels": np.arange(n) % 10}

    def network(d: Any, a: Arrays) -> Callable[[], Any]:
        model = d.Sequential(
            d.Conv2d(1, 6, 5, padding=2), d.Tanh(), d.AvgPool2d(2), d.Conv2d(6, 16, 5), d.Tanh(), d.AvgPool2d(2),
            d.Flatten(), d.Linear(400, 120), d.Tanh(), d.Linear(120, 84), d.Tanh(), d.Linear(84, 10),
        )  # fmt: skip
        return trained(d, model, a)

    dense = 400 * 120 + 120 * 84 + 84 * 10
    flops = 2.0 * 64 * (2 * 28 * 28 * 6 * 25 + 3 * 10 * 10 * 16 * 150 + 3 * dense)
    add("lenet", "LeNet-5, batch 64: a training step", arrays, twins(network), 1.0, flops=flops)


def conv(key: str, x: tuple[int, ...], w: tuple[int, ...], goal: float, stride: int = 1, padding: int = 0) -> None:
    def out(size: int, k: int) -> int:
        return (size + 2 * padding - k) // stride + 1

    def arrays(small: bool) -> Arrays:
        n, c, h, v = (2, x[1], min(x[2], 27), min(x[3], 27)) if small else x
        m = min(w[0], 8) if small else w[0]
        return draws(x=(n, c, h, v), w=(m, *w[1:]), g=(n, m, out(h, w[2]), out(v, w[3])))

    def with_autograd(a: Arrays) -> Callable[[], Any]:
        import autograd.numpy as anp
        from autograd import make_vjp
        from autograd.scipy.signal import convolve

        def call(pair: tuple) -> Any:
            x, w = pair
            xp = anp.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), "constant")
            return convolve(xp, w[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")

        def run() -> Any:
            vjp, y = make_vjp(call)((a["x"], a["w"]))
            return y, *vjp(a["g"])

        return run

    call = differentiated(lambda d, t: d.conv2d(t.x, t.w, stride=stride, padding=padding), "x", "w")
    sides = twins(call) | {
        "loop over positions": by_hand(learner().conv_positions, "x", "w", stride=stride, padding=padding),
        "index im2col": by_hand(learner().conv_columns, "x", "w", stride=stride, padding=padding),
    }
    if stride == 1:
        sides[AUTOGRAD] = with_autograd
    pixels = out(x[2], w[2]) * out(x[3], w[3])
    options = f"{f', stride {stride}' if stride > 1 else ''}{f', pad {padding}' if padding else ''}"
    title = f"Convolution {' x '.join(map(str, x))}, {w[0]} of {w[2]} x {w[3]}{options}"
    add(key, title, arrays, sides, goal, flops=6.0 * x[0] * pixels * np.prod(w))


lenet()
conv("conv-first", (64, 1, 28, 28), (6, 1, 5, 5), 0.6, padding=2)
conv("conv-second", (64, 6, 14, 14), (16, 6, 5, 5), 1.8)
conv("conv-3x3", (32, 64, 32, 32), (64, 64, 3, 3), 1.5, padding=1)
conv("conv-alexnet-1", (8, 3, 227, 227), (96, 3, 11, 11), 0.8, stride=4)
conv("conv-alexnet-2", (8, 96, 27, 27), (256, 96, 5, 5), 1.35, padding=2)

add(
    "conv-depthwise", "Depthwise convolution 32 x 64 x 32 x 32, 3 x 3, pad 1",
    lambda small: draws(x=(2, 3, 8, 8), w=(3, 1, 3, 3), g=(2, 3, 8, 8)) if small else
    draws(x=(32, 64, 32, 32), w=(64, 1, 3, 3), g=(32, 64, 32, 32)),
    twins(differentiated(lambda d, t: d.conv2d(t.x, t.w, padding=1, groups=len(t.w)), "x", "w")), 1.5,
    flops=6.0 * 32 * 64 * 32 * 32 * 9,
)  # fmt: skip

add(
    "max-pool", "Max pooling 2 x 2 of 32 x 64 x 32 x 32",
    lambda small: draws(x=(2, 3, 8, 8), g=(2, 3, 4, 4)) if small else draws(x=(32, 64, 32, 32), g=(32, 64, 16, 16)),
    twins(differentiated(lambda d, t: d.max_pool2d(t.x, 2), "x"))
    | {"reshape and mask": by_hand(learner().max_pool, "x")},
    0.5,
)  # fmt: skip


def batch_norm() -> None:
    def arrays(small: bool) -> Arrays:
        shape = (4, 3, 5, 5) if small else (32, 64, 32, 32)
        return draws(x=shape, g=shape, weight=shape[1:2], bias=shape[1:2])

    def build(d: Any, a: Arrays) -> Callable[[], Any]:
        return layer(lambda d: d.BatchNorm2d(len(a["bias"])), lambda d, norm, x: norm(x))(d, a)

    sides = twins(build) | {"textbook": by_hand(learner().batch_norm, "x", "weight", "bias")}
    add("batch-norm", "Batch norm of 32 x 64 x 32 x 32", arrays, sides, 1.3)


batch_norm()

add(
    "lp-pool", "L-p pooling of order 4, 2 x 2, of 32 x 64 x 32 x 32",
    lambda small: draws(x=(2, 3, 8, 8), g=(2, 3, 4, 4)) if small else draws(x=(32, 64, 32, 32), g=(32, 64, 16, 16)),
    twins(differentiated(lambda d, t: d.lp_pool2d(t.x, 4, 2), "x")), 2.0,
)  # fmt: skip
gelu, relu = (twins(differentiated(call, "x")) for call in (lambda d, t: d.gelu(t.x), lambda d, t: d.relu(t.x)))
add(
    "gelu", "Exact GELU of 64 x 128 x 256",
    lambda small: draws(x=(3, 5), g=(3, 5)) if small else draws(x=(64, 128, 256), g=(64, 128, 256)),
    gelu | {f"{OTHER}ReLU": relu[OURS]}, {f"{OTHER}ReLU": 3.0},
)  # fmt: skip


# ---------------------------------------------------------------------- optimisers
def steps() -> None:
    """A step with the parameters and gradients of an MLP."""
    shapes = {"w0": (256, 784), "b0": (256,), "w1": (128, 256), "b1": (128,), "w2": (10, 128), "b2": (10,)}

    def rule(make: Callable[[Any, list], Any]) -> Program:
        def build(d: Any, a: Arrays) -> Callable[[], Any]:
            parameters = [d.tensor(value, requires_grad=True) for _, value in weights(a)]
            for parameter, (_, value) in zip(parameters, weights(a), strict=True):
                parameter.grad = d.tensor(value)
            optimizer = make(d, parameters)

            def run() -> Any:
                optimizer.step()
                return tuple(parameters)

            return run

        return build

    adam, sgd = twins(rule(lambda d, p: d.Adam(p))), twins(rule(lambda d, p: d.SGD(p, lr=0.001)))
    add("adam", "Adam, a step of 784-256-128-10", lambda small: draws(**shapes), adam | {f"{OTHER}SGD": sgd[OURS]},
        {f"{OTHER}SGD": 4.0})  # fmt: skip


steps()


# ---------------------------------------------------------------------- sequences
def lstm() -> None:
    def arrays(small: bool) -> Arrays:
        t, n, size = (5, 3, 8) if small else (35, 20, 200)
        return draws(x=(t, n, size), g=(t, n, size), w_ih=(4 * size, size), w_hh=(4 * size, size),
                     b_ih=(4 * size,), b_hh=(4 * size,))  # fmt: skip

    def build(d: Any, a: Arrays) -> Callable[[], Any]:
        size = a["x"].shape[2]
        return layer(lambda d: d.LSTM(size, size), lambda d, model, x: model(x)[0])(d, a)

    def cells(a: Arrays) -> Callable[[], Any]:
        size = a["x"].shape[2]

        def unrolled(d: Any, cell: Any, x: Any) -> Any:
            state = None
            hs = []
            for step in x:
                state = cell(step, state)
                hs.append(state[0])
            return d.stack(hs)

        return layer(lambda d: d.LSTMCell(size, size), unrolled)(torch_side(), a)

    names = ("x", "w_ih", "w_hh", "b_ih", "b_hh")
    sides = twins(build) | {"LSTMCell loop": cells, "textbook": by_hand(learner().lstm, *names)}
    add("lstm", "LSTM, 35 steps, batch 20, 200 to 200", arrays, sides, 1.6, flops=6.0 * 35 * 20 * 800 * 400)


def attention(
    key: str, b: int, t: int, e: int, heads: int, goal: float | dict[str, float], causal: bool = False
) -> None:
    def arrays(small: bool) -> Arrays:
        n = 2 if small else b
        return draws(x=(n, t, e), g=(n, t, e), w_in=(3 * e, e), b_in=(3 * e,), w_out=(e, e), b_out=(e,))

    def ours(a: Arrays, causal: bool = causal) -> Callable[[], Any]:
        def call(d: Any, model: Any, x: Any) -> Any:
            return model(x, x, x, need_weights=False, is_causal=causal)[0]

        return layer(lambda d: d.MultiheadAttention(e, heads, batch_first=True), call)(numpy_side(), a)

    def module(a: Arrays) -> Callable[[], Any]:
        def call(d: Any, model: Any, x: Any) -> Any:
            mask = d.ones(t, t, dtype=d.bool).triu(1) if causal else None
            return model(x, x, x, need_weights=False, attn_mask=mask, is_causal=causal)[0]

        return layer(lambda d: d.MultiheadAttention(e, heads, batch_first=True), call)(torch_side(), a)

    def functions(a: Arrays) -> Callable[[], Any]:
        def call(d: Any, t: Any) -> Any:
            n = t.x.shape[0]
            q, k, v = d.linear(t.x, t.w_in, t.b_in).view(n, -1, 3, heads, e // heads).permute(2, 0, 3, 1, 4)
            y = d.scaled_dot_product_attention(q, k, v, is_causal=causal)
            return d.linear(y.transpose(1, 2).reshape(n, -1, e), t.w_out, t.b_out)

        return differentiated(call, "x", "w_in", "b_in", "w_out", "b_out")(torch_side(), a)

    sides = {OURS: ours, TORCH: functions, "nn.MultiheadAttention": module}
    if causal:
        sides[FULL] = lambda a: ours(a, causal=False)
    title = f"{'Causal attention' if causal else 'Attention'}, batch {b}, {t} places, {e} wide, {heads} heads"
    add(key, title, arrays, sides, goal, flops=6.0 * b * t * (4 * e * e + 2 * t * e))


lstm()
attention("attention", 16, 64, 128, 4, 1.15)
attention("attention-causal", 8, 128, 256, 4, 1.15, causal=True)
attention("attention-small", 2, 16, 32, 4, 0.5)
attention("attention-1024", 1, 1024, 128, 4, 2.5)
attention("attention-2048", 1, 2048, 128, 4, 2.5)
attention("attention-causal-2048", 1, 2048, 128, 4, {TORCH: 2.5, FULL: 1.0}, causal=True)


# ---------------------------------------------------------------------- image filters
def on_image(f: Callable[[Any, Any], Any]) -> dict[str, Side]:
    def ours(a: Arrays) -> Callable[[], Any]:
        filters = numpy_side().filters
        return lambda: f(filters, a["image"])

    def theirs(a: Arrays) -> Callable[[], Any]:
        d = torch_side()
        image = d.tensor(a["image"])
        return lambda: f(d.filters, image)

    return {OURS: ours, TORCH: theirs}


def with_scipy(f: Callable[[Any, Arrays], Any]) -> Side:
    def build(a: Arrays) -> Callable[[], Any]:
        from scipy import ndimage

        return lambda: f(ndimage, a)

    return build


def with_skimage(f: Callable[[Any, np.ndarray], Any], times: int = 1) -> Side:
    def build(a: Arrays) -> Callable[[], Any]:
        from skimage import filters

        image = times * a["image"]
        return lambda: f(filters, image)

    return build


def with_opencv(f: Callable[[Any, Arrays], Any], prepare: Callable[[Arrays], Arrays] = dict) -> Side:
    def build(a: Arrays) -> Callable[[], Any]:
        import cv2

        cv2.setNumThreads(1)
        given = prepare(a)
        return lambda: f(cv2, given)

    return build


def image(small: bool) -> Arrays:
    return draws(image=(40, 48) if small else (2048, 2048))


PIXELS = 2048**2
KERNEL = draws(kernel=(25, 25))["kernel"]
LINE = KERNEL[0]
EDGE = "nearest"  # the border mode that all of them have
BORDER = 1  # as OpenCV calls it

add(
    "gaussian", "Gaussian of sigma 3 (25 taps) on 2048 x 2048", image,
    on_image(lambda f, x: f.gaussian(x, 3.0, mode=EDGE))
    | {SCIPY: with_scipy(lambda f, a: f.gaussian_filter(a["image"], 3.0, mode=EDGE)),
       SKIMAGE: with_skimage(lambda f, x: f.gaussian(x, 3.0, mode=EDGE, preserve_range=True)),
       OPENCV: with_opencv(lambda f, a: f.GaussianBlur(a["image"], (25, 25), 3.0, borderType=BORDER))},
    {SCIPY: 1 / 8, OPENCV: 0.8}, flops=2.0 * 50 * PIXELS,
)  # fmt: skip
add(
    "box", "Box of 15 on 2048 x 2048", image,
    on_image(lambda f, x: f.box(x, 15, mode=EDGE))
    | {SCIPY: with_scipy(lambda f, a: f.uniform_filter(a["image"], 15, mode=EDGE)),
       OPENCV: with_opencv(lambda f, a: f.blur(a["image"], (15, 15), borderType=BORDER))},
    {SCIPY: 1 / 8, OPENCV: 1.2}, flops=2.0 * 30 * PIXELS,
)  # fmt: skip
add(
    "sobel", "Sobel across, on 2048 x 2048", image,
    on_image(lambda f, x: f.sobel(x, 1, mode=EDGE))
    | {SCIPY: with_scipy(lambda f, a: f.sobel(a["image"], 1, mode=EDGE)),
       SKIMAGE: with_skimage(lambda f, x: f.sobel(x, axis=1, mode=EDGE), times=4),  # it divides by 4
       OPENCV: with_opencv(lambda f, a: f.Sobel(a["image"], -1, 1, 0, borderType=BORDER))},
    {SCIPY: 1 / 10, OPENCV: 1.5}, flops=2.0 * 6 * PIXELS,
)  # fmt: skip
add(
    "full", "Any kernel of 25 x 25 on 2048 x 2048", image,
    on_image(lambda f, x: f.correlate2d(x, KERNEL, mode=EDGE))
    | {SCIPY: with_scipy(lambda f, a: f.correlate(a["image"], KERNEL, mode=EDGE)),
       OPENCV: with_opencv(lambda f, a: f.filter2D(a["image"], -1, KERNEL, borderType=BORDER))},
    {SCIPY: 1 / 15, OPENCV: 0.2}, flops=2.0 * 625 * PIXELS,
)  # fmt: skip
add(
    "line", "25 taps on 4 million samples", lambda small: draws(image=(500,) if small else (4 * 2**20,)),
    on_image(lambda f, x: f.correlate1d(x, LINE, mode=EDGE))
    | {SCIPY: with_scipy(lambda f, a: f.correlate1d(a["image"], LINE, mode=EDGE)),
       "np.correlate": lambda a: lambda: np.correlate(np.pad(a["image"], 12, "edge"), LINE, "valid")},
    {SCIPY: 1 / 4}, flops=2.0 * 25 * 4 * 2**20,
)  # fmt: skip
add(
    "median", "Median of 5 x 5 on 2048 x 2048", image,
    {OURS: on_image(lambda f, x: f.median(x, 5, mode=EDGE))[OURS],
     SCIPY: with_scipy(lambda f, a: f.median_filter(a["image"], 5, mode=EDGE)),
     OPENCV: with_opencv(lambda f, a: f.medianBlur(a["image"], 5))},
    {OPENCV: 4.0},
)  # fmt: skip


def scene(small: bool) -> Arrays:
    """Overlapping squares of every grey with noise; small, bars with one edge each on which all sides agree."""
    if small:
        row = np.repeat(np.float32([0, 1, 0.2, 0.8, 0]), 9)
        return {"image": np.tile((row + np.roll(row, 1)) / 2, (40, 1))}  # one pixel lies in the middle of each step
    rng = np.random.default_rng(0)
    x = np.full((2048, 2048), 0.5, np.float32)
    for (i, j), size, grey in zip(rng.integers(0, 2048, (200, 2)), rng.integers(10, 400, 200), rng.random(200)):
        x[i : i + size, j : j + size] = grey
    return {"image": (x + rng.normal(0, 0.03, x.shape).astype(np.float32)).clip(0, 1)}


def edges() -> None:
    """OpenCV takes bytes, made beforehand; the frame of the image, where it alone finds edges, does not count."""
    inner = np.s_[1:-1, 1:-1]

    def with_features(a: Arrays) -> Callable[[], Any]:
        from skimage.feature import canny

        return lambda: canny(a["image"], 1.0, 0.5, 1.0, mode=EDGE)[inner]

    def opencv(f: Any, a: Arrays) -> Any:
        smooth = f.GaussianBlur(a["image"], (9, 9), 1.0, borderType=BORDER)
        return f.Canny(smooth, 0.5 * 255, 255, L2gradient=True)[inner] > 0

    bytes_ = lambda a: {"image": np.rint(255 * a["image"]).astype("u1")}  # noqa: E731
    sides = on_image(lambda f, x: f.canny(x, 1.0, 0.5, 1.0, mode=EDGE)[inner])
    sides |= {SKIMAGE: with_features, OPENCV: with_opencv(opencv, bytes_)}
    add("canny", "Canny of sigma 1 on 2048 x 2048", scene, sides, {OPENCV: 2.0})


edges()
