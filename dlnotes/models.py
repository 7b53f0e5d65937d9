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
from collections.abc import Callable, Sequence
from functools import cache, partial
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _backend, _validate

__all__ = [
    "mlp", "lenet5", "alexnet", "vgg", "resnet", "resnet_cifar", "char_rnn", "gpt", "generate",
    "layer", "build", "count",
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


def mlp(
    d: ModuleType | None, sizes: tuple[int, ...], *, activation: str = "ReLU", batch_norm: bool = False,
    dropout: float = 0.0, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """A multi-layer perceptron: `sizes` from inputs over hidden layers to outputs, an activation in between.

    >>> mlp(None, (784, 100, 10))
    [Linear(784, 100), ReLU(), Linear(100, 10)]
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected at least two, of inputs and outputs, got {tuple(sizes)}")
    plan: list = []
    for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
        plan += [linear(inputs, outputs)]
        plan += [layer("BatchNorm1d", outputs)] * batch_norm
        plan += [layer(activation)] + [layer("Dropout", dropout)] * (dropout != 0)
    return build(d, [*plan, linear(*sizes[-2:])], generator=generator, dtype=dtype)


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
    width: float = 1.0, dropout: float = 0.5, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """AlexNet in two towers with response normalisation (Krizhevsky et al. 2012), or in one (Krizhevsky 2014).

    Below 64 pixels the first layer moves by 1 pixel, not by 4, so that something is left to see.
    """
    _one_of("towers", towers, ALEXNET)
    c1, c2, c3, c4, c5 = _widths(width, *ALEXNET[towers])
    stride = 4 if size >= 64 else 1
    # The paper adds 1e-4 times a sum over 5 channels, PyTorch `alpha` times their mean.
    lrn = [layer("LocalResponseNorm", 5, alpha=5e-4, beta=0.75, k=2.0)] * (towers == 2)
    features = [
        conv(channels, c1, 11, stride=stride, padding=2), relu, *lrn, max_pool(3, stride=2),  # 224 -> 55 -> 27
        conv(c1, c2, 5, padding=2, groups=towers), relu, *lrn, max_pool(3, stride=2),  # -> 13
        conv(c2, c3, 3, padding=1), relu,
        conv(c3, c4, 3, padding=1, groups=towers), relu,
        conv(c4, c5, 3, padding=1, groups=towers), relu, max_pool(3, stride=2),  # -> 6
    ]  # fmt: skip
    side = (size + 4 - 11) // stride + 1
    for _ in range(3):
        side = (side - 3) // 2 + 1
    (hidden,), side = _widths(width, 4096), min(6, side)
    drop = layer("Dropout", dropout)
    classifier = [
        drop, linear(c5 * side**2, hidden), relu, drop, linear(hidden, hidden), relu, linear(hidden, classes),
    ]  # fmt: skip
    plan = {"features": features, "avgpool": squeeze(side), "flatten": flatten, "classifier": classifier}
    return build(d, plan, generator=generator, dtype=dtype)


# A number is a 3 x 3 convolution to that many channels, "M" a max pool that halves the image.
VGG = {
    11: [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    13: [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    16: [64, 64, "M", 128, 128, "M"] + [*[256] * 3, "M"] + [*[512] * 3, "M"] * 2,
    19: [64, 64, "M", 128, 128, "M"] + [*[256] * 4, "M"] + [*[512] * 4, "M"] * 2,
}


def vgg(
    d: ModuleType | None, depth: int = 16, *, batch_norm: bool = False, classes: int = 1000,
    channels: int = 3, size: int = 224, width: float = 1.0, dropout: float = 0.5,
    generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """VGG-11, 13, 16 or 19: nothing but 3 x 3 convolutions and max pools (Simonyan and Zisserman 2015).

    Convolutions start as in He et al. 2015.  Pools that would leave nothing of a small image are left out.
    """
    _one_of("depth", depth, VGG)
    features, inputs, side = [], channels, size
    for entry in VGG[depth]:
        if isinstance(entry, int):
            (outputs,) = _widths(width, entry)
            features += [conv(inputs, outputs, 3, padding=1)] + [norm(outputs)] * batch_norm + [relu]
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
    return build(d, plan, generator=generator, dtype=dtype, he=True)


RESNET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}  # blocks in each stage


def resnet(
    d: ModuleType | None, depth: int = 18, *, classes: int = 1000, channels: int = 3, size: int = 224,
    width: float = 1.0, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """ResNet-18 or 34: blocks of two convolutions that add to what they were given (He et al. 2016).

    Where a block halves the image, the shortcut is a 1 x 1 convolution (option B).  Images below 64 pixels
    skip the stem's stride and pool.
    """
    _one_of("depth", depth, RESNET)
    widths = _widths(width, 64, 128, 256, 512)
    if size >= 64:
        first = conv(channels, widths[0], 7, stride=2, padding=3, bias=False)
        stem = {"conv1": first, "bn1": norm(widths[0]), "relu": relu, "maxpool": max_pool(3, stride=2, padding=1)}
    else:
        stem = {"conv1": _conv3(channels, widths[0]), "bn1": norm(widths[0]), "relu": relu}
    plan = stem | _stages(RESNET[depth], widths, "B") | _head(widths[-1], classes)
    return build(d, plan, generator=generator, dtype=dtype, he=True)


def resnet_cifar(
    d: ModuleType | None, depth: int = 20, *, classes: int = 10, channels: int = 3, width: float = 1.0,
    generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """The ResNets for images of 32 x 32: depth 6 n + 2, so 20, 32, 44, 56, 110 (He et al. 2016, section 4.2).

    Shortcuts have no weights: where the image halves, they keep every second pixel and add channels of 0
    (option A).
    """
    if depth < 8 or depth % 6 != 2:
        raise ValueError(f"depth: expected 6 n + 2, as 20, 32, 44 or 56, got {depth}")
    (first,) = _widths(width, 16)
    widths = [first, 2 * first, 4 * first]
    stem = {"conv1": _conv3(channels, first), "bn1": norm(first), "relu": relu}
    plan = stem | _stages([(depth - 2) // 6] * 3, widths, "A") | _head(widths[-1], classes)
    return build(d, plan, generator=generator, dtype=dtype, he=True)


def char_rnn(
    d: ModuleType | None, symbols: int, *, cell: str = "LSTM", features: int = 64, hidden: int = 256,
    layers: int = 1, dropout: float = 0.0, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """A recurrent network that reads symbols and predicts the next (Karpathy 2015; Graves 2013).

    cell: "RNN", "LSTM" or "GRU".  Whole numbers (N, T) -> scores (N, T, symbols).  `model.step(tokens, state)`
    also gives the state after the last token, to go on from.
    """
    _one_of("cell", cell, GATES)
    plan = layer(
        "CharRNN",
        embedding=layer("Embedding", symbols, features),
        rnn=layer(cell, features, hidden, num_layers=layers, batch_first=True, dropout=dropout),
        head=linear(hidden, symbols),
    )
    return build(d, plan, generator=generator, dtype=dtype)


def gpt(
    d: ModuleType | None, symbols: int, context: int, *, features: int = 128, layers: int = 4, heads: int = 4,
    dropout: float = 0.0, tied: bool = True, generator: np.random.Generator | None = None, dtype: Any = None,
) -> Any:  # fmt: skip
    """GPT-2: causal pre-norm transformer blocks read up to `context` symbols and predict the next (Radford 2019).

    tied: scores are products with the vectors of the symbols; else with weights of their own.
    Whole numbers (N, T) -> scores (N, T, symbols).  `model.step(tokens, state)` also gives a state to go on
    from, with the keys and values so far; beyond `context` it reads the last `context` symbols anew.
    Weights start normal with deviation 0.02, those that end a branch with 0.02 / sqrt(2 layers).
    """
    plan = layer(
        "GPT",
        tokens=layer("Embedding", symbols, features),
        positions=layer("LearnedPositions", context, features),
        dropout=layer("Dropout", dropout) if dropout else same,
        blocks=[layer("TransformerBlock", features, heads, dropout=dropout, causal=True)] * layers,
        norm=layer("LayerNorm", features),
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


def _stages(blocks: Any, widths: Any, option: str) -> dict:
    stages: dict[str, list] = {}
    inputs = widths[0]
    for i, (n, outputs) in enumerate(zip(blocks, widths), 1):
        stride = 1 if i == 1 else 2
        rest = [_basic_block(outputs, outputs, 1, option) for _ in range(n - 1)]
        stages[f"layer{i}"] = [_basic_block(inputs, outputs, stride, option), *rest]
        inputs = outputs
    return stages


def _basic_block(inputs: int, outputs: int, stride: int, option: str) -> Layer:
    shortcut: Any = same
    if stride > 1:
        projection = [conv(inputs, outputs, 1, stride=stride, bias=False), norm(outputs)]
        shortcut = projection if option == "B" else layer("Thin")
    return layer(
        "BasicBlock",
        conv1=_conv3(inputs, outputs, stride), bn1=norm(outputs),
        conv2=_conv3(outputs, outputs), bn2=norm(outputs), downsample=shortcut,
    )  # fmt: skip


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

    class Thin(Block):
        def forward(self, x):  # (N, C, H, W) -> (N, 2 C, H / 2, W / 2)
            x = x[:, :, ::2, ::2]
            return d.concatenate([x, 0 * x], 1)

    class CharRNN(Block):
        def forward(self, tokens):
            return self.step(tokens)[0]

        def step(self, tokens, state=None):  # (N, T) -> (N, T, symbols), and the state after
            y, state = self.rnn(self.embedding(tokens), state)
            return self.head(y), state

    class GPT(Block):
        def forward(self, tokens, caches=None, start=0):  # (N, T) -> (N, T, symbols)
            x = self.dropout(self.positions(self.tokens(tokens), start=start))
            for i, block in enumerate(self.blocks):
                x = block(x, cache=None if caches is None else caches[i])
            x = self.norm(x)
            return d.linear(x, self.tokens.weight) if isinstance(self.head, d.Identity) else self.head(x)

        def step(self, tokens, state=None):
            seen, caches = (tokens, None) if state is None else (d.concatenate([state[0], tokens], 1), state[1])
            if caches is None or seen.shape[1] > self.positions.max_length:
                tokens = seen = seen[:, -self.positions.max_length :]
                caches = [{}] * len(self.blocks)
            caches = [dict(cache) for cache in caches]  # a state stays as it was given
            return self(tokens, caches, seen.shape[1] - tokens.shape[1]), (seen, caches)

    return {kind.__name__: kind for kind in (BasicBlock, Thin, CharRNN, GPT)}


def generate(
    model: Any, prompt: Sequence[int], length: int, *,
    temperature: float = 1.0, generator: np.random.Generator,
) -> list[int]:  # fmt: skip
    """`prompt` and `length` symbols more, each drawn from softmax(scores / temperature) and read in its turn.

    temperature: below 1 the likely becomes likelier; at 0 the likeliest is taken.

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
    d, tokens, new, state, training = _backend.of(model), list(prompt), list(prompt), None, model.training
    model.eval()
    try:
        with d.no_grad():
            for _ in range(length):
                scores, state = model.step(d.tensor(np.array([new])), state)
                z = np.asarray(scores)[0, -1].astype(float)
                p = np.exp((z - z.max()) / (temperature or 1))
                token = generator.choice(len(p), p=p / p.sum()) if temperature else z.argmax()
                new = [int(token)]
                tokens += new
    finally:
        model.train(training)
    return tokens


# ---------------------------------------------------------------------- plans
def build(
    d: ModuleType | None, plan: Any, *,
    generator: np.random.Generator | None = None, dtype: Any = None, he: bool = False,
) -> Any:  # fmt: skip
    """The network of a plan in back end `d`, weights drawn from `generator` in the order of the plan.

    d: `dlnotes.numpy` or `dlnotes.torch`; None gives the plan back.
    he: draw the weights of convolutions anew, normal with variance 2 / fan_out, biases 0 (He et al. 2015).
    """
    if d is None:
        return plan
    _validate.generator(generator)
    generator = np.random.default_rng() if generator is None else generator
    model = _build(d, plan, dict(generator=generator, dtype=dtype))
    for module in model.modules() if he else ():
        if isinstance(module, d.Conv2d):
            d.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
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


GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


def _recurrent(gates: int, inputs: int, hidden: int, num_layers: int = 1, **_: Any) -> int:
    first, other = inputs + hidden + 2, 2 * hidden + 2  # weights of input and state, two biases
    return gates * hidden * (first + (num_layers - 1) * other)


# How many weights a layer has, from its arguments; a kind that is not here has none.
WEIGHTS: dict[str, Callable[..., int]] = {
    "Linear": lambda i, o, bias=True: o * i + o * bias,
    "Conv2d": lambda i, o, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True: (
        o * (i // groups) * kernel_size**2 + o * bias
    ),
    "BatchNorm1d": lambda n: 2 * n,
    "BatchNorm2d": lambda n: 2 * n,
    "LayerNorm": lambda n: 2 * n,
    "Embedding": lambda n, features: n * features,
    "LearnedPositions": lambda n, features: n * features,
    "TransformerBlock": lambda n, heads, **_: 12 * n**2 + 13 * n,
    **{kind: partial(_recurrent, gates) for kind, gates in GATES.items()},
}


def count(plan: Any) -> int:
    """How many numbers the network of a plan learns, without making it.

    >>> count(resnet(None, 18))
    11689512
    """
    if isinstance(plan, dict | list):
        return sum(map(count, plan.values() if isinstance(plan, dict) else plan))
    inside = {k: v for k, v in plan.options.items() if _is_plan(v)}
    own = {k: v for k, v in plan.options.items() if k not in inside}
    return count(inside) + (WEIGHTS[plan.kind](*plan.args, **own) if plan.kind in WEIGHTS else 0)


def _widths(width: float, *channels: int) -> list[int]:
    if not width > 0:
        raise ValueError(f"width: expected a number above 0, got {width}")
    return [n if width == 1 else max(2, 2 * round(n * width / 2)) for n in channels]


def _one_of(name: str, value: Any, known: dict) -> None:
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(map(str, known))}, got {value!r}")
