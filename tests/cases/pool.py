"""Pooling."""

# ruff: noqa: E501
import numpy as np

from tests.cases.table import bad, case

X = (2, 3, 6, 7)
_draw = np.random.default_rng(2)
TIES = _draw.integers(-1, 2, (2, 2, 6, 7)).astype("d")  # -1, 0 and 1, so most windows have equals
POSITIVE = np.abs(_draw.normal(size=(2, 2, 6, 7))) + 0.1
LEVEL = np.zeros((1, 2, 4, 4))
HALF_ZERO = POSITIVE * (np.arange(7) > 3)
CAP = np.where(TIES == 1, np.inf, TIES)
HOLE = np.where(POSITIVE > 1.5, np.nan, POSITIVE)

# --------------------------------------------------------------------------- the largest
for _x in (X, TIES, LEVEL):
    case("max_pool2d", lambda d, x: d.max_pool2d(x, 2), _x, stepped=_x is X)
    case("max_pool2d", lambda d, x: d.max_pool2d(x, 3, 2, 1, return_indices=True), _x, stepped=_x is X)  # overlapping
    case("max_pool2d", lambda d, x: d.max_pool2d(x, (3, 2), stride=1, return_indices=True), _x, stepped=_x is X)
case("max_pool2d", lambda d, x: d.max_pool2d(input=x, kernel_size=(2, 3), stride=(1, 2), padding=(1, 0), dilation=(2, 1), return_indices=True), X)
case("max_pool2d", lambda d, x: d.max_pool2d(x, 2, 2, 0, 1, True, True), X)
case("max_pool2d", lambda d, x: d.max_pool2d(x, 3, 2, 1, 1, ceil_mode=True, return_indices=True), TIES, stepped=False)
case("max_pool2d", lambda d, x: d.max_pool2d(x, 2, 4, 1, ceil_mode=True), X)
case("max_pool2d", lambda d, x: d.max_pool2d(x, 2, 5), X)  # gaps between windows
case("max_pool2d", lambda d, x: d.max_pool2d(x, 1), (2, 3, 1, 1))
case("max_pool2d", lambda d, x: d.max_pool2d(x, (6, 7)), X)
case("max_pool2d", lambda d, x: d.max_pool2d(x.permute(3, 1, 0, 2), 2), X)
case("max_pool2d", lambda d, x: d.max_pool2d(x[:, ::2, 1:, ::3], 2, 1, 1), X)
case("max_pool2d", lambda d: (d.max_pool2d(d.tensor(CAP), 2, 1, 1), d.max_pool2d(d.tensor(HOLE), 2, 1, 1)))
case("MaxPool2d", lambda d, x: (d.MaxPool2d(2)(x), repr(d.MaxPool2d(2))), X)
case("MaxPool2d", lambda d, x: (lambda m: (*m(x), repr(m)))(d.MaxPool2d((3, 2), (2, 1), 1, (1, 2), True, True)), X)
case("max_pool1d", lambda d, x: d.max_pool1d(input=x, kernel_size=3, stride=2, padding=1, dilation=1), X[1:])
case("max_pool1d", lambda d, x: d.max_pool1d(x, 2, ceil_mode=True, return_indices=True), TIES[0], stepped=False)
case("max_pool1d", lambda d, x: d.max_pool1d(x, (2,), (1,), (0,), (3,)), X[1:])
case("max_pool1d", lambda d, x: d.max_pool1d(x, 1), (1, 1, 1))
case("MaxPool1d", lambda d, x: (d.MaxPool1d(2)(x), repr(d.MaxPool1d(2)), repr(d.MaxPool1d((2,), 1))), X[1:])
case("MaxPool1d", lambda d, x: d.MaxPool1d(3, 2, 1, 1, True, True)(x), X[1:])

# --------------------------------------------------------------------------- the mean
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 2), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(input=x, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0)), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 3, 2, 1, False, False), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 4, 3, 2, ceil_mode=True, count_include_pad=True), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 4, 3, 2, ceil_mode=True, count_include_pad=False), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 3, stride=4), X)
case("avg_pool2d", lambda d, x: d.avg_pool2d(x, 1), (1, 1, 1, 1))
case("avg_pool2d", lambda d, x: d.avg_pool2d(x.permute(2, 3, 1, 0), (3, 1)), X)
case("AvgPool2d", lambda d, x: (d.AvgPool2d(2)(x), repr(d.AvgPool2d(2))), X)
case("AvgPool2d", lambda d, x: (lambda m: (m(x), repr(m)))(d.AvgPool2d((3, 2), 1, (1, 0), True, False)), X)
case("avg_pool1d", lambda d, x: d.avg_pool1d(input=x, kernel_size=3, stride=2, padding=1), X[1:])
case("avg_pool1d", lambda d, x: d.avg_pool1d(x, (3,), (2,), (1,), ceil_mode=True, count_include_pad=False), X[1:])
case("AvgPool1d", lambda d, x: (d.AvgPool1d(2)(x), repr(d.AvgPool1d(2)), repr(d.AvgPool1d((3,), 1, 1))), X[1:])
case("AvgPool1d", lambda d, x: d.AvgPool1d(3, 2, 1, True, False)(x), X[1:])

# --------------------------------------------------------------------------- between them
for _p in (1, 2, 3.5, np.inf):
    case("lp_pool2d", lambda d, x, p=float(_p): d.lp_pool2d(x, p, 2), POSITIVE)
    case("lp_pool1d", lambda d, x, p=float(_p): d.lp_pool1d(x, p, 3, 2), POSITIVE[0])
case("lp_pool2d", lambda d, x: d.lp_pool2d(input=x, norm_type=2, kernel_size=(3, 2), stride=(1, 3)), X)
case("lp_pool2d", lambda d, x: d.lp_pool2d(x, 2, 3, 2, True), X)
case("lp_pool2d", lambda d, x: d.lp_pool2d(x, 2, 2), HALF_ZERO, stepped=False)
case("lp_pool2d", lambda d, x: d.lp_pool2d(x, 1, 2), X)
case("lp_pool2d", lambda d, x: d.lp_pool2d(x, float("inf"), 3, 2, ceil_mode=True), X)
case("lp_pool2d", lambda d, x: d.lp_pool2d(x, 3, 2).detach(), X)  # roots of negative sums are nan
case("lp_pool1d", lambda d, x: d.lp_pool1d(x, norm_type=2, kernel_size=(2,), stride=(1,), ceil_mode=True), X[1:])
case("LPPool2d", lambda d, x: (d.LPPool2d(2, 3)(x), repr(d.LPPool2d(2, 3))), X)
case("LPPool2d", lambda d, x: (lambda m: (m(x), repr(m)))(d.LPPool2d(2.0, (2, 3), 1, True)), X)
case("LPPool1d", lambda d, x: (d.LPPool1d(2, 3)(x), repr(d.LPPool1d(2, 3, 1, True))), X[1:])

# --------------------------------------------------------------------------- to a given size
for _size in (1, 2, 4, 6, 9, (3, 5), (None, 2), [1, None]):
    case("adaptive_avg_pool2d", lambda d, x, n=_size: d.adaptive_avg_pool2d(x, n), X)
case("adaptive_avg_pool2d", lambda d, x: d.adaptive_avg_pool2d(input=x.transpose(1, 3), output_size=3), X)
case("adaptive_avg_pool1d", lambda d, x: (d.adaptive_avg_pool1d(input=x, output_size=3), d.adaptive_avg_pool1d(x, (1,))), X[1:])
for _k, _s in ((3, 2), (2, 2), (1, 3), (5, 1), (4, 3)):
    case("blur_pool2d", lambda d, x, k=_k, s=_s: d.blur_pool2d(x, k, s), (2, 3, 6, 7))
    case("blur_pool1d", lambda d, x, k=_k, s=_s: d.blur_pool1d(input=x, kernel_size=k, stride=s), (2, 3, 7))
case("BlurPool2d", lambda d, x: (lambda m: (m(x), repr(m)))(d.BlurPool2d()), (2, 3, 6, 7))
case("BlurPool1d", lambda d, x: (lambda m: (m(x), repr(m)))(d.BlurPool1d(4, 3)), (2, 3, 7))
case("AdaptiveAvgPool2d", lambda d, x: (lambda m: (m(x), repr(m)))(d.AdaptiveAvgPool2d((3, None))), X)
case("AdaptiveAvgPool1d", lambda d, x: (lambda m: (m(x), repr(m)))(d.AdaptiveAvgPool1d(4)), X[1:])

# --------------------------------------------------------------------------- bad input
FUNCTIONS = {
    "max_pool2d": lambda d, x, *a, **k: d.max_pool2d(x, *a, **k),
    "avg_pool2d": lambda d, x, *a, **k: d.avg_pool2d(x, *a, **k),
    "lp_pool2d": lambda d, x, *a, **k: d.lp_pool2d(x, 2, *a, **k),
}
for _name, _f in FUNCTIONS.items():
    bad(f"{_name}: list", lambda d, f=_f: f(d, [1.0], 1))
    bad(f"{_name}: one image", lambda d, f=_f: f(d, d.ones(3, 4, 4), 2))
    bad(f"{_name}: empty batch", lambda d, f=_f: f(d, d.ones(0, 3, 4, 4), 2))
    bad(f"{_name}: no columns", lambda d, f=_f: f(d, d.ones(1, 3, 4, 0), 1))
    bad(f"{_name}: integers", lambda d, f=_f: f(d, d.ones(1, 1, 2, 2, dtype=d.int64), 2))
    bad(f"{_name}: float16", lambda d, f=_f: f(d, d.tensor(np.ones((1, 1, 2, 2), "e")), 2))
    bad(f"{_name}: window larger than image", lambda d, f=_f: f(d, d.ones(1, 1, 4, 2), 3))
    bad(f"{_name}: kernel 0", lambda d, f=_f: f(d, d.ones(1, 1, 4, 4), 0))
    bad(f"{_name}: kernel triple", lambda d, f=_f: f(d, d.ones(1, 1, 4, 4), (2, 2, 2)))
    bad(f"{_name}: kernel float", lambda d, f=_f: f(d, d.ones(1, 1, 4, 4), 2.0))
    bad(f"{_name}: kernel None", lambda d, f=_f: f(d, d.ones(1, 1, 4, 4), None))
    bad(f"{_name}: stride 0", lambda d, f=_f: f(d, d.ones(1, 1, 4, 4), 2, 0))
for _name in ("max_pool2d", "avg_pool2d"):
    bad(f"{_name}: padding above half", lambda d, f=FUNCTIONS[_name]: f(d, d.ones(1, 1, 4, 4), (4, 2), 1, 2))
    bad(f"{_name}: padding negative", lambda d, f=FUNCTIONS[_name]: f(d, d.ones(1, 1, 4, 4), 2, 1, -1))
    bad(f"{_name}: padding word", lambda d, f=FUNCTIONS[_name]: f(d, d.ones(1, 1, 4, 4), 2, 1, "same"))
bad("max_pool2d: dilation", lambda d: d.max_pool2d(d.ones(1, 1, 4, 4), 2, dilation=0))
bad("max_pool2d: dilated window", lambda d: d.max_pool2d(d.ones(1, 1, 4, 4), 2, dilation=4))
# Dilation can lay a whole window into the border, where PyTorch alone writes outside of its memory.
bad("max_pool2d: window in the border", lambda d: d.max_pool2d(d.ones(1, 1, 2, 9), 2, 1, (2, 0), (4, 1)))
bad("max_pool2d: window over the image", lambda d: d.max_pool2d(d.ones(1, 1, 9, 1), (1, 2), 2, (0, 1), (1, 2), True))
bad("max_pool1d: window in the border", lambda d: d.max_pool1d(d.ones(1, 1, 3), 2, 1, 2, 4))
bad("MaxPool1d: window in the border", lambda d: d.MaxPool1d(2, 1, 2, 4, True)(d.ones(1, 1, 2)))
bad("max_pool1d: image", lambda d: d.max_pool1d(d.ones(1, 1, 4, 4), 2))
bad("max_pool1d: pair", lambda d: d.max_pool1d(d.ones(1, 1, 4), (2, 2)))
bad("max_pool1d: window", lambda d: d.max_pool1d(d.ones(1, 1, 4), 5))
bad("avg_pool1d: image", lambda d: d.avg_pool1d(d.ones(1, 1, 4, 4), 2))
bad("lp_pool1d: image", lambda d: d.lp_pool1d(d.ones(1, 1, 4, 4), 2, 2))
bad("lp_pool1d: p", lambda d: d.lp_pool1d(d.ones(1, 1, 4), -1, 2))
bad("lp_pool2d: p 0", lambda d: d.lp_pool2d(d.ones(1, 1, 4, 4), 0, 2))
bad("lp_pool2d: p nan", lambda d: d.lp_pool2d(d.ones(1, 1, 4, 4), float("nan"), 2))
bad("lp_pool2d: p text", lambda d: d.lp_pool2d(d.ones(1, 1, 4, 4), "2", 2))
bad("adaptive_avg_pool2d: one image", lambda d: d.adaptive_avg_pool2d(d.ones(3, 4, 4), 2))
bad("adaptive_avg_pool2d: integers", lambda d: d.adaptive_avg_pool2d(d.ones(1, 1, 4, 4, dtype=d.int64), 2))
bad("adaptive_avg_pool2d: empty", lambda d: d.adaptive_avg_pool2d(d.ones(1, 1, 0, 4), 2))
bad("adaptive_avg_pool2d: size 0", lambda d: d.adaptive_avg_pool2d(d.ones(1, 1, 4, 4), (2, 0)))
bad("adaptive_avg_pool2d: size float", lambda d: d.adaptive_avg_pool2d(d.ones(1, 1, 4, 4), 1.0))
bad("adaptive_avg_pool1d: pair", lambda d: d.adaptive_avg_pool1d(d.ones(1, 1, 4), (1, 1)))
bad("MaxPool2d: kernel", lambda d: d.MaxPool2d(0))
bad("MaxPool2d: padding", lambda d: d.MaxPool2d(2, padding=2))
bad("MaxPool2d: rank", lambda d: d.MaxPool2d(2)(d.ones(1, 4, 4)))
bad("MaxPool1d: kernel", lambda d: d.MaxPool1d((2, 2)))
bad("AvgPool2d: stride", lambda d: d.AvgPool2d(2, 0))
bad("AvgPool1d: kernel", lambda d: d.AvgPool1d(2.5))
bad("LPPool2d: p", lambda d: d.LPPool2d(0, 2))
bad("LPPool1d: kernel", lambda d: d.LPPool1d(2, "2"))
bad("blur_pool2d: small", lambda d: d.blur_pool2d(d.ones(1, 1, 4, 2), 5))
bad("blur_pool2d: stride", lambda d: d.blur_pool2d(d.ones(1, 1, 4, 4), 3, 0))
bad("blur_pool1d: rank", lambda d: d.blur_pool1d(d.ones(1, 1, 4, 4)))
bad("BlurPool2d: window", lambda d: d.BlurPool2d(0))
bad("BlurPool1d: stride", lambda d: d.BlurPool1d(3, 1.5))
bad("AdaptiveAvgPool2d: size", lambda d: d.AdaptiveAvgPool2d(0))
bad("AdaptiveAvgPool1d: size", lambda d: d.AdaptiveAvgPool1d((1, 2)))
