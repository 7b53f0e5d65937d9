"""Losses in every option."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case

TIES = np.array([[0.0, 1.0, -1.0], [2.0, -2.0, 0.5]])  # errors of 0 and of just 1 against ZEROS
ZEROS = np.zeros((2, 3))
LABELS = np.array([0, 2, 1, 2, 2])
MAPS = np.array([[[0, 2], [1, 1]], [[2, 2], [0, 1]]])  # labels of two images of 2 x 2
SHARES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.25, 0.25, 0.5], [0.0, 0.9, 0.1], [0.4, 0.4, 0.2]])
FAR = np.array([[1e4, 0, -1e4], [-1e4, 1e4, 0.0], [0.0, 0.0, 0.0], [1e4, 1e4, 1e4], [-1e4, 0.0, -1e4]])
COSTS = [0.5, 2.0, 0.0]


def costs(d, x):
    return d.tensor(COSTS, dtype=x.dtype)


for _r in ["mean", "sum", "none"]:
    for _a, _b in [((3, 4), (3, 4)), (TIES, ZEROS), ((), ())]:
        case("l1_loss", lambda d, x, y, r=_r: d.l1_loss(input=x, target=y, reduction=r), _a, _b)
        case("huber_loss", lambda d, x, y, r=_r: d.huber_loss(x, y, r) + d.huber_loss(x, y, reduction=r, delta=0.3), _a, _b)
    for _e in [0.0, 0.1, 1.0]:
        for _x, _t in [((5, 3), LABELS), ((2, 3, 2, 2), MAPS), ((5, 3), SHARES), ((2, 3, 2), (2, 3, 2))]:
            case("cross_entropy", lambda d, x, y, r=_r, e=_e: d.cross_entropy(x, y, costs(d, x), reduction=r, label_smoothing=e), _x, _t)
            case("cross_entropy", lambda d, x, y, r=_r, e=_e: d.cross_entropy(x, y, reduction=r, label_smoothing=e), _x, _t)
        case("cross_entropy", lambda d, x, y, r=_r, e=_e: d.cross_entropy(x, y, weight=costs(d, x), ignore_index=1, reduction=r, label_smoothing=e), (5, 3), LABELS)
    for _x, _t in [((5, 3), LABELS), ((2, 3, 2, 2), MAPS)]:
        case("nll_loss", lambda d, x, y, r=_r: (d.nll_loss(x, y, reduction=r), d.nll_loss(x, y, costs(d, x), ignore_index=1, reduction=r)), _x, _t)
    case("binary_cross_entropy_with_logits", lambda d, x, t, r=_r: d.binary_cross_entropy_with_logits(x, t, reduction=r, pos_weight=costs(d, x)), (5, 3), SHARES)
    case("binary_cross_entropy_with_logits", lambda d, x, t, r=_r: d.binary_cross_entropy_with_logits(x, t, weight=costs(d, x), reduction=r, pos_weight=costs(d, x) * 0 + 3), (5, 3), SHARES)
    case("binary_cross_entropy_with_logits", lambda d, x, t, r=_r: d.binary_cross_entropy_with_logits(x, t, d.ones(5, 1, dtype=x.dtype) * 2, reduction=r), (5, 3), SHARES)
for _r in ["mean", "sum", "none", "batchmean"]:
    case("kl_div", lambda d, x, r=_r: d.kl_div(x, d.tensor(SHARES, dtype=x.dtype), reduction=r), (5, 3))
    case("kl_div", lambda d, x, y, r=_r: d.kl_div(x, y, reduction=r), (5, 3), SHARES + 0.1)
    case("kl_div", lambda d, x, y, r=_r: d.kl_div(x, y, reduction=r, log_target=True), (2, 3, 2), (2, 3, 2))
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y, label_smoothing=0.2), FAR, LABELS)
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y), FAR, SHARES)
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y), (5, 3), np.array([0, -100, 1, -100, 2]))
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y, ignore_index=255, reduction="sum"), (2, 3), np.array([255, 255], "u1"))
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y), (1, 1), np.array([0]))
case("cross_entropy", lambda d, x, y: d.cross_entropy(x + d.tensor([0.0, -np.inf, 0.0], dtype=x.dtype), y), (2, 3), np.array([0, 2]))  # a class ruled out
case("nll_loss", lambda d, x, y: d.nll_loss(d.log_softmax(x, 1), y) - d.cross_entropy(x, y), (5, 3), LABELS)
case("binary_cross_entropy_with_logits", lambda d, x, t: d.binary_cross_entropy_with_logits(x, t, pos_weight=costs(d, x)), FAR, SHARES)

bad("l1_loss: shapes", lambda d: d.l1_loss(d.ones(3), d.ones(3, 1)))
bad("l1_loss: reduction", lambda d: d.l1_loss(d.ones(3), d.ones(3), reduction="max"))
bad("huber_loss: empty", lambda d: d.huber_loss(d.ones(0), d.ones(0)))
bad("huber_loss: delta", lambda d: d.huber_loss(d.ones(3), d.ones(3), delta=0))
bad("huber_loss: delta text", lambda d: d.huber_loss(d.ones(3), d.ones(3), delta="1"))
bad("cross_entropy: half", lambda d: d.cross_entropy(d.tensor(np.ones((2, 3), "f2")), d.tensor([0, 1])))
bad("cross_entropy: weight shape", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0, 1]), d.ones(2)))
bad("cross_entropy: weight dtype", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0, 1]), d.ones(3, dtype=d.float64)))
bad("cross_entropy: weight list", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0, 1]), [1.0] * 3))
bad("cross_entropy: smoothing", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0, 1]), label_smoothing=1.1))
bad("cross_entropy: smoothing below", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0, 1]), label_smoothing=-0.1))
bad("cross_entropy: all ignored", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([-100, -100])))
bad("cross_entropy: shares in another dtype", lambda d: d.cross_entropy(d.ones(2, 3), d.ones(2, 3, dtype=d.float64)))
bad("cross_entropy: map shape", lambda d: d.cross_entropy(d.ones(2, 3, 4), d.tensor([[0, 1]] * 2)))
bad("cross_entropy: label not ignored", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([-100, 1]), ignore_index=0))
bad("nll_loss: shares", lambda d: d.nll_loss(d.ones(2, 3), d.ones(2, 3)))
bad("nll_loss: label", lambda d: d.nll_loss(d.ones(2, 3), d.tensor([0, 3])))
bad("bce: weight shape", lambda d: d.binary_cross_entropy_with_logits(d.ones(2, 3), d.ones(2, 3), d.ones(2)))
bad("bce: pos_weight rank", lambda d: d.binary_cross_entropy_with_logits(d.ones(3), d.ones(3), pos_weight=d.ones(1, 3)))
bad("bce: weight dtype", lambda d: d.binary_cross_entropy_with_logits(d.ones(3), d.ones(3), d.ones(3, dtype=d.float64)))
bad("kl_div: shapes", lambda d: d.kl_div(d.ones(2, 3), d.ones(3)))
bad("kl_div: reduction", lambda d: d.kl_div(d.ones(3), d.ones(3), reduction="avg"))
bad("kl_div: labels", lambda d: d.kl_div(d.ones(3), d.tensor([1, 2, 3])))
