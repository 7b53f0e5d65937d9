"""Dropout, with the masks of `dlnotes.numpy.dropout`.

torch.nn.Dropout draws from PyTorch's own stream.  These draw from a `numpy.random.Generator`: one seed, one mask, in
either back end.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor, from_numpy, no_grad, stack, where
from torch.nn import Module

from dlnotes import _validate
from dlnotes._validate import dropout as _check

__all__ = ["dropout", "dropout2d", "Dropout", "Dropout2d", "monte_carlo"]


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    *,
    inverted: bool = True,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Each entry is set to 0 with probability `p` in training, where the others are divided by 1 - p."""
    _check.dropped(Tensor, input, p, generator)
    return _drop(input, tuple(input.shape), p, training, inverted, generator)


def dropout2d(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    *,
    inverted: bool = True,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """`dropout` of whole channels of images (N, C, H, W)."""
    _check.dropped(Tensor, input, p, generator)
    _check.images(input)
    return _drop(input, (*input.shape[:2], 1, 1), p, training, inverted, generator)


def _drop(
    input: Tensor, shape: tuple, p: float, training: bool, inverted: bool, generator: np.random.Generator | None
) -> Tensor:
    if not training:
        return input if inverted else input * (1 - p)
    generator = generator or np.random.default_rng()
    kept = from_numpy(np.asarray(generator.random(shape, "f") >= p)).to(input.device)
    return where(kept, input / (1 - p) if inverted and p < 1 else input, 0)


class Dropout(Module):
    """`dropout` in training, with masks from `generator`; in evaluation the input, or (1 - p) times it."""

    def __init__(self, p: float = 0.5, *, inverted: bool = True, generator: np.random.Generator | None = None):
        _check.chance(p)
        _validate.generator(generator)
        super().__init__()
        self.p, self.inverted, self.generator = p, inverted, generator or np.random.default_rng()

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training, inverted=self.inverted, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}, inverted={self.inverted}"


class Dropout2d(Dropout):
    """`dropout2d`, as `Dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        return dropout2d(input, self.p, self.training, inverted=self.inverted, generator=self.generator)


@no_grad()
def monte_carlo(
    model: Module, inputs: Tensor, samples: int = 100, generator: np.random.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of `samples` outputs of `model`, each under masks of its own."""
    _check.samples(samples, generator)
    before = [(m, m.training) for m in model.modules()]
    layers = [(m, m.generator) for m in model.modules() if isinstance(m, Dropout)]
    try:
        model.eval()
        for layer, own in layers:
            layer.training, layer.generator = True, generator or own
        outputs = stack([model(inputs) for _ in range(samples)])
        return outputs.mean(0), outputs.var(0).sqrt()
    finally:
        for module, mode in before:
            module.training = mode
        for layer, own in layers:
            layer.generator = own
