"""Activations, at their kinks and far out."""

# ruff: noqa: E501
from __future__ import annotations

import numpy as np

from tests.cases.table import case

KINK = np.array([[-3.0, -0.5, 0.0], [0.0, 0.5, 3.0]])
FAR = np.array([-1e4, -200.0, -40.0, -12.0, 0.0, 12.0, 40.0, 200.0, 1e4])
STRIPES = np.arange(-12.0, 12.0).reshape(4, 6)[::-2, ::3]  # negative strides

for _x in [KINK, FAR, (), (1, 1), (0, 3), (2, 3, 4), STRIPES]:
    case("leaky_relu", lambda d, x: (d.leaky_relu(x), d.leaky_relu(x, negative_slope=0.3)), _x)
    case("elu", lambda d, x: (d.elu(x), d.elu(x, alpha=0.3)), _x)
    case("selu", lambda d, x: d.selu(input=x), _x)
    case("silu", lambda d, x: d.silu(input=x), _x)
    case("softplus", lambda d, x: d.softplus(input=x), _x)
    case("softplus", lambda d, x: d.softplus(input=x, beta=3, threshold=7), _x)
    case("gelu", lambda d, x: d.gelu(input=x, approximate="none"), _x)
    case("gelu", lambda d, x: d.gelu(input=x, approximate="tanh"), _x)
case("leaky_relu", lambda d, x: d.leaky_relu(x, -0.5), KINK)
case("softplus", lambda d, x: d.softplus(input=x, beta=2), np.array([9.99, 10.0, 10.01]), stepped=False)  # the seam

case("LeakyReLU", lambda d, x: (d.LeakyReLU()(x), d.LeakyReLU(0.3)(x), repr(d.LeakyReLU(1))), KINK)
case("ELU", lambda d, x: (d.ELU()(x), d.ELU(0.3)(x), repr(d.ELU())), KINK)
case("SELU", lambda d, x: (d.SELU()(x), repr(d.SELU())), KINK)
case("SiLU", lambda d, x: (d.SiLU()(x), repr(d.SiLU())), KINK)
case("Softplus", lambda d, x: (d.Softplus()(x), d.Softplus(2, 1.0)(x), repr(d.Softplus()), repr(d.Softplus(2, 1.0))), KINK)
case("GELU", lambda d, x: (d.GELU()(x), d.GELU("tanh")(x), repr(d.GELU())), KINK)
case("Softmax", lambda d, x: (d.Softmax(0)(x), d.Softmax(dim=-1)(x), repr(d.Softmax(1))), KINK)
case("LogSoftmax", lambda d, x: (d.LogSoftmax(0)(x), d.LogSoftmax(dim=-1)(x), repr(d.LogSoftmax(1))), KINK)
