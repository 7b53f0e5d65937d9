"""Networks with a name, each written once, as data, and built by either back end.

A *plan* says which layers there are and how they are put together: `conv(3, 64, 3, padding=1)` is the layer
Conv2d with these arguments, a list of plans is one after the other, a dict is the same with names for the
parts, and a block takes plans as its parts.  From a plan one can count weights without making them, and build
the network:

    models.vgg(dn, 16, classes=10, size=32, width=0.25, generator=rng)     # in NumPy
    models.vgg(dt, 16, classes=10, size=32, width=0.25, generator=rng)     # in PyTorch: the same weights
    models.count(models.vgg(None, 16))                                     # 138,357,544

Every function takes the back end first, `dlnotes.numpy` or `dlnotes.torch`; None gives the plan itself.
Names of weights are torchvision's where torchvision has the network, so published weights load.  `width`
scales the number of channels, rounded to even numbers.  Source: part *Architectures*; papers stand at each
function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _backend, _validate
from dlnotes.summary import count, summary

__all__ = [
    "mlp", "lenet5", "alexnet", "vgg", "resnet", "resnet_cifar", "efficientnet_lite0", "char_rnn", "gpt", "generate",
    "layer", "build", "start", "lsuv", "count", "summary",
]  # fmt: skip


class Layer(NamedTuple):
    """A layer in a plan: its name in the back end and its arguments, which may be plans themselves."""

    kind: str
    args: tuple = ()
    options: dict = {}

    def __repr__(self) -> str:
        words = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.options.items())]
        return f"{self.kind}({', '.join(words)})"


def layer(kind: str, *args: Any, **options: Any) -> Layer:
    """A layer of the back end, by name, in a plan."""
    return Layer(kind, args, options)


conv, norm, linear = partial(layer, "Conv2d"), partial(layer, "BatchNorm2d"), partial(layer, "Linear")
max_pool, avg_pool = partial(layer, "MaxPool2d"), partial(layer, "AvgPool2d")
squeeze = partial(layer, "AdaptiveAvgPool2d")
relu, flatten, same = layer("ReLU"), layer("Flatten"), layer("Identity")
relu6 = layer("ReLU6")


def mlp(
    d: ModuleType | None, sizes: tuple[int, ...], *, activation: str = "ReLU", batch_norm: bool = False,
    layer_norm: bool = False, dropout: float = 0.0, flat: bool = False, init: str | None = None,
    gain: float | None = None, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """A multi-layer perceptron: `sizes` from inputs over hidden layers to outputs, an activation in between.

    batch_norm, layer_norm: a norm before each activation.  flat: images (N, ...) are made rows first.
    init, gain: how the weights start, as in `start`; by default as the layers do.

    >>> mlp(None, (784, 100, 10))
    [Linear(784, 100), ReLU(), Linear(100, 10)]
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected at least two, of inputs and outputs, got {tuple(sizes)}")
    plan: list = [flatten] * flat
    for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
        plan += [linear(inputs, outputs)]
        plan += [layer("BatchNorm1d", outputs)] * batch_norm + [layer("LayerNorm", outputs)] * layer_norm
        plan += [layer(activation)] + [layer("Dropout", dropout)] * (dropout != 0)
    return build(d, [*plan, linear(*sizes[-2:])], generator=generator, dtype=dtype, init=init, gain=gain)


def lenet5(
    d: ModuleType | None, *, classes: int = 10, channels: int = 1, size: int = 28, width: float = 1.0,
    activation: str = "Tanh", generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """LeNet-5 for images of `size` x `size`, padded to 32 where smaller (LeCun et al. 1998).

    Simpler than the paper in four places: C3 sees all maps of S2, not a table of some; averages have no
    weight and bias of their own; tanh is not scaled; the last layer is linear, without fixed code words.
    """
    c1, c3, c5, f6 = _widths(width, 6, 16, 120, 84)
    padding = max(0, 33 - size) // 2
    side = ((size + 2 * padding - 4) // 2 - 4) // 2
    act = layer(activation)
    plan = [
        conv(channels, c1, 5, padding=padding), act, avg_pool(2),  # 32 -> 28 -> 14
        conv(c1, c3, 5), act, avg_pool(2),  # 14 -> 10 -> 5
        flatten, linear(c3 * side**2, c5), act, linear(c5, f6), act, linear(f6, classes),
    ]  # fmt: skip
    return build(d, plan, generator=generator, dtype=dtype)


# The maps of the five convolutions.  In 2012 the second, fourth and fifth saw only those of their own GPU.
ALEXNET = {1: (64, 192, 384, 256, 256), 2: (96, 256, 384, 384, 256)}


def alexnet(
    d: ModuleType | None, *, towers: int = 1, classes: int = 1000, channels: int = 3, size: int = 224,
    width: float = 1.0, dropout: float = 0.5, activation: str = "ReLU", response_norm: bool | None = None,
    overlap: bool = True, init: str | None = None, gain: float | None = None,
    generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """AlexNet in two towers with response normalisation (Krizhevsky et al. 2012), or in one (after Krizhevsky 2014).

    The one tower is torchvision's: 64, 192, 384, 256 and 256 maps (the paper of 2014 has 384 in the fourth layer), and
    no response normalisation.  Dropout stands on the inputs of the first two dense layers, as in torchvision, whose
    names of the weights depend on this order; the paper of 2012 has it on their outputs.
    Below 64 pixels the first layer moves by 1 pixel, not by 4, so that something is left to see.
    activation, response_norm (None: with two towers only), overlap (pools of 3 x 3 every 2 pixels; if False of 2 x 2),
    init and gain (how the weights start, as in `start`): to take the network's ideas out one by one.
    """
    _one_of("towers", towers, ALEXNET)
    c1, c2, c3, c4, c5 = _widths(width, *ALEXNET[towers])
    stride = 4 if size >= 64 else 1
    # The paper adds 1e-4 times a sum over 5 channels, PyTorch `alpha` times their mean.
    normed = towers == 2 if response_norm is None else response_norm
    lrn = [layer("LocalResponseNorm", 5, alpha=5e-4, beta=0.75, k=2.0)] * normed
    act, window = layer(activation), 3 if overlap else 2
    pool = max_pool(window, stride=2)
    features = [
        conv(channels, c1, 11, stride=stride, padding=2), act, *lrn, pool,  # 224 -> 55 -> 27
        conv(c1, c2, 5, padding=2, groups=towers), act, *lrn, pool,  # -> 13
        conv(c2, c3, 3, padding=1), act,
        conv(c3, c4, 3, padding=1, groups=towers), act,
        conv(c4, c5, 3, padding=1, groups=towers), act, pool,  # -> 6
    ]  # fmt: skip
    side = (size + 4 - 11) // stride + 1
    for _ in range(3):
        side = (side - window) // 2 + 1
    (hidden,), side = _widths(width, 4096), min(6, side)
    drop = layer("Dropout", dropout)
    classifier = [
        drop, linear(c5 * side**2, hidden), act, drop, linear(hidden, hidden), act, linear(hidden, classes),
    ]  # fmt: skip
    plan = {"features": features, "avgpool": squeeze(side), "flatten": flatten, "classifier": classifier}
    return build(d, plan, generator=generator, dtype=dtype, init=init, gain=gain)


# Configurations A, B, D, E of the paper by their depth, and C, which has 16 layers too.  A number is a 3 x 3
# convolution to that many channels, one below 0 a 1 x 1 convolution, and "M" a max pool that halves the image.
VGG: dict[int | str, list] = {
    11: [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    13: [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    16: [64, 64, "M", 128, 128, "M"] + [*[256] * 3, "M"] + [*[512] * 3, "M"] * 2,
    19: [64, 64, "M", 128, 128, "M"] + [*[256] * 4, "M"] + [*[512] * 4, "M"] * 2,
    "C": [64, 64, "M", 128, 128, "M"] + [256, 256, -256, "M"] + [512, 512, -512, "M"] * 2,
}


def vgg(
    d: ModuleType | None, depth: int | str = 16, *, batch_norm: bool = False, classes: int = 1000,
    channels: int = 3, size: int = 224, width: float = 1.0, dropout: float = 0.5, init: str | None = "kaiming",
    gain: float | None = None, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """VGG-11, 13, 16 or 19: nothing but 3 x 3 convolutions and max pools (Simonyan and Zisserman 2015).

    depth: or "C", configuration C of the paper, whose last convolution of each stage is 1 x 1.
    init, gain: how the convolutions' weights start, as in `start`; by default as in He et al. 2015.
    Pools that would leave nothing of a small image are left out.
    """
    _one_of("depth", depth, VGG)
    features, inputs, side = [], channels, size
    for entry in VGG[depth]:
        if isinstance(entry, int):
            (outputs,) = _widths(width, abs(entry))
            window = conv(inputs, outputs, 3, padding=1) if entry > 0 else conv(inputs, outputs, 1)
            features += [window] + [norm(outputs)] * batch_norm + [relu]
            inputs = outputs
        elif side > 1:
            features += [max_pool(2)]
            side //= 2  # 224 -> 112 -> 56 -> 28 -> 14 -> 7
    (hidden,), side = _widths(width, 4096), min(7, side)
    drop = layer("Dropout", dropout)
    classifier = [
        linear(inputs * side**2, hidden), relu, drop, linear(hidden, hidden), relu, drop, linear(hidden, classes),
    ]  # fmt: skip
    plan = {"features": features, "avgpool": squeeze(side), "flatten": flatten, "classifier": classifier}
    return build(d, plan, generator=generator, dtype=dtype, init=init, gain=gain, only="Conv2d")


RESNET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}  # blocks in each stage


def resnet(
    d: ModuleType | None, depth: int = 18, *, classes: int = 1000, channels: int = 3, size: int = 224,
    width: float = 1.0, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """ResNet-18, 34 or 50: blocks of convolutions that add to what they were given (He et al. 2016).

    In the first two a block is two convolutions.  ResNet-50 has bottlenecks: 1 x 1 down to a quarter of the channels,
    3 x 3, and 1 x 1 back up; the 3 x 3 moves by 2 where the image halves, as in torchvision (in the paper the first 1 x
    1 does).  Where a block changes the shape, the shortcut is a 1 x 1 convolution (option B).  Images below 64 pixels
    skip the stem's stride and pool.
    """
    _one_of("depth", depth, RESNET)
    widths = _widths(width, 64, 128, 256, 512)
    if size >= 64:
        first = conv(channels, widths[0], 7, stride=2, padding=3, bias=False)
        stem = {"conv1": first, "bn1": norm(widths[0]), "relu": relu, "maxpool": max_pool(3, stride=2, padding=1)}
    else:
        stem = {"conv1": _conv3(channels, widths[0]), "bn1": norm(widths[0]), "relu": relu}
    wider = 4 if depth >= 50 else 1
    plan = stem | _stages(RESNET[depth], widths, "B", wider) | _head(widths[-1] * wider, classes)
    return build(d, plan, generator=generator, dtype=dtype, init="kaiming", only="Conv2d")


def resnet_cifar(
    d: ModuleType | None, depth: int = 20, *, classes: int = 10, channels: int = 3, width: float = 1.0,
    batch_norm: bool = True, plain: bool = False, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """The ResNets for images of 32 x 32: depth 6 n + 2, so 20, 32, 44, 56, 110 (He et al. 2016, section 4.2).

    Shortcuts have no weights: where the image halves, they keep every second pixel and add channels of 0
    (option A).
    plain: the same network, from the same weights, without its shortcuts.
    batch_norm: if False, there are no norms, and convolutions have biases.
    """
    if depth < 8 or depth % 6 != 2:
        raise ValueError(f"depth: expected 6 n + 2, as 20, 32, 44 or 56, got {depth}")
    (first,) = _widths(width, 16)
    widths = [first, 2 * first, 4 * first]
    stem = {"conv1": _conv3(channels, first), "bn1": norm(first), "relu": relu}
    plan = stem | _stages([(depth - 2) // 6] * 3, widths, "plain" if plain else "A") | _head(widths[-1], classes)
    plan = plan if batch_norm else _without_norm(plan)
    return build(d, plan, generator=generator, dtype=dtype, init="kaiming", only="Conv2d")


# Stages of EfficientNet-lite0: blocks, window of the depthwise convolution, stride of the first block, factor by which
# channels are widened inside, channels that come out.
LITE0 = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
         (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]  # fmt: skip


def efficientnet_lite0(
    d: ModuleType | None, *, classes: int = 1000, channels: int = 3, width: float = 1.0, dropout: float = 0.2,
    generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """EfficientNet-lite0: inverted residual blocks with depthwise convolutions (Tan and Le 2019, for small devices).

    A block widens its channels by a 1 x 1 convolution, filters each by a window of its own (depthwise), and narrows
    them by another 1 x 1 convolution, behind which no ReLU stands; where shapes agree it adds what it was given
    (Sandler et al. 2018).  Unlike EfficientNet-B0 it takes min(max(0, z), 6) for its activation, and has no
    squeeze-and-excitation.  Sides of an image are multiples of 32.  Trained weights: `dlnotes.pretrained`.
    """
    inputs, last = _widths(width, 32, 1280)
    plan: dict[str, Any] = {**_halving("conv_stem", channels, inputs, 3), "bn0": _norm3(inputs), "act0": relu6}
    blocks = []
    for repeats, kernel, stride, wider, out in LITE0:
        (outputs,) = _widths(width, out)
        for i in range(repeats):
            blocks.append(_inverted(inputs, outputs, kernel, stride if i == 0 else 1, wider))
            inputs = outputs
    plan["blocks"] = blocks
    plan |= {"conv_head": conv(inputs, last, 1, bias=False), "bn1": _norm3(last), "act1": relu6}
    plan |= {"avgpool": squeeze(1), "flatten": flatten, "dropout": layer("Dropout", dropout)}
    plan["fc"] = linear(last, classes)
    return build(d, plan, generator=generator, dtype=dtype, init="kaiming", only="Conv2d")


def char_rnn(
    d: ModuleType | None, symbols: int, *, cell: str = "LSTM", features: int = 64, hidden: int = 256,
    layers: int = 1, dropout: float = 0.0, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """A recurrent network that reads symbols and predicts the next (Karpathy 2015; Graves 2013).

    cell: "RNN", "LSTM" or "GRU".  Whole numbers (N, T) -> scores (N, T, symbols).  `model.step(tokens, state)`
    also gives the state after the last token, to go on from.
    """
    _one_of("cell", cell, ("RNN", "LSTM", "GRU"))
    plan = layer(
        "CharRNN",
        embedding=layer("Embedding", symbols, features),
        rnn=layer(cell, features, hidden, num_layers=layers, batch_first=True, dropout=dropout),
        head=linear(hidden, symbols),
    )
    return build(d, plan, generator=generator, dtype=dtype)


def gpt(
    d: ModuleType | None, symbols: int, context: int, *, features: int = 128, layers: int = 4, heads: int = 4,
    hidden: int | None = None, norm_first: bool = True, positions: str = "learned", dropout: float = 0.0,
    tied: bool = True, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """GPT-2: causal pre-norm transformer blocks read up to `context` symbols and predict the next (Radford 2019).

    hidden: features inside the blocks' MLP, 4 times `features` if None.
    norm_first: norms before attention and MLP; if False behind the sums, as in 2017, and none at the end.
    positions: "learned", "sinusoidal", "rotary" or "none".
    tied: scores are products with the vectors of the symbols; else with weights of their own.
    Whole numbers (N, T) -> scores (N, T, symbols).  `model.attention(tokens)` gives the weights of every block, each
    (N, heads, T, T).  `model.step(tokens, state)` also gives a state to go on from, with the keys and values so far.
    Beyond `context` it reads the last `context` symbols anew where positions are learned or sinusoidal; where they are
    rotary or none, nothing says how long ago the text began, so the oldest keys are dropped and the others stay.
    Weights start normal with deviation 0.02, those that end a branch with 0.02 / sqrt(2 layers).
    """
    places = {
        "learned": layer("LearnedPositions", context, features), "rotary": same, "none": same,
        "sinusoidal": layer("Sinusoidal", context, features),
    }  # fmt: skip
    _one_of("positions", positions, places)
    block = layer(
        "TransformerBlock", features, heads, hidden, dropout=dropout, causal=True, norm_first=norm_first,
        rotary=positions == "rotary",
    )  # fmt: skip
    plan = layer(
        "GPT",
        context=context,
        tokens=layer("Embedding", symbols, features),
        positions=places[positions],
        dropout=layer("Dropout", dropout) if dropout else same,
        blocks=[block] * layers,
        norm=layer("LayerNorm", features) if norm_first else same,
        head=same if tied else linear(features, symbols, bias=False),
    )
    if d is None:
        return plan
    model = build(d, plan, generator=generator, dtype=dtype)
    for name, p in model.named_parameters():
        if len(p.shape) > 1:
            ends = name.endswith(("attention.out_proj.weight", "mlp.2.weight"))
            d.normal_(p, std=0.02 / (2 * layers) ** 0.5 if ends else 0.02, generator=generator)
        elif name.endswith("bias"):
            d.zeros_(p)
    return model


def _conv3(inputs: int, outputs: int, stride: int = 1) -> Layer:
    return conv(inputs, outputs, 3, stride=stride, padding=1, bias=False)  # the norm that follows has a bias


def _stages(blocks: Any, widths: Any, option: str, wider: int = 1) -> dict:
    stages: dict[str, list] = {}
    inputs = widths[0]
    for i, (n, channels) in enumerate(zip(blocks, widths), 1):
        stage = []
        for j in range(n):
            stage.append(_block(inputs, channels, channels * wider, 2 if i > 1 and j == 0 else 1, option))
            inputs = channels * wider
        stages[f"layer{i}"] = stage
    return stages


def _block(inputs: int, channels: int, outputs: int, stride: int, option: str) -> Layer:
    shortcut: Any = same
    if stride > 1 or inputs != outputs:
        projection = [conv(inputs, outputs, 1, stride=stride, bias=False), norm(outputs)]
        shortcut = projection if option == "B" else layer("Thin")
    first = {"conv1": _conv3(inputs, channels, stride), "bn1": norm(channels)}
    if option == "plain":
        return layer("PlainBlock", **first, conv2=_conv3(channels, outputs), bn2=norm(outputs))
    if channels == outputs:
        return layer("BasicBlock", **first, conv2=_conv3(channels, outputs), bn2=norm(outputs), downsample=shortcut)
    return layer(
        "Bottleneck",
        conv1=conv(inputs, channels, 1, bias=False), bn1=norm(channels),
        conv2=_conv3(channels, channels, stride), bn2=norm(channels),
        conv3=conv(channels, outputs, 1, bias=False), bn3=norm(outputs), downsample=shortcut,
    )  # fmt: skip


def _inverted(inputs: int, outputs: int, kernel: int, stride: int, wider: int) -> Any:
    inside, parts = inputs * wider, {}
    if wider > 1:
        parts = {"expand_conv": conv(inputs, inside, 1, bias=False), "bn0": _norm3(inside), "act0": relu6}
    if stride == 1:
        padded = dict(padding=kernel // 2, groups=inside, bias=False)
        parts |= {"depthwise_conv": conv(inside, inside, kernel, **padded)}
    else:
        parts |= _halving("depthwise_conv", inside, inside, kernel, groups=inside)
    parts |= {"bn1": _norm3(inside), "act1": relu6}
    parts |= {"project_conv": conv(inside, outputs, 1, bias=False), "bn2": _norm3(outputs)}
    return layer("InvertedResidual", **parts) if stride == 1 and inputs == outputs else parts


def _halving(name: str, inputs: int, outputs: int, kernel: int, **options: Any) -> dict:
    """A convolution of stride 2 as TensorFlow pads it: of an odd number of zeros the last stands behind."""
    moved = conv(inputs, outputs, kernel, stride=2, padding=kernel // 2 - 1, bias=False, **options)
    return {f"{name}_edge": layer("Edge"), name: moved}


def _norm3(channels: int) -> Layer:
    return norm(channels, eps=1e-3, momentum=0.01)


def _without_norm(plan: Any) -> Any:
    """The plan with biases in place of its batch norms."""
    if isinstance(plan, list):
        return [_without_norm(part) for part in plan]
    if isinstance(plan, dict):
        return {name: _without_norm(part) for name, part in plan.items()}
    if plan.kind.startswith("BatchNorm"):
        return same
    own = {k: _without_norm(v) if _is_plan(v) else v for k, v in plan.options.items() if k != "bias"}
    return Layer(plan.kind, plan.args, own)


def _head(features: int, classes: int) -> dict:
    return {"avgpool": squeeze(1), "flatten": flatten, "fc": linear(features, classes)}


@cache
def _blocks(d: ModuleType) -> dict[str, type]:
    """The modules that only networks of this file have, in one back end."""

    class Block(d.Module):  # type: ignore[name-defined]
        def __init__(self, **parts: Any):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

    class BasicBlock(Block):
        def forward(self, x):
            y = d.relu(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            return d.relu(y + self.downsample(x))

    class PlainBlock(Block):
        def forward(self, x):
            return d.relu(self.bn2(self.conv2(d.relu(self.bn1(self.conv1(x))))))

    class Bottleneck(Block):
        def forward(self, x):
            y = d.relu(self.bn1(self.conv1(x)))
            y = d.relu(self.bn2(self.conv2(y)))
            y = self.bn3(self.conv3(y))
            return d.relu(y + self.downsample(x))

    class Thin(Block):
        def forward(self, x):  # (N, C, H, W) -> (N, 2 C, H / 2, W / 2)
            x = x[:, :, ::2, ::2]
            return d.concatenate([x, 0 * x], 1)

    class Edge(Block):
        def forward(self, x):  # (N, C, H, W) -> (N, C, H + 1, W + 1), 0 in the new row and column
            x = d.concatenate([x, 0 * x[:, :, :1]], 2)
            return d.concatenate([x, 0 * x[:, :, :, :1]], 3)

    class ReLU6(Block):
        def forward(self, x):
            return d.clamp(x, 0, 6)

    class InvertedResidual(d.Sequential):  # type: ignore[name-defined]
        def __init__(self, **parts: Any):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

        def forward(self, x):
            return x + super().forward(x)

    class CharRNN(Block):
        def forward(self, tokens):
            return self.step(tokens)[0]

        def step(self, tokens, state=None):  # (N, T) -> (N, T, symbols), and the state after
            y, state = self.rnn(self.embedding(tokens), state)
            return self.head(y), state

    class Sinusoidal(d.Module):  # type: ignore[name-defined]
        def __init__(self, max_length, embed_dim, dtype=None):
            super().__init__()
            self.waves = d.Buffer(d.sinusoidal_positions(max_length, embed_dim, dtype=dtype))

        def forward(self, x, start=0):
            return x + self.waves[start : start + x.shape[-2]]

    class GPT(Block):
        def _embedded(self, tokens, start=0):
            x = self.tokens(tokens)
            return self.dropout(x if isinstance(self.positions, d.Identity) else self.positions(x, start=start))

        def forward(self, tokens, caches=None, start=0):  # (N, T) -> (N, T, symbols)
            x = self._embedded(tokens, start)
            for i, block in enumerate(self.blocks):
                x = block(x, cache=None if caches is None else caches[i])
            x = self.norm(x)
            return d.linear(x, self.tokens.weight) if isinstance(self.head, d.Identity) else self.head(x)

        def attention(self, tokens):  # (N, T) -> (N, heads, T, T) for each block
            x, maps = self._embedded(tokens), []
            for block in self.blocks:
                x, weights = block(x, need_weights=True)
                maps.append(weights)
            return maps

        def step(self, tokens, state=None):
            seen, caches = (tokens, None) if state is None else (d.concatenate([state[0], tokens], 1), state[1])
            keep = self.context - tokens.shape[1]  # keys that may stay beside the new ones
            slides = isinstance(self.positions, d.Identity) and keep > 0
            if caches is None or (seen.shape[1] > self.context and not slides):
                tokens = seen = seen[:, -self.context :]
                caches, keep = [{}] * len(self.blocks), self.context
            seen = seen[:, -self.context :]
            caches = [{name: part[:, :, -keep:] for name, part in cache.items()} for cache in caches]  # as it was given
            return self(tokens, caches, seen.shape[1] - tokens.shape[1]), (seen, caches)

    kinds = (BasicBlock, PlainBlock, Bottleneck, Thin, Edge, ReLU6, InvertedResidual, Sinusoidal, CharRNN, GPT)
    return {kind.__name__: kind for kind in kinds}


def generate(
    model: Any, prompt: Sequence[int], length: int, *,
    temperature: float = 1.0, stop: int | None = None, generator: np.random.Generator,
) -> list[int]:  # fmt: skip
    """`prompt` and `length` symbols more, each drawn from softmax(scores / temperature) and read in its turn.

    temperature: below 1 the likely becomes likelier; at 0 the likeliest is taken.
    stop: the symbol that ends the text sooner; it is the last one given.

    >>> import dlnotes.numpy as dn
    >>> rng = np.random.default_rng(0)
    >>> len(generate(char_rnn(dn, 5, generator=rng), [0, 1], 10, generator=rng))
    12
    """
    _validate.size("length", length)
    _validate.at_least("temperature", temperature, 0)
    if not isinstance(generator, np.random.Generator):
        raise TypeError(f"generator: expected a numpy.random.Generator, got {type(generator).__name__}")
    if len(prompt) == 0:
        raise ValueError("prompt: expected at least one symbol, got none")
    tensor, tokens, new, state = _backend.maker(model), list(prompt), list(prompt), None
    with _backend.answering(model):
        for _ in range(length):
            scores, state = model.step(tensor(np.array([new])), state)
            z = _backend.array(scores)[0, -1].astype(float)
            p = np.exp((z - z.max()) / (temperature or 1))
            token = generator.choice(len(p), p=p / p.sum()) if temperature else z.argmax()
            new = [int(token)]
            tokens += new
            if token == stop:
                break
    return tokens


# ---------------------------------------------------------------------- plans
def build(
    d: ModuleType | None, plan: Any, *,
    init: str | None = None, gain: float | None = None, only: str | None = None,
    generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """The network of a plan in back end `d`, weights drawn from `generator` in the order of the plan.

    d: `dlnotes.numpy` or `dlnotes.torch`; None gives the plan back.
    init, gain, only: draw weights anew as `start` does.
    """
    if d is None:
        return plan
    _validate.generator(generator)
    generator = np.random.default_rng() if generator is None else generator
    model = _build(d, plan, dict(generator=generator, dtype=dtype))
    return model if init is None else start(model, init, gain, only=only, generator=generator)


STARTS = {"kaiming": "kaiming_normal_", "xavier": "xavier_normal_", "orthogonal": "orthogonal_"}


def start(
    model: Any, init: str = "kaiming", gain: float | None = None, *, only: str | None = None,
    generator: np.random.Generator,
) -> Any:  # fmt: skip
    """Draw the weights of linear layers and convolutions anew, biases 0, in place, and give the model back.

    init: "kaiming" (normal, variance gain^2 / fan_out for convolutions, as in He et al. 2015, gain^2 / fan_in for
    linear layers), "xavier" (normal, variance gain^2 2 / (fan_in + fan_out)) or "orthogonal" (gain times a rotation).
    gain: sqrt(2), which is right for ReLU, if None; 1 for xavier and orthogonal.
    only: "Linear" or "Conv2d", to leave the others as they are.
    """
    d = _backend.of(model)
    _one_of("init", init, STARTS)
    kinds = ("Linear", "Conv1d", "Conv2d") if only is None else (only,)
    gain = (2**0.5 if init == "kaiming" else 1.0) if gain is None else gain
    for module in model.modules():
        if type(module).__name__ in kinds:
            if init == "kaiming":
                mode = "fan_in" if type(module).__name__ == "Linear" else "fan_out"
                d.kaiming_normal_(module.weight, mode=mode, nonlinearity="linear", generator=generator)
                with d.no_grad():
                    module.weight.copy_(module.weight * gain)
            else:
                getattr(d, STARTS[init])(module.weight, gain, generator)
            if module.bias is not None:
                d.zeros_(module.bias)
    return model


def _build(d: ModuleType, plan: Any, common: dict) -> Any:
    if isinstance(plan, Layer):
        make = _blocks(d).get(plan.kind) or getattr(d, plan.kind, None)
        if make is None:
            raise ValueError(f"plan: expected layers of {d.__name__}, got {plan.kind!r}")
        takes = inspect.signature(make).parameters
        options = {k: _build(d, v, common) if _is_plan(v) else v for k, v in plan.options.items()}
        return make(*plan.args, **options, **{k: v for k, v in common.items() if k in takes})
    chain = d.Sequential()
    for name, part in plan.items() if isinstance(plan, dict) else enumerate(plan):
        setattr(chain, str(name), _build(d, part, common))
    return chain


def _is_plan(value: Any) -> bool:
    return isinstance(value, Layer) or (isinstance(value, list | dict) and len(value) > 0)


def lsuv(
    model: Any, inputs: Any, *, tolerance: float = 0.01, steps: int = 10, generator: np.random.Generator
) -> Any:
    """Layer-sequential unit variance: weights drawn so that every layer's outputs have variance 1 on these inputs.

    Each linear layer and convolution, in the order in which one run meets them, starts orthogonal, with bias 0, and is
    then divided by the standard deviation of its outputs until their variance is within `tolerance` of 1, or `steps`
    times.  It changes the model in place and gives it back.  Source: Mishkin and Matas 2016.

    Raises ValueError where a layer's outputs do not vary.
    """
    d, x = _backend.of(model), _backend.maker(model)(np.asarray(inputs))
    _validate.generator(generator)
    met: list[Any] = []

    def run(hook: Callable[[Any, Any, Any], None], layers: Sequence[Any]) -> None:
        handles = [layer.register_forward_hook(hook) for layer in layers]
        try:
            with _backend.answering(model):
                model(x)
        finally:
            for handle in handles:
                handle.remove()

    kinds = ("Linear", "Conv1d", "Conv2d")
    layers = [module for module in model.modules() if type(module).__name__ in kinds]
    run(lambda layer, _, output: None if layer in met else met.append(layer), layers)
    variance: list[float] = []
    for layer in met:
        d.orthogonal_(layer.weight, generator=generator)
        if layer.bias is not None:
            d.zeros_(layer.bias)
        for _ in range(steps):
            run(lambda layer, _, output: variance.append(float(_backend.array(output).var())), [layer])
            if not 0 < variance[-1] < np.inf:
                found = f"got variance {variance[-1]}"
                raise ValueError(f"inputs: expected some for which the outputs of {layer!r} vary, {found}")
            if abs(variance[-1] - 1) < tolerance:
                break
            with d.no_grad():
                layer.weight.copy_(layer.weight / variance[-1] ** 0.5)
    return model


def _widths(width: float, *channels: int) -> list[int]:
    if not width > 0:
        raise ValueError(f"width: expected a number above 0, got {width}")
    return [n if width == 1 else max(2, 2 * round(n * width / 2)) for n in channels]


def _one_of(name: str, value: Any, known: Collection) -> None:
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {value!r}")
