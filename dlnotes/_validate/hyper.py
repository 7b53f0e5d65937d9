"""What hypernetworks ask of their codes and of the weights made from them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlnotes._validate import _short, floating, tensors


def networks(kind: Any, **given: Any) -> None:
    """Each is a Module of this back end."""
    for name, value in given.items():
        if not isinstance(value, kind):
            raise TypeError(f"{name}: expected a Module, got {type(value).__name__}")


def replacements(kind: Any, given: Any, own: dict[str, tuple]) -> None:
    """Tensors to stand in for parameters and buffers of these names and shapes."""
    name = "parameter_and_buffer_dicts"
    if not isinstance(given, dict):
        raise TypeError(f"{name}: expected a dict of names and Tensors, got {type(given).__name__}")
    for key, value in given.items():
        if key not in own:
            raise ValueError(f"{name}: expected names among {', '.join(own) or 'none'}, got {key!r}")
        if not isinstance(value, kind):
            raise TypeError(f"{name}: expected a Tensor for {key}, got {type(value).__name__}")
        if tuple(value.shape) != tuple(own[key]):
            raise ValueError(f"{name}: expected shape {tuple(own[key])} for {key}, got {tuple(value.shape)}")


def codes(kind: Any, input: Any, code: Any) -> None:
    """One code for all examples, or one for each: vectors of floating numbers, or whole numbers that name them."""
    tensors(kind, input=input, code=code)
    vector = code.dtype.kind == "f" if isinstance(code.dtype, np.dtype) else code.dtype.is_floating_point
    if not vector and "bool" in str(code.dtype):
        raise TypeError("code: expected floating or whole numbers, got dtype bool")
    axes = len(code.shape) - vector
    if axes not in (0, 1) or math.prod(code.shape) == 0:
        shapes = "(k,) or (B, k)" if vector else "() or (B,) of whole numbers"
        raise ValueError(f"code: expected shape {shapes}, not empty, got {tuple(code.shape)}")
    if axes and tuple(input.shape[:1]) != tuple(code.shape[:1]):
        raise ValueError(
            f"input: expected {code.shape[0]} examples, one for each code, got shape {tuple(input.shape)}"
        )


def generated(shape: tuple, codes: int, weights: int) -> None:
    """G has made one number for each weight of H, for each code."""
    if tuple(shape) != (codes, weights):
        raise ValueError(f"G: expected {weights} outputs a code, the number of weights of H, got shape {tuple(shape)}")


def one_output(kind: Any, output: Any) -> None:
    """H gives one Tensor for an example, so that those of all examples can be joined."""
    if not isinstance(output, kind):
        raise TypeError(f"H: expected one Tensor for each example, got {type(output).__name__}")


def code_features(code: Any, features: int) -> None:
    """Codes are floating vectors of this length."""
    floating("code", code.dtype)
    if code.shape[-1] != features:
        raise ValueError(f"code: expected {features} features, got shape {tuple(code.shape)}")


def example_rows(shape: tuple, dtype: Any, features: int, wanted: Any) -> None:
    """Input (..., in_features) in the dtype of the layer."""
    if len(shape) == 0 or shape[-1] != features or math.prod(shape) == 0:
        raise ValueError(f"input: expected shape (..., {features}), not empty, got {tuple(shape)}")
    if dtype != wanted:
        raise TypeError(f"input: expected dtype {_short(wanted)}, that of weight, got {_short(dtype)}")


def last_layer(kind: Any, layer: Any, weights: int) -> None:
    """A Linear with a bias and one output for each weight of H."""
    if not isinstance(layer, kind) or layer.bias is None:
        raise TypeError(f"layer: expected a Linear with a bias, got {type(layer).__name__}")
    if layer.out_features != weights:
        raise ValueError(f"layer: expected {weights} outputs, the number of weights of H, got {layer.out_features}")
