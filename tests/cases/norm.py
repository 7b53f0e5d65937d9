"""Normalisation: every layer in training and evaluation, and its running statistics."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case

EQUAL = np.full((3, 2, 2, 2), 1.5)  # variance 0
EQUAL[:, 1] = np.arange(12.0).reshape(3, 2, 2)
REVERSED = np.random.default_rng(3).normal(size=(3, 5, 4, 2)).transpose(3, 2, 0, 1)[:, ::-1, :, ::-2]  # (2, 4, 3, 3)


def like(d, x, *shape, fill=1.0):
    return d.tensor(np.full(shape, fill), dtype=x.dtype)


# --------------------------------------------------------------------------- functions
for _shape in [(4, 3), (4, 3, 5), (2, 3, 4, 2), (2, 3, 1, 1), (1, 3, 2, 2), (2, 3, 2, 2, 2)]:
    case("batch_norm", lambda d, x, w, b: d.batch_norm(x, None, None, w, b, True), _shape, (3,), (3,))
    case("batch_norm", lambda d, x, w: d.batch_norm(x, None, None, weight=w, training=True, eps=0.1), _shape, (3,))
    case("batch_norm", lambda d, x, w, b: d.batch_norm(x, like(d, x, 3, fill=0.5), like(d, x, 3, fill=2), w, b), _shape, (3,), (3,))
for _x in [EQUAL, REVERSED]:
    case("batch_norm", lambda d, x: d.batch_norm(x, None, None, training=True, eps=0.1), _x)
    case("instance_norm", lambda d, x: d.instance_norm(x, eps=0.1), _x)
    case("group_norm", lambda d, x: d.group_norm(x, num_groups=2, eps=0.1), _x)
    case("layer_norm", lambda d, x: d.layer_norm(x, (2, 2) if x.shape[1] == 2 else (3, 3), eps=0.1), _x)
case("batch_norm", lambda d, x, b: d.batch_norm(x, None, None, bias=b, training=True), (4, 3), (3,))
case("batch_norm", lambda d, x: d.batch_norm(x, like(d, x, 3, fill=0.5), like(d, x, 3), training=False), (1, 3))


def _tracked(d, x, function, **options):
    """The running statistics after two calls."""
    mean, var = like(d, x, 3, fill=0.2), like(d, x, 3, fill=2.0)
    y = function(x, mean, var, **options) + function(x * 2 + 1, mean, var, **options)
    return y, mean, var


for _momentum in [0.1, 0.0, 1.0]:
    case("batch_norm", lambda d, x, m=_momentum: _tracked(d, x, d.batch_norm, training=True, momentum=m), (4, 3, 2, 2), stepped=False)
    case("instance_norm", lambda d, x, m=_momentum: _tracked(d, x, d.instance_norm, momentum=m), (4, 3, 2, 2), stepped=False)
case("instance_norm", lambda d, x: _tracked(d, x, d.instance_norm, use_input_stats=False), (4, 3, 2, 2), stepped=False)

for _shape, _terms in [((4, 6, 5), 1), ((2, 6, 4, 2), 1), ((1, 6, 2, 1), 150)]:  # of two pixels both are 140 deviations from 0
    case("instance_norm", lambda d, x, w, b: d.instance_norm(x, None, None, w, b), _shape, (6,), (6,), terms=_terms)
    case("instance_norm", lambda d, x, b: d.instance_norm(x, bias=b), _shape, (6,), terms=_terms)
    for _groups in [1, 2, 3, 6]:
        case("group_norm", lambda d, x, w, b, k=_groups: d.group_norm(x, k, w, b), _shape, (6,), (6,), terms=_terms)
case("group_norm", lambda d, x, w: d.group_norm(x, 2, w), (4, 6), (6,))
case("layer_norm", lambda d, x, w, b: d.layer_norm(x, (4,), w, b), (3, 4), (4,), (4,))
case("layer_norm", lambda d, x, w, b: d.layer_norm(x, (3, 4), w, b, 0.1), (2, 5, 3, 4), (3, 4), (3, 4))
case("layer_norm", lambda d, x, b: d.layer_norm(x, (4,), bias=b), (4,), (4,))
case("layer_norm", lambda d, x: d.layer_norm(x, (1,), eps=1.0), (3, 1))
case("layer_norm", lambda d, x: d.layer_norm(x * 1e3, (3,)), np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 2.0]]), stepped=False)
case("rms_norm", lambda d, x, w: d.rms_norm(x, (4,), w), (3, 4), (4,))
case("rms_norm", lambda d, x, w: d.rms_norm(x, (3, 4), w, 0.1), (2, 3, 4), (3, 4))
case("rms_norm", lambda d, x: d.rms_norm(x, (3,)) + d.rms_norm(x, [3], eps=1e-3), (2, 2, 3))

for _size in [1, 2, 3, 4, 5, 9]:
    case("local_response_norm", lambda d, x, n=_size: d.local_response_norm(x, n, 0.5, 0.6, 2.0), (2, 5, 3, 2))
case("local_response_norm", lambda d, x: d.local_response_norm(x, 5), REVERSED)
case("local_response_norm", lambda d, x: d.local_response_norm(x, size=3, alpha=1.0, beta=0.75, k=0.1), np.array([[[0.0], [1], [0], [-2]]]))


# --------------------------------------------------------------------------- layers
def _history(d, x, layer):
    """What a layer gives and keeps in training, twice, and in evaluation."""
    layer = layer.to(x.dtype)
    y = layer(x) + layer(x * 2 + 1) * layer.eval()(x)
    return y, layer.state_dict(), repr(layer), [n for n, _ in layer.named_parameters()]


OPTIONS = [{}, {"momentum": None}, {"momentum": 0.3, "eps": 0.1}, {"affine": False}, {"track_running_stats": False}]
for _options in OPTIONS:
    for _shape in [(4, 3), (4, 3, 5)]:
        case("BatchNorm1d", lambda d, x, o=_options: _history(d, x, d.BatchNorm1d(3, **o)), _shape, stepped=False)
    case("BatchNorm2d", lambda d, x, o=_options: _history(d, x, d.BatchNorm2d(3, **o)), (4, 3, 2, 2), stepped=False)
for _options in [{}, {"affine": True}, {"track_running_stats": True}, {"track_running_stats": True, "affine": True, "momentum": 0.7}]:
    case("InstanceNorm2d", lambda d, x, o=_options: _history(d, x, d.InstanceNorm2d(3, **o)), (4, 3, 2, 2), stepped=False)
case("BatchNorm2d", lambda d, x: (d.BatchNorm2d(3, dtype=x.dtype)(x), d.BatchNorm2d(3, 0.1, None, False, False)(x)), (4, 3, 2, 2))
case("BatchNorm1d", lambda d, x: d.BatchNorm1d(3, dtype=x.dtype)(x), (4, 3))
case("InstanceNorm2d", lambda d, x: d.InstanceNorm2d(3, affine=True, dtype=x.dtype)(x), (4, 3, 2, 2))
case("GroupNorm", lambda d, x: (d.GroupNorm(2, 4, dtype=x.dtype)(x), d.GroupNorm(1, 4, 0.1, False)(x), repr(d.GroupNorm(2, 4)), repr(d.GroupNorm(2, 4, affine=False))), (3, 4, 2))
case("LayerNorm", lambda d, x: (d.LayerNorm(4, dtype=x.dtype)(x), repr(d.LayerNorm(4)), list(d.LayerNorm(4).state_dict())), (3, 4))
case("LayerNorm", lambda d, x: (d.LayerNorm((3, 4), 0.1, True, False, dtype=x.dtype)(x), repr(d.LayerNorm([3, 4], bias=False))), (2, 3, 4))
case("LayerNorm", lambda d, x: (d.LayerNorm(4, elementwise_affine=False)(x), repr(d.LayerNorm(4, elementwise_affine=False))), (2, 3, 4))
case("RMSNorm", lambda d, x: (d.RMSNorm(4, dtype=x.dtype)(x), d.RMSNorm((3, 4), 0.1, False)(x), repr(d.RMSNorm(4))), (2, 3, 4))
case("LocalResponseNorm", lambda d, x: (d.LocalResponseNorm(3)(x), d.LocalResponseNorm(2, 0.5, 0.5, 2.0)(x), repr(d.LocalResponseNorm(3))), (2, 4, 3))

# --------------------------------------------------------------------------- bad input
bad("batch_norm: one value", lambda d: d.batch_norm(d.ones(1, 3), None, None, training=True))
bad("batch_norm: one pixel", lambda d: d.batch_norm(d.ones(1, 3, 1, 1), None, None, training=True))
bad("batch_norm: vector", lambda d: d.batch_norm(d.ones(3), None, None, training=True))
bad("batch_norm: empty batch", lambda d: d.batch_norm(d.ones(0, 3), None, None, training=True))
bad("batch_norm: empty image", lambda d: d.batch_norm(d.ones(2, 3, 0, 2), None, None, training=True))
bad("batch_norm: whole numbers", lambda d: d.batch_norm(d.tensor([[1, 2]] * 2), None, None, training=True))
bad("batch_norm: half", lambda d: d.batch_norm(d.tensor(np.ones((2, 2), "f2")), None, None, training=True))
bad("batch_norm: array", lambda d: d.batch_norm(np.ones((2, 2)), None, None, training=True))
bad("batch_norm: no statistics", lambda d: d.batch_norm(d.ones(2, 3), None, None))
bad("batch_norm: half of them", lambda d: d.batch_norm(d.ones(2, 3), d.ones(3), None))
bad("batch_norm: weight shape", lambda d: d.batch_norm(d.ones(2, 3), None, None, d.ones(2), training=True))
bad("batch_norm: bias dtype", lambda d: d.batch_norm(d.ones(2, 3), None, None, None, d.ones(3, dtype=d.float64), True))
bad("batch_norm: statistics shape", lambda d: d.batch_norm(d.ones(2, 3), d.ones(2), d.ones(3)))
bad("batch_norm: momentum", lambda d: d.batch_norm(d.ones(2, 3), None, None, training=True, momentum=1.5))
bad("BatchNorm1d: image", lambda d: d.BatchNorm1d(3)(d.ones(2, 3, 4, 4)))
bad("BatchNorm1d: channels", lambda d: d.BatchNorm1d(3)(d.ones(2, 4)))
bad("BatchNorm1d: one value", lambda d: d.BatchNorm1d(3)(d.ones(1, 3)))
bad("BatchNorm2d: row", lambda d: d.BatchNorm2d(3)(d.ones(2, 3)))
bad("BatchNorm2d: dtype", lambda d: d.BatchNorm2d(3)(d.ones(2, 3, 2, 2, dtype=d.float64)))
bad("BatchNorm2d: channels", lambda d: d.BatchNorm2d(3)(d.ones(2, 4, 2, 2)))
bad("BatchNorm2d: none", lambda d: d.BatchNorm2d(0))
bad("BatchNorm2d: float", lambda d: d.BatchNorm2d(2.5))
bad("BatchNorm2d: eps", lambda d: d.BatchNorm2d(2, -1.0))
bad("BatchNorm2d: momentum", lambda d: d.BatchNorm2d(2, momentum=-0.1))
bad("instance_norm: one pixel", lambda d: d.instance_norm(d.ones(2, 3, 1, 1)))
bad("instance_norm: no statistics", lambda d: d.instance_norm(d.ones(2, 3, 2, 2), use_input_stats=False))
bad("InstanceNorm2d: channels", lambda d: d.InstanceNorm2d(3)(d.ones(2, 4, 2, 2)))
bad("InstanceNorm2d: one pixel", lambda d: d.InstanceNorm2d(3)(d.ones(2, 3, 1, 1)))
bad("InstanceNorm2d: rank", lambda d: d.InstanceNorm2d(3)(d.ones(3, 2, 2)))
bad("group_norm: divisor", lambda d: d.group_norm(d.ones(2, 6, 2), 4))
bad("group_norm: none", lambda d: d.group_norm(d.ones(2, 6, 2), 0))
bad("group_norm: float", lambda d: d.group_norm(d.ones(2, 6, 2), 2.0))
bad("group_norm: one value", lambda d: d.group_norm(d.ones(2, 6), 6))
bad("group_norm: weight", lambda d: d.group_norm(d.ones(2, 6, 2), 2, d.ones(2)))
bad("GroupNorm: divisor", lambda d: d.GroupNorm(4, 6))
bad("GroupNorm: channels", lambda d: d.GroupNorm(2, 6)(d.ones(2, 4, 2)))
bad("layer_norm: width", lambda d: d.layer_norm(d.ones(2, 3), (4,)))
bad("layer_norm: rank", lambda d: d.layer_norm(d.ones(3), (2, 3)))
bad("layer_norm: number", lambda d: d.layer_norm(d.ones(2, 3), 3))
bad("layer_norm: no axis", lambda d: d.layer_norm(d.ones(2, 3), ()))
bad("layer_norm: empty", lambda d: d.layer_norm(d.ones(0, 3), (3,)))
bad("layer_norm: weight", lambda d: d.layer_norm(d.ones(2, 3), (3,), d.ones(1, 3)))
bad("layer_norm: weight dtype", lambda d: d.layer_norm(d.ones(2, 3), (3,), d.ones(3, dtype=d.float64)))
bad("LayerNorm: zero", lambda d: d.LayerNorm(0))
bad("LayerNorm: text", lambda d: d.LayerNorm("3"))
bad("LayerNorm: width", lambda d: d.LayerNorm(3)(d.ones(2, 4)))
bad("rms_norm: width", lambda d: d.rms_norm(d.ones(2, 3), (4,)))
bad("RMSNorm: axis", lambda d: d.RMSNorm((2, -1)))
bad("RMSNorm: whole numbers", lambda d: d.RMSNorm(2)(d.tensor([[1, 2]])))
bad("local_response_norm: rank", lambda d: d.local_response_norm(d.ones(2, 3), 2))
bad("local_response_norm: size", lambda d: d.local_response_norm(d.ones(2, 3, 2), 0))
bad("local_response_norm: k", lambda d: d.local_response_norm(d.ones(2, 3, 2), 2, k=0))
bad("local_response_norm: alpha", lambda d: d.local_response_norm(d.ones(2, 3, 2), 2, alpha=-1))
bad("LocalResponseNorm: empty", lambda d: d.LocalResponseNorm(2)(d.ones(2, 3, 0)))
