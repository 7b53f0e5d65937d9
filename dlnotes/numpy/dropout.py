"""Dropout: in training, a random share of the units is set to 0.

No unit can count on any other being there, so each learns something useful by itself; and since every
mask is another network with the same weights, one network is trained as an average of very many.

The expected output of a masked layer is (1 - p) times the full one.  The notes make up for that at
test time: train with the mask, then multiply by 1 - p (`inverted=False`).  PyTorch, and everybody today,
divides by 1 - p in training, which has the same effect and leaves nothing to do at test time.  A third way
keeps the masks at test time and averages over them: `monte_carlo`, whose spread tells how sure the
network is.

Masks are drawn from an explicit `numpy.random.Generator`, the same in both back ends.
Source: chapter *Training*; Srivastava et al. 2014.
"""

from __future__ import annotations

import numpy as np

from dlnotes import _validate
from dlnotes._validate import dropout as _check
from dlnotes.numpy.nn import Module
from dlnotes.numpy.tensor import Tensor, no_grad, record, select, stack

__all__ = ["dropout", "dropout2d", "Dropout", "Dropout2d", "monte_carlo"]


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    *,
    inverted: bool = True,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Each entry is set to 0 with probability `p` in training, where the others are divided by 1 - p.

    inverted: with False the others stay as they are, and without training all are multiplied by 1 - p instead.
    Raises TypeError for an input that is not float32 or float64, ValueError for a `p` outside [0, 1].

    >>> from dlnotes.numpy import ones
    >>> dropout(ones(5), generator=np.random.default_rng(0))
    tensor([2., 2., 2., 0., 0.])
    """
    _check.dropped(Tensor, input, p, generator)
    return _drop(input, input.shape, p, training, inverted, generator)


def dropout2d(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    *,
    inverted: bool = True,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """`dropout` of whole channels of images (N, C, H, W).

    Neighbouring pixels are so alike that a single one dropped is no loss.  Source: Tompson et al. 2015.
    """
    _check.dropped(Tensor, input, p, generator)
    _check.images(input)
    return _drop(input, (*input.shape[:2], 1, 1), p, training, inverted, generator)


def _drop(
    input: Tensor, shape: tuple, p: float, training: bool, inverted: bool, generator: np.random.Generator | None
) -> Tensor:
    if not training:
        return input if inverted else input * (1 - p)
    generator = generator or np.random.default_rng()
    kept = generator.random(shape, "f") >= p
    scale = 1 / (1 - p) if inverted and p < 1 else 1
    return record(select(kept, scale * input.data), (input, lambda g: select(kept, scale * g)))


class Dropout(Module):
    """`dropout` in training, with masks from `generator`; in evaluation the input, or (1 - p) times it."""

    def __init__(self, p: float = 0.5, *, inverted: bool = True, generator: np.random.Generator | None = None):
        _check.chance(p)
        _validate.generator(generator)
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
    """Mean and standard deviation of `samples` outputs of `model`, each under masks of its own.

    Only dropout is switched to training, and draws from `generator` (its own where that is None); afterwards the
    model is as it was.  The mean approximates the average of all the thinned networks; the spread is large where they
    disagree, as they do far from the training data.  Source: Gal and Ghahramani 2016.

    Raises ValueError for fewer than 2 samples.
    """
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
