"""Convolutions."""

# ruff: noqa: E501
import numpy as np

from tests.cases.table import bad, case, rng

X, W, B = (2, 3, 6, 7), (4, 3, 3, 2), (4,)
IMAGE = np.random.default_rng(1).normal(size=(2, 6, 7, 4))
HOLES = np.where(np.abs(IMAGE) < 0.6, 0, IMAGE)
READ_ONLY = IMAGE.copy()
READ_ONLY.setflags(write=False)

# --------------------------------------------------------------------------- two dimensions
case("conv2d", lambda d, x, w, b: d.conv2d(input=x, weight=w, bias=b), X, W, B)
case("conv2d", lambda d, x, w: d.conv2d(x, w), X, W)
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, 2, 1, 2, 1), (1, 2, 7, 8), (3, 2, 3, 2), (3,))
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2)), X, W, B)
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, stride=[3, 2], padding=[0, 1]), X, W, B)
case("conv2d", lambda d, x, w: d.conv2d(x, w, padding="same"), X, W)
case("conv2d", lambda d, x, w: d.conv2d(x, w, padding="same", dilation=(2, 3)), (2, 2, 5, 4), (3, 2, 2, 4))
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, padding="valid", stride=2), X, W, B)
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, groups=2, padding=1), (2, 4, 5, 5), (6, 2, 3, 3), (6,))
case("conv2d", lambda d, x, w, b: d.conv2d(x, w, b, groups=3, stride=2), (2, 3, 5, 5), (3, 1, 2, 2), (3,))  # a channel at a time
case("conv2d", lambda d, x, w: d.conv2d(x, w), (2, 3, 1, 1), (2, 3, 1, 1))
case("conv2d", lambda d, x, w: d.conv2d(x, w, stride=5), (2, 3, 4, 4), (2, 3, 1, 1))
case("conv2d", lambda d, x, w: d.conv2d(x, w), (1, 1, 3, 4), (1, 1, 3, 4))  # one window
case("conv2d", lambda d, x, w: d.conv2d(x, w, padding=2), (1, 1, 1, 2), (1, 1, 4, 5))  # kernel larger than image
case("conv2d", lambda d, x, w: d.conv2d(x.permute(0, 3, 1, 2), w), HOLES, (2, 4, 3, 3))
case("conv2d", lambda d, x, w: d.conv2d(x.transpose(2, 3)[:, :, ::2], w[:, 1:]), X, (2, 4, 2, 3))
case("conv2d", lambda d, x: d.conv2d(d.tensor(READ_ONLY[:, ::-1, :, ::-1].copy()[:, :2], dtype=x.dtype), x), (3, 2, 2, 2))
case("conv2d", lambda d, x: d.conv2d(x, x), (3, 3, 4, 4))
case("conv2d", lambda d, x: (lambda y: d.conv2d(y, y))(d.permute(x, (1, 0, 3, 2))), (2, 2, 4, 3))
case("Conv2d", lambda d, x: d.Conv2d(3, 4, 3, dtype=x.dtype, generator=rng())(x), X)
case("Conv2d", lambda d, x: d.Conv2d(3, 6, (3, 2), (2, 1), (1, 0), (1, 2), 3, False, dtype=x.dtype, generator=rng())(x), X)
case("Conv2d", lambda d, x: (lambda m: (m(x), repr(m), list(m.state_dict())))(d.Conv2d(3, 2, 3, padding="same", dilation=2, dtype=x.dtype, generator=rng())), X)
case("Conv2d", lambda d: [repr(d.Conv2d(2, 4, 3, **k)) for k in ({}, {"stride": 2}, {"padding": (1, 0)}, {"groups": 2, "bias": False}, {"padding": "valid"})])
case("Conv2d", lambda d: [tuple(v.shape) for v in d.Conv2d(4, 6, (3, 5), groups=2).state_dict().values()])

# --------------------------------------------------------------------------- one dimension
case("conv1d", lambda d, x, w, b: d.conv1d(input=x, weight=w, bias=b), (2, 3, 7), (4, 3, 3), (4,))
case("conv1d", lambda d, x, w: d.conv1d(x, w), (1, 1, 1), (1, 1, 1))
case("conv1d", lambda d, x, w, b: d.conv1d(x, w, b, 2, 1, 2, 2), (2, 4, 9), (6, 2, 3), (6,))
case("conv1d", lambda d, x, w, b: d.conv1d(x, w, b, stride=(2,), padding=(3,), dilation=(1,)), (2, 3, 7), (4, 3, 4), (4,))
case("conv1d", lambda d, x, w: d.conv1d(x, w, padding="same", dilation=3), (2, 3, 7), (4, 3, 4))
case("conv1d", lambda d, x, w: d.conv1d(x, w, padding="valid", groups=3), (2, 3, 7), (3, 1, 4))
case("conv1d", lambda d, x, w: d.conv1d(x.transpose(1, 2), w), (2, 7, 3), (4, 3, 3))
case("Conv1d", lambda d, x: d.Conv1d(3, 4, 3, 2, 1, dtype=x.dtype, generator=rng())(x), (2, 3, 7))
case("Conv1d", lambda d, x: (lambda m: (m(x), repr(m), list(m.state_dict())))(d.Conv1d(3, 6, 2, padding="same", groups=3, bias=False, dtype=x.dtype, generator=rng())), (2, 3, 7))

# --------------------------------------------------------------------------- transposed
case("conv_transpose2d", lambda d, x, w, b: d.conv_transpose2d(input=x, weight=w, bias=b), X, (3, 4, 3, 2), B)
case("conv_transpose2d", lambda d, x, w: d.conv_transpose2d(x, w), (1, 1, 1, 1), (1, 1, 1, 1))
case("conv_transpose2d", lambda d, x, w, b: d.conv_transpose2d(x, w, b, 2, 1, 1, 1, 2), (2, 3, 3, 4), (3, 4, 3, 2), B)
case("conv_transpose2d", lambda d, x, w, b: d.conv_transpose2d(x, w, b, stride=(3, 2), padding=(0, 1), output_padding=(2, 1)), (2, 3, 3, 4), (3, 4, 3, 2), B)
case("conv_transpose2d", lambda d, x, w, b: d.conv_transpose2d(x, w, b, groups=2, stride=2), (2, 4, 3, 3), (4, 3, 2, 3), (6,))
case("conv_transpose2d", lambda d, x, w: d.conv_transpose2d(x, w, dilation=(3, 1), output_padding=(2, 0)), (2, 3, 3, 4), (3, 2, 2, 2))  # beyond the stride
case("conv_transpose2d", lambda d, x, w: d.conv_transpose2d(x, w, padding=(2, 3)), (2, 3, 6, 6), (3, 2, 3, 2))
case("conv_transpose2d", lambda d, x, w: d.conv_transpose2d(x.transpose(1, 3), w, stride=3), (2, 4, 3, 3), (3, 2, 2, 2))  # gaps between windows
case("ConvTranspose2d", lambda d, x: d.ConvTranspose2d(3, 4, 3, 2, 1, 1, dtype=x.dtype, generator=rng())(x), (2, 3, 3, 4))
case("ConvTranspose2d", lambda d, x: (lambda m: (m(x), repr(m), list(m.state_dict())))(d.ConvTranspose2d(4, 6, (3, 2), (2, 3), 0, (1, 2), 2, False, (1, 2), dtype=x.dtype, generator=rng())), (2, 4, 3, 4))

case("conv_transpose1d", lambda d, x, w, b: d.conv_transpose1d(input=x, weight=w, bias=b), (2, 3, 7), (3, 4, 3), (4,))
case("conv_transpose1d", lambda d, x, w, b: d.conv_transpose1d(x, w, b, 2, 1, 1, 2, 2), (2, 4, 5), (4, 3, 3), (6,))
case("conv_transpose1d", lambda d, x, w: d.conv_transpose1d(x, w, stride=(3,), output_padding=(2,)), (1, 1, 1), (1, 1, 1))
case("ConvTranspose1d", lambda d, x: d.ConvTranspose1d(3, 4, 3, 2, 1, 1, dtype=x.dtype, generator=rng())(x), (2, 3, 5))
case("ConvTranspose1d", lambda d, x: (lambda m: (m(x), repr(m), list(m.state_dict())))(d.ConvTranspose1d(4, 6, 3, 3, 0, 1, 2, False, 2, dtype=x.dtype, generator=rng())), (2, 4, 4))


# --------------------------------------------------------------------------- as a matrix
def _matrix(d, w, size, **options):
    """The matrix, the sparse one written out, and what the convolution makes of an image beside it."""
    A, S = d.conv_matrix(w, size, **options), d.conv_matrix(w, size, sparse=True, **options)
    S = S.toarray() if hasattr(S, "toarray") else S.to_dense()
    x = rng().normal(size=(1, w.shape[1] * options.get("groups", 1), *(size if isinstance(size, tuple) else (size,) * (w.ndim - 2))))
    y = (d.conv1d if w.ndim == 3 else d.conv2d)(d.tensor(x, dtype=w.dtype), w.detach(), **options)
    assert np.allclose(np.asarray(A) @ x.ravel(), np.asarray(y).ravel(), atol=1e-5 if w.dtype == d.float32 else 1e-12)
    return A, S, y


case("conv_matrix", lambda d, w: _matrix(d, w, 5), (2, 3, 3))
case("conv_matrix", lambda d, w: _matrix(d, w, 7, stride=2, padding=1, dilation=2), (2, 3, 3))
case("conv_matrix", lambda d, w: _matrix(d, w, 5, padding="same"), (1, 1, 4))
case("conv_matrix", lambda d, w: _matrix(d, w, (4, 5)), (2, 3, 3, 2))
case("conv_matrix", lambda d, w: _matrix(d, w, (5, 4), stride=(2, 1), padding=(1, 2), dilation=(1, 2)), (2, 3, 3, 2))
case("conv_matrix", lambda d, w: _matrix(d, w, 3, padding="same"), (2, 1, 2, 2))
case("conv_matrix", lambda d, w: _matrix(d, w, 1), (2, 3, 1, 1))
case("conv_matrix", lambda d, w: _matrix(d, w, (4, 3), groups=2, padding=1), (4, 3, 2, 2))
case("conv_matrix", lambda d, w: _matrix(d, w, 6, groups=3, stride=2), (3, 1, 2))  # a channel at a time


# --------------------------------------------------------------------------- without shared weights
def _local(d, x, w, *args, **options):
    layer = d.LocallyConnected2d(*args, **options, dtype=x.dtype, generator=rng())
    start = layer.weight.detach() * 1
    layer.weight = d.Parameter(start * 2)
    return layer(x), layer(x * w), start, layer.bias, repr(layer), list(layer.state_dict())


case("LocallyConnected2d", lambda d, x, w: _local(d, x, w, 3, 4, (6, 7), 3), X, X)
case("LocallyConnected2d", lambda d, x, w: _local(d, x, w, 3, 2, (6, 7), (3, 2), (2, 3), (1, 0), (2, 1), False), X, X)
case("LocallyConnected2d", lambda d, x, w: _local(d, x, w, 1, 2, 4, kernel_size=2, padding="same"), (2, 1, 4, 4), (4,))
case("LocallyConnected2d", lambda d, x, w: _local(d, x, w, 2, 1, 1, 1), (1, 2, 1, 1), ())


# --------------------------------------------------------------------------- what one output sees
def _deep(d, dtype):
    g = rng()
    first = d.Sequential(d.Conv2d(1, 2, (3, 2), padding=1, dtype=dtype, generator=g), d.Tanh())
    return d.Sequential(first, d.Conv2d(2, 2, 3, (2, 1), (0, 1), (1, 2), dtype=dtype, generator=g), d.Conv2d(2, 1, 2, padding="same", dtype=dtype, generator=g))


def _deep_1d(d, dtype):
    return d.Sequential(d.Conv1d(1, 2, 3, 2, dtype=dtype, generator=rng()), d.Conv1d(2, 1, 2, dilation=2, dtype=dtype, generator=rng()))


case("ReceptiveField receptive_field", lambda d, x: (lambda f: (f, isinstance(f, d.ReceptiveField)))(d.receptive_field(_deep(d, x.dtype))), ())
case("receptive_field", lambda d, x: (d.receptive_field(model=_deep_1d(d, x.dtype)), d.receptive_field(d.Conv2d(1, 1, 5, 3))), ())
case("receptive_map", lambda d, x: (d.receptive_map(_deep(d, x.dtype), x), d.receptive_map(model=_deep(d, x.dtype), input=x, position=(0, 1))), (2, 1, 9, 9))
case("receptive_map", lambda d, x: (d.receptive_map(_deep_1d(d, x.dtype), x), d.receptive_map(_deep_1d(d, x.dtype), x, 1)), (1, 1, 12))
case("receptive_map", lambda d, x: (lambda m: (d.receptive_map(m, x), [p.grad for p in m.parameters()]))(_deep(d, x.dtype)), (1, 1, 9, 9))


def _classifier(d, dtype):
    g = rng()
    return d.Sequential(d.Conv2d(2, 3, 3, dtype=dtype, generator=g), d.Tanh(), d.Flatten(), d.Linear(27, 4, dtype=dtype, generator=g))


case("receptive_map", lambda d, x: d.receptive_map(_classifier(d, x.dtype), x), (2, 2, 5, 5))
case("saliency", lambda d, x: (d.saliency(_classifier(d, x.dtype), x), d.saliency(model=_classifier(d, x.dtype), input=x, target=2)), (3, 2, 5, 5))
case("saliency", lambda d, x: (lambda m: (d.saliency(m, x, [0, 3, 3]), [p.grad for p in m.parameters()]))(_classifier(d, x.dtype)), (3, 2, 5, 5))


# --------------------------------------------------------------------------- bad input
def f(*shape, dtype="f"):
    return np.ones(shape, dtype)


def conv(d, x, w, b=None, name="conv2d", **options):
    return getattr(d, name)(d.tensor(x), d.tensor(w), None if b is None else d.tensor(b), **options)


IN, KERNEL = f(1, 2, 5, 5), f(4, 2, 3, 3)
bad("conv2d: list", lambda d: d.conv2d([1.0], d.ones(1, 1, 1, 1)))
bad("conv2d: array weight", lambda d: d.conv2d(d.ones(1, 1, 1, 1), f(1, 1, 1, 1)))
bad("conv2d: array bias", lambda d: d.conv2d(d.ones(1, 1, 1, 1), d.ones(1, 1, 1, 1), f(1)))
bad("conv2d: one image", lambda d: conv(d, IN[0], KERNEL))
bad("conv2d: 5-d", lambda d: conv(d, IN[None], KERNEL))
bad("conv2d: empty batch", lambda d: conv(d, IN[:0], KERNEL))
bad("conv2d: no channel", lambda d: conv(d, IN[:, :0], KERNEL[:, :0]))
bad("conv2d: no rows", lambda d: conv(d, IN[:, :, :0], f(4, 2, 1, 1), padding=1))
bad("conv2d: no columns", lambda d: conv(d, IN[..., :0], f(4, 2, 1, 1), padding=1))
bad("conv2d: channels", lambda d: conv(d, f(1, 3, 5, 5), KERNEL))
bad("conv2d: channels of groups", lambda d: conv(d, IN, KERNEL, groups=2))
bad("conv2d: weight rank", lambda d: conv(d, IN, KERNEL[0]))
bad("conv2d: empty kernel", lambda d: conv(d, IN, KERNEL[..., :0]))
bad("conv2d: no output channel", lambda d: conv(d, IN, KERNEL[:0]))
bad("conv2d: bias shape", lambda d: conv(d, IN, KERNEL, f(3)))
bad("conv2d: bias column", lambda d: conv(d, IN, KERNEL, f(4, 1)))
bad("conv2d: integers", lambda d: conv(d, IN.astype(int), KERNEL))
bad("conv2d: float16", lambda d: conv(d, IN.astype("e"), KERNEL.astype("e")))
bad("conv2d: float64 weight", lambda d: conv(d, IN, KERNEL.astype("d")))
bad("conv2d: float64 bias", lambda d: conv(d, IN, KERNEL, f(4, dtype="d")))
bad("conv2d: kernel larger than image", lambda d: conv(d, f(1, 2, 2, 5), KERNEL))
bad("conv2d: dilated kernel larger than image", lambda d: conv(d, IN, KERNEL, dilation=3, padding=(0, 1)))
bad("conv2d: stride 0", lambda d: conv(d, IN, KERNEL, stride=0))
bad("conv2d: stride float", lambda d: conv(d, IN, KERNEL, stride=1.5))
bad("conv2d: stride truth", lambda d: conv(d, IN, KERNEL, stride=True))
bad("conv2d: stride triple", lambda d: conv(d, IN, KERNEL, stride=(1, 1, 1)))
bad("conv2d: stride None", lambda d: conv(d, IN, KERNEL, stride=None))
bad("conv2d: padding negative", lambda d: conv(d, IN, KERNEL, padding=(0, -1)))
bad("conv2d: padding word", lambda d: conv(d, IN, KERNEL, padding="full"))
bad("conv2d: same with stride", lambda d: conv(d, IN, KERNEL, padding="same", stride=(1, 2)))
bad("conv2d: dilation 0", lambda d: conv(d, IN, KERNEL, dilation=(1, 0)))
bad("conv2d: groups 0", lambda d: conv(d, IN, KERNEL, groups=0))
bad("conv2d: groups odd", lambda d: conv(d, IN, KERNEL, groups=3))
bad("conv2d: groups float", lambda d: conv(d, IN, KERNEL, groups=1.0))
bad("conv1d: rank", lambda d: conv(d, IN, KERNEL, name="conv1d"))
bad("conv1d: weight rank", lambda d: conv(d, IN[0], KERNEL, name="conv1d"))
bad("conv1d: kernel larger", lambda d: conv(d, f(1, 2, 3), f(4, 2, 4), name="conv1d"))
bad("conv1d: stride pair", lambda d: conv(d, f(1, 2, 3), f(4, 2, 2), name="conv1d", stride=(1, 1)))
bad("conv1d: channels", lambda d: conv(d, f(1, 3, 3), f(4, 2, 2), name="conv1d"))
bad("conv1d: same with stride", lambda d: conv(d, f(1, 2, 3), f(4, 2, 2), name="conv1d", stride=2, padding="same"))
bad("conv_transpose1d: rank", lambda d: conv(d, IN, f(2, 4, 3, 3), name="conv_transpose1d"))
bad("conv_transpose1d: output padding", lambda d: conv(d, f(1, 2, 5), f(2, 4, 3), name="conv_transpose1d", output_padding=1))
bad("conv_transpose1d: stride pair", lambda d: conv(d, f(1, 2, 5), f(2, 4, 3), name="conv_transpose1d", stride=(1, 2)))
bad("ConvTranspose1d: kernel pair", lambda d: d.ConvTranspose1d(2, 2, (3, 3)))
bad("conv_matrix: groups", lambda d: d.conv_matrix(d.ones(3, 1, 2), 5, groups=2))
bad("conv_transpose2d: rank", lambda d: conv(d, IN[0], f(2, 4, 3, 3), name="conv_transpose2d"))
bad("conv_transpose2d: channels", lambda d: conv(d, IN, f(3, 4, 3, 3), name="conv_transpose2d"))
bad("conv_transpose2d: bias", lambda d: conv(d, IN, f(2, 4, 3, 3), f(2), name="conv_transpose2d"))
bad("conv_transpose2d: groups", lambda d: conv(d, IN, f(2, 4, 3, 3), name="conv_transpose2d", groups=3))
bad("conv_transpose2d: same", lambda d: conv(d, IN, f(2, 4, 3, 3), name="conv_transpose2d", padding="same"))
bad("conv_transpose2d: output padding", lambda d: conv(d, IN, f(2, 4, 3, 3), name="conv_transpose2d", output_padding=1))
bad("conv_transpose2d: nothing left", lambda d: conv(d, IN[..., :1], f(2, 4, 3, 3), name="conv_transpose2d", padding=(0, 2)))
bad("conv_transpose2d: empty", lambda d: conv(d, IN[..., :0], f(2, 4, 3, 3), name="conv_transpose2d"))
bad("conv_transpose2d: integers", lambda d: conv(d, IN.astype(int), f(2, 4, 3, 3), name="conv_transpose2d"))
bad("saliency: class", lambda d: d.saliency(_classifier(d, d.float32), d.ones(3, 2, 5, 5), 4))
bad("saliency: classes", lambda d: d.saliency(_classifier(d, d.float32), d.ones(3, 2, 5, 5), [0, 1]))
bad("saliency: fraction", lambda d: d.saliency(_classifier(d, d.float32), d.ones(3, 2, 5, 5), 0.5))
bad("saliency: places", lambda d: d.saliency(d.Conv2d(2, 2, 3), d.ones(3, 2, 5, 5)))
bad("receptive_map: no places", lambda d: d.receptive_map(_classifier(d, d.float32), d.ones(3, 2, 5, 5), 0))
bad("Conv2d: no channels", lambda d: d.Conv2d(0, 2, 3))
bad("Conv2d: no outputs", lambda d: d.Conv2d(2, 0, 3))
bad("Conv2d: kernel 0", lambda d: d.Conv2d(2, 2, 0))
bad("Conv2d: kernel triple", lambda d: d.Conv2d(2, 2, (3, 3, 3)))
bad("Conv2d: groups", lambda d: d.Conv2d(2, 3, 3, groups=2))
bad("Conv2d: groups in", lambda d: d.Conv2d(3, 2, 3, groups=2))
bad("Conv2d: same with stride", lambda d: d.Conv2d(3, 2, 3, 2, "same"))
bad("Conv2d: padding word", lambda d: d.Conv2d(3, 2, 3, padding="reflect"))
bad("Conv2d: seed", lambda d: d.Conv2d(3, 2, 3, generator=0))
bad("Conv2d: channels", lambda d: d.Conv2d(3, 2, 3)(d.ones(1, 2, 5, 5)))
bad("Conv2d: float64", lambda d: d.Conv2d(3, 2, 3)(d.ones(1, 3, 5, 5, dtype=d.float64)))
bad("Conv1d: kernel pair", lambda d: d.Conv1d(3, 2, (3, 3)))
bad("Conv1d: seed", lambda d: d.Conv1d(3, 2, 3, generator=0))
bad("Conv1d: image", lambda d: d.Conv1d(3, 2, 3)(d.ones(1, 3, 5, 5)))
bad("ConvTranspose2d: word", lambda d: d.ConvTranspose2d(3, 2, 3, padding="same"))
bad("ConvTranspose2d: output padding", lambda d: d.ConvTranspose2d(3, 2, 3, output_padding=-1))
bad("ConvTranspose2d: seed", lambda d: d.ConvTranspose2d(3, 2, 3, generator=0))
bad("conv_matrix: array", lambda d: d.conv_matrix(f(1, 1, 2), 3))
bad("conv_matrix: rank", lambda d: d.conv_matrix(d.ones(2, 2), 3))
bad("conv_matrix: integers", lambda d: d.conv_matrix(d.tensor([[[1, 2]]]), 3))
bad("conv_matrix: size", lambda d: d.conv_matrix(d.ones(1, 1, 2), (3, 3)))
bad("conv_matrix: small", lambda d: d.conv_matrix(d.ones(1, 1, 2, 2), (3, 1)))
bad("LocallyConnected2d: size", lambda d: d.LocallyConnected2d(1, 1, 2, 3))
bad("LocallyConnected2d: size text", lambda d: d.LocallyConnected2d(1, 1, "28", 3))
bad("LocallyConnected2d: seed", lambda d: d.LocallyConnected2d(1, 1, 4, 3, generator=5))
bad("LocallyConnected2d: other size", lambda d: d.LocallyConnected2d(1, 1, 4, 3)(d.ones(1, 1, 5, 4)))
bad("LocallyConnected2d: empty", lambda d: d.LocallyConnected2d(1, 1, 4, 3)(d.ones(0, 1, 4, 4)))
bad("LocallyConnected2d: float64", lambda d: d.LocallyConnected2d(1, 1, 4, 3)(d.ones(1, 1, 4, 4, dtype=d.float64)))
bad("receptive_field: none", lambda d: d.receptive_field(d.Sequential(d.ReLU())))
bad("receptive_field: flatten", lambda d: d.receptive_field(d.Sequential(d.Conv2d(1, 1, 3), d.Flatten())))
bad("receptive_field: linear", lambda d: d.receptive_field(d.Linear(3, 2)))
bad("receptive_field: transposed", lambda d: d.receptive_field(d.ConvTranspose2d(3, 2, 3)))
bad("receptive_map: array", lambda d: d.receptive_map(d.Conv2d(1, 1, 3), f(1, 1, 5, 5)))
bad("receptive_map: position", lambda d: d.receptive_map(d.Conv2d(1, 1, 3), d.ones(1, 1, 5, 5), (3, 0)))
bad("receptive_map: flat output", lambda d: d.receptive_map(d.Sequential(d.Conv2d(1, 1, 3), d.Flatten(0)), d.ones(1, 1, 5, 5)))
