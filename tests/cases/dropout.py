"""Dropout: equal masks from equal generators."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case, rng

for _p in [0, 0.3, 0.5, 1, 1.0]:
    for _inverted in [True, False]:
        case("dropout", lambda d, x, p=_p, i=_inverted: (d.dropout(x, p, inverted=i, generator=rng()), d.dropout(x, p, False, inverted=i) * 1), (4, 5))
        case("dropout2d", lambda d, x, p=_p, i=_inverted: (d.dropout2d(x, p, inverted=i, generator=rng()), d.dropout2d(x, p, False, inverted=i) * 1), (3, 4, 2, 2))
for _x in [(), (0, 3), (2, 3, 4), np.arange(24.0).reshape(4, 6)[::-2, ::3]]:
    case("dropout", lambda d, x: d.dropout(input=x, p=0.4, training=True, generator=rng()), _x)


def _net(d, x, generator, **options):
    return d.Sequential(
        d.Linear(3, 8, dtype=x.dtype, generator=generator), d.Dropout(0.4, generator=generator, **options), d.ReLU(),
        d.Linear(8, 2, dtype=x.dtype, generator=generator),
    )  # fmt: skip


def _dropped(d, x):
    """A network in training, twice, since masks differ, and in evaluation."""
    net, notes = _net(d, x, rng()), _net(d, x, rng(), inverted=False)
    return net(x), net(x), net.eval()(x), notes(x), notes.eval()(x), repr(net), repr(d.Dropout(1))


def _uncertain(d, x):
    net = _net(d, x, rng())
    net[2].eval()
    mean, spread = d.monte_carlo(net, x, 7, rng())
    again = d.monte_carlo(net, x, samples=7, generator=rng())
    own = d.monte_carlo(net, x, 7)  # from the layer's generator, which the calls before left alone
    return mean, spread, again, own, mean.requires_grad, [m.training for m in net.modules()]


case("Dropout", _dropped, (5, 3), stepped=False)
case("Dropout2d", lambda d, x: (d.Dropout2d(0.5, generator=rng())(x), d.Dropout2d(0.5, inverted=False).eval()(x), repr(d.Dropout2d(0.3))), (3, 4, 2, 2))
case("monte_carlo", _uncertain, (5, 3))
case("monte_carlo", lambda d, x: d.monte_carlo(d.Sequential(d.Dropout2d(), d.Flatten()), x, 3, rng()), (2, 3, 2, 2))

bad("dropout: negative", lambda d: d.dropout(d.ones(2), -0.1))
bad("dropout: above 1", lambda d: d.dropout(d.ones(2), 1.5))
bad("dropout: text", lambda d: d.dropout(d.ones(2), "0.5"))
bad("dropout: not a number", lambda d: d.dropout(d.ones(2), float("nan")))
bad("dropout: integers", lambda d: d.dropout(d.tensor([1, 2])))
bad("dropout: half", lambda d: d.dropout(d.tensor(np.ones(2, "f2"))))
bad("dropout: array", lambda d: d.dropout(np.ones(2)))
bad("dropout: seed", lambda d: d.dropout(d.ones(2), generator=3))
bad("dropout2d: row", lambda d: d.dropout2d(d.ones(2, 3)))
bad("dropout2d: one image", lambda d: d.dropout2d(d.ones(2, 3, 3)))
bad("Dropout: above 1", lambda d: d.Dropout(2))
bad("Dropout: seed", lambda d: d.Dropout(0.5, generator=0))
bad("Dropout2d: rank", lambda d: d.Dropout2d()(d.ones(2, 3, 3)))
bad("monte_carlo: one sample", lambda d: d.monte_carlo(d.Dropout(), d.ones(2), 1))
bad("monte_carlo: float", lambda d: d.monte_carlo(d.Dropout(), d.ones(2), 2.5))
bad("monte_carlo: seed", lambda d: d.monte_carlo(d.Dropout(), d.ones(2), 2, 7))
