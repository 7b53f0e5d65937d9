"""What a network costs, layer by layer: the shape of each output, weights, multiplications, and how far it sees.

Everything follows from the arguments of the layers, so a plan is enough and nothing has to be computed.  A network
that was built is run once, on zeros, to see which layers it takes and in which order: so any network can be asked.

Nearly every multiplication is one of an input with a weight, and a layer uses each of its weights equally often: a
linear layer once, a convolution at every place of its output, a recurrent layer at every step.  So multiplications
are weights times uses; attention adds the products of queries with keys and of its answers with values.  As in the
published counts, a multiplication and its addition are one, and norms, activations and pools are not counted.

Sources: chapter *AlexNet*; Araujo, Norris and Sim, *Computing receptive fields*, Distill, 2019.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from html import escape
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _backend, _modes
from dlnotes._validate import conv as check
from dlnotes._validate.pool import target, window

__all__ = ["Row", "Summary", "count", "summary"]

ALL = math.inf  # places seen by an output that sees the whole input


class Row(NamedTuple):
    """One layer of a summary; shapes and numbers are for one example."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiplications: int
    activations: int  # numbers in the output
    field: float  # pixels in a row, or places, that an output depends on; infinite for all


class Summary(list):
    """The rows of a network, and their sums.  As text it is a table, and in a notebook too."""

    def __init__(self, rows: Iterable[Row]):
        super().__init__(rows)

    parameters = property(lambda self: sum(row.parameters for row in self))
    multiplications = property(lambda self: sum(row.multiplications for row in self))
    activations = property(lambda self: sum(row.activations for row in self))

    def _table(self) -> list[tuple[str, ...]]:
        def cells(name: str, kind: str, output: str, numbers: tuple, field: str) -> tuple[str, ...]:
            return (name, kind, output, *(f"{n:,}" if n else "" for n in numbers), field)

        def field(row: Row) -> str:
            return "all" if row.field == ALL else f"{row.field:g}"

        sums = (self.parameters, self.multiplications, self.activations)
        return [
            ("layer", "", "output", "parameters", "multiplications", "activations", "sees"),
            *(cells(r.name, r.kind, " x ".join(map(str, r.output)), r[3:6], field(r)) for r in self),
            cells("all", "", "", sums, ""),
        ]

    def __repr__(self) -> str:
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table)]
        lines = ["  ".join(f"{c:{s}{w}}" for c, s, w in zip(row, "<<<>>>>", widths)).rstrip() for row in table]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])

    def _repr_html_(self) -> str:
        head, *body = ("".join(f"<{tag}>{escape(c)}</{tag}>" for tag, c in row) for row in self._tagged())
        rows = "".join(f"<tr>{row}</tr>" for row in body)
        return f'<table class="table summary"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'

    def _tagged(self) -> Iterator[list[tuple[str, str]]]:
        """Each cell with its tag: a heading that says nothing is none."""
        return ([("td" if i or not cell else "th", cell) for cell in row] for i, row in enumerate(self._table()))


def count(model: Any) -> int:
    """How many numbers a network learns; those of a plan are counted without making it.

    Raises ValueError for a plan with a layer that is not known here.

    >>> from dlnotes import models
    >>> count(models.resnet(None, 18))
    11689512
    """
    if _built(model):
        return sum(math.prod(p.shape) for p in model.parameters())
    if _is_layer(model) and not _parts(model):
        return sum(_learned(_arguments(model)))
    return sum(count(part) for _, part in _parts(model))


def summary(model: Any, size: Any) -> Summary:
    """The layers of a network: output shapes, parameters, multiplications, activations and receptive fields.

    model: a plan, or a network of either back end.  size: the shape of one example, such as (3, 224, 224), or T for T
    symbols.  A network runs once, on zeros, in evaluation mode.  A layer that is used again has no new parameters.

    Raises ValueError for a layer that is not known here, or a size that does not fit.

    >>> from dlnotes import models
    >>> summary(models.mlp(None, (784, 100, 10)), 784)
    layer          output  parameters  multiplications  activations  sees
    ---------------------------------------------------------------------
    0      Linear  100         78,500           78,400          100   all
    1      ReLU    100                                          100   all
    2      Linear  10           1,010            1,000           10   all
    all                        79,510           79,400          210
    """
    size = tuple(size) if isinstance(size, tuple | list) else (size,)
    if _built(model):
        return Summary(_watched(model, size))
    return Summary(_walked(model, "", size, Sees(1, 1))[0])


def _built(model: Any) -> bool:
    return hasattr(model, "parameters")


# ---------------------------------------------------------------------- what each kind of layer learns
# From its arguments: how many weights it has that inputs are multiplied with, and how many other numbers.
Numbers = tuple[int, int]


def _conv(o: Any) -> Numbers:
    kernel = math.prod(check.each("kernel_size", o.kernel_size, 1, o.ndim))
    return o.out_channels * o.in_channels // o.groups * kernel, o.out_channels * bool(o.bias)


def _unshared(o: Any) -> Numbers:
    channels, *places = _output(o, (o.in_channels, *check.each("input_size", o.input_size, 1, 2)))
    kernel = math.prod(check.each("kernel_size", o.kernel_size, 1, 2))
    return math.prod(places) * channels * o.in_channels * kernel, math.prod(places) * channels * bool(o.bias)


def _gates(n: int) -> Callable[[Any], Numbers]:
    def learned(o: Any) -> Numbers:
        ways, layers = 1 + getattr(o, "bidirectional", False), getattr(o, "num_layers", 1)
        inputs = [o.input_size] + [ways * o.hidden_size] * (layers - 1)
        rows = ways * n * o.hidden_size
        return sum(rows * (i + o.hidden_size) for i in inputs), layers * 2 * rows * bool(o.bias)

    return learned


def _norm(size: str, switch: str = "affine", arrays: int = 2) -> Callable[[Any], Numbers]:
    def learned(o: Any) -> Numbers:
        return 0, int(np.prod(getattr(o, size))) * (arrays - (not getattr(o, "bias", True))) * getattr(o, switch)

    return learned


def _made(o: Any) -> int:
    return o.out_features * (o.in_features + bool(o.bias))


LEARNED: dict[str, Callable[[Any], Numbers]] = {
    "Linear": lambda o: (o.in_features * o.out_features, o.out_features * bool(o.bias)),
    **dict.fromkeys(("Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"), _conv),
    "LocallyConnected2d": _unshared,
    **{kind + cell: _gates(n) for kind, n in (("RNN", 1), ("LSTM", 4), ("GRU", 3)) for cell in ("", "Cell")},
    "MultiheadAttention": lambda o: (4 * o.embed_dim**2, 4 * o.embed_dim * bool(o.bias)),
    "HyperLinear": lambda o: (_made(o) * o.code_features, _made(o)),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "InstanceNorm2d"), _norm("num_features")),
    "GroupNorm": _norm("num_channels"),
    "LayerNorm": _norm("normalized_shape", "elementwise_affine"),
    "RMSNorm": _norm("normalized_shape", "elementwise_affine", 1),
    "Embedding": lambda o: (0, o.num_embeddings * o.embedding_dim),
    "LearnedPositions": lambda o: (0, o.max_length * o.embed_dim),
}  # fmt: skip
POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "LPPool1d", "LPPool2d", "BlurPool1d", "BlurPool2d")
FREE = (
    *POOLS, "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "Dropout", "Dropout2d", "Flatten", "Identity",
    "LocalResponseNorm", "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softmax", "LogSoftmax",
    "Softplus", "Thin", "Sinusoidal", "Edge", "ReLU6",
)  # fmt: skip
SLIDE = ("Conv1d", "Conv2d", "LocallyConnected2d", *POOLS)
SEQUENCES = ("RNN", "LSTM", "GRU", "MultiheadAttention")


def _learned(o: Any) -> Numbers:
    return LEARNED[o.kind](o) if o.kind in LEARNED else (0, 0)


# ---------------------------------------------------------------------- what it costs, and what it sees
def _products(o: Any, weights: int, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """Multiplications: weights times how often each is used, and in attention those of inputs with inputs."""
    if o.kind.startswith("ConvTranspose"):
        return weights * math.prod(before[1:])
    if o.kind.startswith("Conv"):
        return weights * math.prod(after[1:])
    if o.kind == "Linear":
        return weights * math.prod(before[:-1])
    if o.kind == "HyperLinear":  # the weights that it makes are used as well
        return weights + math.prod(after) * before[-1]
    if o.kind == "MultiheadAttention":
        n, features = before
        return weights * n + 2 * n**2 * features
    return weights * (before[0] if o.kind in SEQUENCES else 1)


class Sees(NamedTuple):
    """How many places in a row an output sees, and how far apart what neighbours see begins."""

    field: float
    jump: float


def _seen(o: Any, sees: Sees, before: tuple[int, ...], after: tuple[int, ...]) -> Sees:
    """What an output of this layer sees, whose inputs see `sees`."""
    if o.kind in SLIDE:
        kernel = check.each("kernel_size", o.kernel_size, 1, o.ndim)
        stride = kernel if o.stride is None else check.each("stride", o.stride, 1, o.ndim)
        dilation = check.each("dilation", getattr(o, "dilation", 1), 1, o.ndim)
        wide, step = max((check.span(k, d), s) for k, s, d in zip(kernel, stride, dilation))
        return Sees(sees.field + (wide - 1) * sees.jump, sees.jump * step)
    if o.kind == "Thin":
        return Sees(sees.field, 2 * sees.jump)
    whole = o.kind in SEQUENCES or (o.kind in ("Linear", "HyperLinear") and len(before) == 1)
    turned = o.kind.startswith(("Adaptive", "ConvTranspose")) and before[1:] != after[1:]
    return Sees(ALL, ALL) if whole or turned else sees


# ---------------------------------------------------------------------- a plan
def _is_layer(plan: Any) -> bool:
    return hasattr(plan, "kind")


def _parts(plan: Any) -> list[tuple[Any, Any]]:
    """The parts of a plan that has any, with their names, in the order in which they are used."""
    if isinstance(plan, list):
        return list(enumerate(plan))
    if isinstance(plan, dict):
        return list(plan.items())
    if plan.kind == "TransformerBlock":
        o, new = _arguments(plan), type(plan)
        E, hidden = o.embed_dim, o.hidden_features or 4 * o.embed_dim
        norm, attention = new("LayerNorm", (E,)), new("MultiheadAttention", (E, o.num_heads))
        mlp = [new("Linear", (E, hidden)), new("GELU"), new("Linear", (hidden, E))]
        drop = [("dropout", new("Dropout", (o.dropout,)))] if o.dropout else []
        first, second = [("attention", attention), *drop], [("mlp", mlp), *drop]
        if o.norm_first:
            return [("norm1", norm), *first, ("norm2", norm), *second]
        return [*first, ("norm1", norm), *second, ("norm2", norm)]
    return [(name, part) for name, part in plan.options.items() if _is_layer(part) or isinstance(part, dict | list)]


def _arguments(layer: Any) -> SimpleNamespace:
    """The arguments of a layer in a plan, by name."""
    import dlnotes.numpy as d  # here, because counting a network of PyTorch needs none of it

    if layer.kind not in {*LEARNED, *FREE, "TransformerBlock"}:
        raise ValueError(f"plan: expected layers of {', '.join(sorted({*LEARNED, *FREE}))}, got {layer.kind!r}")
    given: dict[str, Any] = {}
    if hasattr(d, layer.kind):
        try:
            bound = inspect.signature(getattr(d, layer.kind)).bind(*layer.args, **layer.options)
        except TypeError as error:
            raise ValueError(f"plan: expected arguments of {layer.kind}, got {layer!r} ({error})") from None
        bound.apply_defaults()
        given = dict(bound.arguments)
    return SimpleNamespace(**given | {"kind": layer.kind, "ndim": _ndim(layer.kind)})


def _ndim(kind: str) -> int:
    return 1 if kind.endswith("1d") else 2


AXES = {"in_channels": 0, "num_features": 0, "num_channels": 0, "in_features": -1, "embed_dim": -1, "input_size": -1}


def _fits(o: Any, name: str, shape: tuple[int, ...]) -> None:
    """Raise where a layer of a plan cannot take inputs of this shape: its numbers would be of another network."""
    images = o.kind.endswith(("1d", "2d")) and not o.kind.startswith(("BatchNorm1", "Dropout"))
    rank = 1 + o.ndim if images else 2 if o.kind in SEQUENCES else None
    ends = tuple(np.atleast_1d(getattr(o, "normalized_shape", ())).tolist())
    counts = {attribute: getattr(o, attribute, None) for attribute in AXES}
    wrong = [(a, n) for a, n in counts.items() if isinstance(n, int) and shape and shape[AXES[a]] != n]
    if wrong or (rank and len(shape) != rank) or (ends and shape[-len(ends) :] != ends):
        wanted = ", ".join([f"{rank} axes"] * bool(rank) + [f"{a} = {n}" for a, n in counts.items() if n is not None])
        raise ValueError(f"size: expected {wanted or ends} at {' '.join(filter(None, (name, o.kind)))}, got {shape}")


def _output(o: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a layer's output, from the shape of its input."""
    if o.kind.startswith("Blur"):
        return (shape[0], *(-(-n // o.stride) for n in shape[1:]))
    if o.kind in POOLS:
        options = getattr(o, "padding", 0), getattr(o, "dilation", 1)
        kernel, steps, zeros, gaps = window(o.ndim, o.kernel_size, o.stride, *options)
        image = shape[1:]
        size = check.sizes(image, kernel, steps, tuple((p, p) for p in zeros), gaps)
        if getattr(o, "ceil_mode", False):
            axes = zip(image, (check.span(k, d) for k, d in zip(kernel, gaps)), steps, zeros)
            size = tuple(min(-(-(n + 2 * p - w) // s), (n + p - 1) // s) + 1 for n, w, s, p in axes)
        return (shape[0], *size)
    if o.kind in SLIDE:
        kernel = check.each("kernel_size", o.kernel_size, 1, o.ndim)
        return (o.out_channels, *check.windows(shape[1:], kernel, o.stride, o.padding, o.dilation).size)
    if o.kind.startswith("ConvTranspose"):
        names = ("kernel_size", "stride", "dilation", "padding", "output_padding")
        k, s, d, p, more = (np.array(check.each(name, getattr(o, name), 0, o.ndim)) for name in names)
        size = (np.array(shape[1:]) - 1) * s + d * (k - 1) + 1 - 2 * p + more
        return (o.out_channels, *size.tolist())
    if o.kind.startswith("Adaptive"):
        return (shape[0], *(n if m is None else m for n, m in zip(shape[1:], target(o.ndim, o.output_size))))
    if o.kind == "Flatten":
        end = o.end_dim % (len(shape) + 1)
        return (*shape[: o.start_dim - 1], math.prod(shape[o.start_dim - 1 : end]), *shape[end:])
    if o.kind in ("Linear", "HyperLinear"):
        return (*shape[:-1], o.out_features)
    if o.kind == "Embedding":
        return (*shape, o.embedding_dim)
    if o.kind in ("RNN", "LSTM", "GRU"):
        return (*shape[:-1], o.hidden_size * (1 + o.bidirectional))
    if o.kind == "Edge":
        return (shape[0], *(n + 1 for n in shape[1:]))
    if o.kind == "Thin":
        return (2 * shape[0], *(-(-n // 2) for n in shape[1:]))
    return shape


def _walked(plan: Any, name: str, shape: tuple[int, ...], sees: Sees) -> tuple[list[Row], tuple[int, ...], Sees]:
    """The rows of a plan for inputs of this shape, the shape of what comes out, and what that sees."""
    if _is_layer(plan) and not _parts(plan):
        o = _arguments(plan)
        _fits(o, name, shape)
        (weights, others), after = _learned(o), _output(o, shape)
        sees = _seen(o, sees, shape, after)
        products = _products(o, weights, shape, after)
        if o.kind == "Identity":
            return [], shape, sees
        return [Row(name, o.kind, after, weights + others, products, math.prod(after), sees.field)], after, sees
    rows: list[Row] = []
    inside, start = _parts(plan), (shape, sees)
    for key, part in inside:
        path = f"{name}.{key}".lstrip(".")
        if key == "downsample":  # a shortcut begins where its block begins, and ends in the same shape
            rows += _walked(part, path, *start)[0]
        elif key == "head" and getattr(plan, "kind", "") == "GPT" and part.kind == "Identity":
            rows.append(_tied(path, shape, plan.options["tokens"].args[0]))
        else:
            more, shape, sees = _walked(part, path, shape, sees)
            rows += more
    return rows, shape, sees


def _tied(name: str, shape: tuple[int, ...], symbols: int) -> Row:
    """Scores that are products with the symbols' own vectors, which were counted already."""
    *places, features = shape
    made = math.prod(places) * symbols
    return Row(name, "tied", (*places, symbols), 0, made * features, made, ALL)


# ---------------------------------------------------------------------- a network that was built
def _watched(model: Any, size: tuple[int, ...]) -> list[Row]:
    """The rows of a network in the order of one run."""
    backend, widest = _backend.of(model), Sees(1, 1)
    seen: dict[int, Sees] = {}  # what each Tensor sees; `kept` holds the Tensors, so that no id comes twice
    rows: list[Row] = []
    kept: list[Any] = []
    counted: set[int] = set()

    def look(name: str) -> Callable[[Any, Any, Any], None]:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            nonlocal widest
            output = output[0] if isinstance(output, tuple) else output
            before, after = (tuple(t.shape[1:]) for t in (inputs[0], output))
            new = [p for p in module.parameters() if id(p) not in counted]
            weights = sum(math.prod(p.shape) for key, p in module.named_parameters() if "weight" in key)
            o = _Facts(module)
            seen.setdefault(id(inputs[0]), widest)  # after a sum or another function: the widest so far
            sees = _seen(o, seen[id(inputs[0])], before, after)
            products = 0 if o.kind in UNMULTIPLIED else _products(o, weights, before, after)
            learned = sum(math.prod(p.shape) for p in new)
            rows.append(Row(name, o.kind, after, learned, products, math.prod(after), sees.field))
            counted.update(map(id, new))
            seen[id(output)], widest = sees, max(widest, sees)
            kept.extend((inputs[0], output))

        return hook

    layers = [(name, layer) for name, layer in _leaves(model) if not isinstance(layer, backend.Identity)]
    handles = [layer.register_forward_hook(look(name)) for name, layer in layers]
    whole = any(type(m).__name__ == "Embedding" for m in model.modules())
    x = np.zeros((1, *size), np.int64 if whole else np.float32)
    try:
        with _modes.evaluating(model), backend.no_grad():
            output = model(_backend.maker(model)(x))
    finally:
        for handle in handles:
            handle.remove()
    if type(model).__name__ == "GPT" and isinstance(model.head, backend.Identity):
        rows.append(_tied("head", rows[-1].output, output.shape[-1]))
    missing = count(model) - sum(row.parameters for row in rows)
    if missing:
        raise ValueError(f"model: expected every parameter in a layer that is called, got {missing:,} in none")
    return rows


UNMULTIPLIED = {kind for kind in LEARNED if "Norm" in kind} | {"Embedding", "LearnedPositions"}


class _Facts:
    """A layer that was built, asked by the names of its arguments."""

    def __init__(self, module: Any):
        self.module, self.kind = module, type(module).__name__
        self.ndim = _ndim(self.kind)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


def _leaves(model: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The layers that are not made of layers, or that are known as a whole."""
    kind, inside = type(model).__name__, list(model.named_children())
    if kind in LEARNED or kind in FREE or not inside:
        if kind not in {*LEARNED, *FREE} and any(True for _ in model.parameters()):
            raise ValueError(f"model: expected layers of {', '.join(sorted({*LEARNED, *FREE}))}, got {kind!r}")
        yield name, model
        return
    for key, child in inside:
        yield from _leaves(child, f"{name}.{key}".lstrip("."))
