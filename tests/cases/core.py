"""Tensors, layers, losses, starting values and optimisers of the first two chapters."""

# ruff: noqa: E501
from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from tests.cases.table import bad, case, rng


def raised(f: Callable) -> str:
    """The name of the exception that `f` raises."""
    try:
        f()
    except Exception as error:
        return type(error).__name__
    return "nothing"


TIES = np.array([[-1.0, 0.0, 2.0, 2.0], [0.0, 3.0, 0.0, -1.0], [3.0, 3.0, 3.0, 3.0]])
OTHER = np.array([[-1.0, 1.0, 2.0, -2.0], [0.0, 3.0, 1.0, 0.0], [4.0, 3.0, -3.0, 3.0]])  # equal to TIES in places
POSITIVE = np.array([[0.5, 1.0, 2.0], [3.0, 0.1, 7.5]])
ZERO = np.array([0.0, 1.0, 4.0])
SCALAR = np.array(1.5)
MASK = np.array([[True, False, True, True], [False, False, True, False], [True, True, False, False]])
TWICE = np.array([0, 2, 2, 0, 2])  # repeated: their gradients add up
LABELS = np.array([0, 2, 1, 2, 2])

# --------------------------------------------------------------------------- making Tensors
case("Tensor", lambda d, x: (isinstance(x, d.Tensor), isinstance(d.Parameter(x.detach()), d.Tensor)), (2,))
case("tensor", lambda d: d.tensor(data=[1, 2]))
case("tensor", lambda d: (d.tensor([1.5, 2]), d.tensor(1.5), d.tensor(True), d.tensor([]), d.tensor([[1], [2]])))
case("tensor", lambda d: d.tensor([np.float64(1), 2.0]))
case("tensor float64 int64", lambda d: d.tensor([1, 2], dtype=d.float64, requires_grad=True) * d.tensor([3], dtype=d.int64))
case("tensor float32", lambda d: (d.tensor(np.ones(2)), d.tensor(np.ones(2, "f")), d.tensor([1.5], dtype=d.float32)))
case("zeros ones", lambda d: (d.zeros(2, 3), d.ones((3, 2)), d.zeros(0, 2), d.ones(()), d.ones([2])))
case("zeros ones", lambda d: (d.zeros(2, dtype=d.float64, requires_grad=True), d.ones(2, dtype=d.int64, requires_grad=False)))
case("zeros ones", lambda d: d.zeros(2, dtype=d.float64, requires_grad=False) + d.ones(2, dtype=d.float64, requires_grad=True))
case("arange", lambda d: (d.arange(5), d.arange(2, 5), d.arange(start=5, end=-1, step=-2), d.arange(0), d.arange(3, 3), d.arange(0, 1, 0.1)))
case("arange", lambda d: (d.arange(1.5), d.arange(0, 0.3, 0.1, dtype=d.float64, requires_grad=True), d.arange(3, dtype=d.float64)))
case("randn", lambda d: (d.randn(2, 3, generator=rng()), d.randn((4,), generator=rng(), dtype=d.float64), d.randn(generator=rng()).shape))
case("randn", lambda d: d.randn(2, generator=rng(), dtype=d.float64, requires_grad=True) * 2)
bad("randn: no generator", lambda d: d.randn(2, generator=None))
bad("randn: seed", lambda d: d.randn(2, generator=3))
bad("randn: whole numbers", lambda d: d.randn(2, generator=rng(), dtype=d.int64))
case("no_grad enable_grad", lambda d, x: d.no_grad()(lambda: ((x * 2).requires_grad, d.enable_grad()(lambda: x * 2)()))(), (2,))
case("no_grad", lambda d, x: (d.no_grad()(lambda: x * 2)().requires_grad, (x * 2).requires_grad), (2,))

# --------------------------------------------------------------------------- element by element
case("exp", lambda d, x: d.exp(input=x), (2, 3))
case("exp", lambda d, x: d.exp(input=x), np.array([3, 0]))
case("exp", lambda d, x: d.exp(input=x), (0, 3))
case("log", lambda d, x: d.log(input=x), POSITIVE)
case("sqrt", lambda d, x: d.sqrt(input=x), POSITIVE)
case("sqrt", lambda d, x: d.sqrt(input=x), np.array([4, 9]))
case("sin", lambda d, x: d.sin(input=x), (2, 3))
case("cos", lambda d, x: d.cos(input=x), (2, 3))
case("abs", lambda d, x: d.abs(input=x), TIES)
case("relu", lambda d, x: d.relu(input=x), TIES)
case("relu", lambda d, x: d.relu(input=x), SCALAR)
case("sigmoid", lambda d, x: d.sigmoid(input=x), (2, 3))
case("sigmoid", lambda d, x: d.sigmoid(input=x), np.array([-1e4, -80.0, 0.0, 80.0, 1e4]))
case("tanh", lambda d, x: d.tanh(input=x), (2, 3))
case("tanh", lambda d, x: d.tanh(input=x), np.array([-1e4, 0.0, 1e4]))
case("ReLU", lambda d, x: (d.ReLU()(x), repr(d.ReLU())), TIES)
case("Sigmoid", lambda d, x: (d.Sigmoid()(x), repr(d.Sigmoid())), (2, 3))
case("Tanh", lambda d, x: (d.Tanh()(x), repr(d.Tanh())), (2, 3))
case("maximum", lambda d, x, y: d.maximum(input=x, other=y), TIES, OTHER)
case("maximum", lambda d, x, y: d.maximum(input=x, other=y), (3, 1), (4,))
case("maximum", lambda d, x, y: d.maximum(input=x, other=y), (2, 3), np.array([1, 0, -1]))
case("minimum", lambda d, x, y: d.minimum(input=x, other=y), TIES, OTHER)
case("minimum", lambda d, x, y: d.minimum(input=x, other=y), (), (2, 2))
case("clamp", lambda d, x: d.clamp(input=x, min=0, max=2), TIES)
case("clamp", lambda d, x: d.clamp(input=x, min=-0.5), (2, 3))
case("clamp", lambda d, x: d.clamp(input=x, max=0.5), (2, 3))
case("clamp", lambda d, x: (d.clamp(x, min=1.5), d.clamp(x, max=1), d.clamp(x, 0.5, 2), d.clamp(x > 1, min=1)), np.array([1, 2, 3]))
case("clamp", lambda d, x: d.clamp(x, min=1.5), np.array([1, 2, 3], "i4"))
case("where", lambda d, c, x, y: d.where(condition=c, input=x, other=y), MASK, TIES, OTHER)
case("where", lambda d, c, x, y: d.where(c, x, y), MASK[0], (3, 4), (1,))
case("where", lambda d, c, x: d.where(c, x, 0.0) + d.where(c, 2, x), MASK, (3, 4))

# --------------------------------------------------------------------------- operators
case(".__add__ .__radd__", lambda d, x: x + x + 1 + (2.5 + x), (2, 3))
case(".__add__ .__sub__", lambda d, x, y: (x + y) - (y - x + x), (3, 1), (2, 1, 4))
case(".__add__", lambda d, x, y: x + y, (2, 3), np.array([1, 2, 3]))
case(".__add__", lambda d, x, y: x + y, (0, 3), (3,))
case(".__add__ .__mul__", lambda d, x: (x + 1, x * 2, x * 0.5, x + True), np.array([1, 2]))
case(".__sub__ .__rsub__", lambda d, x: (1 - x) - 2, (2,))
case(".__mul__ .__rmul__", lambda d, x, y: 3 * x * y * y * 0.5, (), (2, 2))
case(".__truediv__ .__rtruediv__", lambda d, x, y: x / y + 1 / y + x / 3, (2, 1), POSITIVE)
case(".__truediv__ .__rtruediv__", lambda d, x: (x / 2, 2 / x, x / x), np.array([1, 2, 4]))
case(".__pow__", lambda d, x: x**2 + x**3 + x**1 + x**0, TIES)
case(".__pow__ .__rpow__", lambda d, x, n: x**n + 2**n + 0.5**n, POSITIVE, (2, 3))
case(".__pow__", lambda d, x, n: x**n, np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 0.0]), stepped=False)
case(".__pow__", lambda d, x: (x**2, x**-0.5), np.array([1, 4]))
case(".__neg__ .__abs__", lambda d, x: -x + abs(x), TIES)
case(".__lt__ .__le__ .__gt__ .__ge__", lambda d, x, y: (x < y, x <= y, x > y, x >= y, x < 2, x >= 0.5), TIES, OTHER)
case(".__eq__ .__ne__", lambda d, x, y: (x == y, x != y, x == 2), TIES, OTHER)
case(".__eq__ .__ne__", lambda d, x: (x == None, x != None, x == "a", x in [None, "a", x]), TIES[0, :1])  # noqa: E711
case(".__and__ .__or__ .__invert__", lambda d, a, b: (a & b, a | b, ~a), MASK, MASK[::-1].copy())
case(".all .any", lambda d, a: (a.all(), a.any(), a[0].all(), (a & ~a).any()), MASK)
case(".__contains__", lambda d, x: (2.0 in x, 5.0 in x), TIES)
case(".__len__ .__iter__", lambda d, x: (len(x), [row.sum() for row in x], sum(x)), (3, 2))
case(".__iter__", lambda d, x: d.stack(list(x), 1), (3, 2))
case(".retain_grad", lambda d, x: (lambda y: (y.retain_grad(), (y * y).sum().backward(), y.grad)[2])(x * 2), (2, 3))
case(".__bool__ .__float__ .__int__", lambda d, x: (bool(x > 1), float(x), int(x), float(x.reshape(1))), SCALAR)
case(".__index__", lambda d, i: ("abc"[i], list(range(i))), np.array(2))
case(".__format__", lambda d, x: (f"{x:.3f}", f"{x}"), SCALAR)
case(".__hash__", lambda d, x: (hash(x) == hash(x), x in {x: 1}), (2,))
case(".__repr__", lambda d: (repr(d.tensor([1.0, -2.0])), repr(d.tensor([1, 2])), repr(d.tensor(True))))
case(".__array__", lambda d, x: (np.asarray(x.detach()), raised(lambda: np.asarray(x)), np.concatenate([x.detach()] * 2)), (2,))
case(".__reduce__", lambda d, x: (copy.deepcopy(x), copy.deepcopy(x).requires_grad), (2,))

# --------------------------------------------------------------------------- indexing
case(".__getitem__", lambda d, x: x[1], (3, 4))
case(".__getitem__", lambda d, x: x[1] * x[-1, 2] + x[..., 0][0], (3, 4))
case(".__getitem__", lambda d, x: x[None, ..., 1:3, None], (3, 4))
case(".__getitem__", lambda d, x: x[::2, 1:-1], (5, 4))
case(".__getitem__", lambda d, x, i: x[i], (3, 2), TWICE)
case(".__getitem__", lambda d, x, i: x[:, i], (2, 3), TWICE)
case(".__getitem__", lambda d, x, i: x[i, i], (3, 3), TWICE)
case(".__getitem__", lambda d, x: x[[0, 2, 2]], (3, 2))
case(".__getitem__", lambda d, x: x[(0, 0, 1), :], (3, 2))
case(".__getitem__", lambda d, x, m: x[m], (3, 4), MASK)
case(".__getitem__", lambda d, x, m: x[:, m], (3, 4), MASK[0])
case(".__getitem__", lambda d, x: x[x > 0], OTHER - 0.5)
case(".__getitem__", lambda d, x: x[...], SCALAR)
case(".__getitem__", lambda d, x: x[1:1], (3, 2))
case(".__getitem__", lambda d, x, i: x[i], (3, 2), np.array(1))


# --------------------------------------------------------------------------- changes in place
def _in_place(d, x):
    w = x.detach() * 1
    w += 1
    w -= x.detach() * 2
    w *= 3
    w /= 2
    w[0] = 5.0
    w[1:, 0] = x.detach()[0, 0]
    w[w > 4] = 4
    total = d.zeros(2, dtype=x.dtype)
    total += x.sum(0)
    return total * w


case(".__iadd__ .__isub__ .__imul__ .__itruediv__ .__setitem__", _in_place, (3, 2), stepped=False)
def _mixed(d, x):
    """What stands on the left keeps its shape and its dtype, also where the sum goes on the tape."""
    acc, count = d.zeros(2), d.tensor([1, 2])
    acc += x
    refused = []
    for left, right in [(d.zeros(2), x[None] * d.ones(3, 1)), (d.zeros(()), x), (count, x), (count, x.detach())]:
        try:
            left += right
            refused.append("no")
        except (TypeError, ValueError, RuntimeError):
            refused.append("yes")
    return acc, refused


case(".__iadd__", _mixed, (2,), stepped=False)
case(".copy_", lambda d, x, y: x.detach().copy_(other=y.detach()), (2,), (2,))
case(".data .detach", lambda d, x: (x.data, x.detach(), x.detach().requires_grad), (2,))
case(".grad .backward", lambda d, x: ((x * x).backward(gradient=d.ones(2, dtype=x.dtype), retain_graph=False), x.grad)[1], (2,))
case(".requires_grad .requires_grad_", lambda d, x: (x.requires_grad, x.detach().requires_grad_(requires_grad=True).requires_grad), (2,))
case(".is_leaf", lambda d, x: (x.is_leaf, (x * 2).is_leaf, x.detach().is_leaf), (2,))
case(".shape .ndim .dtype", lambda d, x: (tuple(x.shape), x.ndim, x.dtype == d.float64), (2, 0, 3))
case(".size", lambda d, x: (tuple(x.size()), x.size(0), x.size(dim=-1)), (2, 0, 3))
case(".clone", lambda d, x: x.clone() * x, (2, 3))
case(".T", lambda d, x: x.T @ x, (2, 3))
case(".numpy .item .tolist", lambda d, x: (x.detach().numpy(), x[0, 0].item(), x.tolist(), raised(lambda: x.numpy())), (1, 2))
case(".to", lambda d, x: x.to(dtype=d.float32) * 2, (2, 3))
case(".to", lambda d, x: (x.to(d.int64), x.to(d.int64).requires_grad), TIES)
case(".float .double", lambda d, x: x.float() + x.double() * 2, (2, 3), stepped=False)
case(".float", lambda d, x: (x > 0).float(), TIES)
case(".argmax", lambda d, x: (x.argmax(), x.argmax(dim=1), x.argmax(dim=-2, keepdim=True)), (3, 4))
case(".argmin", lambda d, x: (x.argmin(), x.argmin(dim=1), x.argmin(dim=-2, keepdim=True)), (3, 4))
case(".argmax .argmin", lambda d, x: (x.argmax(), x.argmin(axis=1), x.argmax(axis=0, keepdim=True)), TIES)

# --------------------------------------------------------------------------- reductions
for _shape in [(3, 4), (2, 3, 4)]:
    case("sum", lambda d, x: d.sum(input=x, dim=-1), _shape)
    case("sum", lambda d, x: d.sum(input=x, dim=(0, -1), keepdim=True), _shape)
    case("mean", lambda d, x: d.mean(input=x, dim=0), _shape)
    case("mean", lambda d, x: d.mean(input=x, dim=(-2, -1), keepdim=True), _shape)
    case("var", lambda d, x: d.var(input=x, dim=1, correction=0), _shape)
    case("var", lambda d, x: d.var(input=x, dim=(0, 1), keepdim=True), _shape)
    case("std", lambda d, x: d.std(input=x, dim=1, correction=0), _shape)
    case("std", lambda d, x: d.std(input=x, dim=(0, 1), keepdim=True), _shape)
    case("max", lambda d, x: tuple(d.max(input=x, dim=-1)), _shape)
    case("min", lambda d, x: tuple(d.min(input=x, dim=0, keepdim=True)), _shape)
    case("amax", lambda d, x: d.amax(input=x, dim=-1), _shape)
    case("amax", lambda d, x: d.amax(input=x, dim=(0, 1), keepdim=True), _shape)
    case("amin", lambda d, x: d.amin(input=x, dim=0), _shape)
    case("amin", lambda d, x: d.amin(input=x, keepdim=True), _shape)
case("sum", lambda d, x: d.sum(x), ())
for _dim in (0, -1, (0,)):  # of what has no axis, as if it had one
    case("sum mean amax amin", lambda d, x, dim=_dim: tuple(getattr(d, n)(x, dim, keepdim=k) for n in ("sum", "mean", "amax", "amin") for k in (True, False)), ())
    case("var std", lambda d, x, dim=_dim: (d.var(x, dim, correction=0), d.std(x * 2, dim, correction=0, keepdim=True)), np.array(2.0), stepped=False)
for _dim in (0, -1):
    case("max min", lambda d, x, dim=_dim: (*d.max(x, dim), *d.min(x, dim, keepdim=True)), ())
    case("transpose", lambda d, x, dim=_dim: d.transpose(x, 0, dim), ())
    case("squeeze", lambda d, x, dim=_dim: d.squeeze(x, dim), ())
case("sum", lambda d, x: d.sum(x, dim=1), (3, 0))
case("mean var std", lambda d, x: (d.mean(x), d.var(x, dim=1), d.std(x), d.mean(x, 0)), (3, 0))
case("sum", lambda d, x: (d.sum(x), d.sum(x, 0), d.sum(x > 0)), np.array([[1, 2], [3, 4]]))
case("sum", lambda d, x: (d.sum(x), d.sum(x, 1), d.sum(x) - 1000), np.array([[200, 2], [100, 255]], dtype="u1"))
case("sum", lambda d, x: d.sum(x, dim=()) + d.sum(x, dim=[0, 1]) + d.sum(x, dim=None), (2, 3))
case("mean", lambda d, x: d.mean(x), (2, 3))
case("var", lambda d, x: d.var(x), (2, 3))
case("std", lambda d, x: d.std(x), (2, 3))
case("std", lambda d, x: d.std(x, 1), TIES)  # a row of equals
case("var std", lambda d, x: [f(x, dim=1, correction=c).detach() for f in (d.var, d.std) for c in (3, 4, 5, 9)], TIES)
case("max min", lambda d, x: (d.max(x), d.min(x)), TIES)
case("max min", lambda d, x: (*d.max(x, 1), *d.min(x, dim=0), d.max(x, 1).values * d.min(x, 1)[0]), TIES, stepped=False)
case("max min", lambda d, x: (*d.max(x, 0), *d.min(x, 1), d.max(x), d.min(x)), np.array([[3, 1, 3], [2, 1, 1]]))
case("max min", lambda d, x: (*d.max(x, 0), *d.min(x, 0)), np.array([1.0, np.nan, 2.0, np.nan]), stepped=False)
case("sum mean var std amax amin", lambda d, x: [getattr(d, f)(x, axis=1, keepdims=True) for f in ["sum", "mean", "var", "std", "amax", "amin"]], (2, 3))
case("max min", lambda d, x: (*d.max(x, axis=0), *d.max(x, -1, keepdim=True), *x.min(axis=1, keepdims=True)), (2, 3))
case("amax", lambda d, x: d.amax(x, dim=1), TIES)
case("amax", lambda d, x: d.amax(x), TIES)
case("amin", lambda d, x: d.amin(x, dim=(0, 1)), TIES)
case("amin", lambda d, x: d.amin(x, dim=0), TIES)

# --------------------------------------------------------------------------- matrix products
for _a, _b in [((3, 4), (4, 2)), ((4,), (4,)), ((4,), (4, 2)), ((3, 4), (4,)), ((5, 3, 4), (4, 2)), ((3, 4), (5, 4, 2)),
               ((5, 3, 4), (5, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (5, 4, 2)), ((5, 3, 4), (4,)), ((3, 0), (0, 2)),
               ((0, 3), (3, 2))]:  # fmt: skip
    case("matmul", lambda d, x, y: d.matmul(input=x, other=y), _a, _b)
case(".__matmul__ .__rmatmul__", lambda d, x, y: x @ y @ y.T, (3, 4), (4, 4))

# --------------------------------------------------------------------------- shapes
case("reshape", lambda d, x: d.reshape(input=x, shape=(4, -1)), (2, 6))
case("reshape", lambda d, x: d.reshape(input=x, shape=()), (1, 1))
case("reshape", lambda d, x: d.reshape(input=x, shape=(3, 0)), (0, 2))
case("flatten", lambda d, x: d.flatten(input=x, start_dim=1, end_dim=-1), (2, 3, 4))
case("flatten", lambda d, x: d.flatten(input=x, start_dim=-3, end_dim=1), (2, 3, 4))
case("flatten", lambda d, x: d.flatten(x), ())
case("flatten", lambda d, x: d.flatten(x), (0, 3))
case("squeeze", lambda d, x: (d.squeeze(input=x), d.squeeze(x, 0), d.squeeze(x, dim=-1), d.squeeze(x, (0, 1, 3))), (1, 2, 1, 3, 1))
case("squeeze", lambda d, x: (d.squeeze(x), d.squeeze(x, ())), ())
case("unsqueeze", lambda d, x: (d.unsqueeze(input=x, dim=0), d.unsqueeze(x, 2), d.unsqueeze(x, -1), d.unsqueeze(x, -2)), (2, 3))
case("unsqueeze", lambda d, x: d.unsqueeze(x, -1) * d.unsqueeze(x, 0), ())
case("transpose", lambda d, x: d.transpose(input=x, dim0=0, dim1=-1), (2, 3, 4))
case("permute", lambda d, x: d.permute(input=x, dims=(2, 0, -2)), (2, 3, 4))
case("permute", lambda d, x: d.permute(input=x, dims=()), ())
case("concatenate", lambda d, x, y: d.concatenate(tensors=[x, y], dim=-1), (2, 3), (2, 1))
case("concatenate", lambda d, x, y: d.concatenate(tensors=(x, y, x)), (2, 3), (0, 3))
case("cat", lambda d, x, y: (d.cat(tensors=[x, y], dim=1), d.cat([x, x])), (2, 3), (2, 1))
case("stack", lambda d, x, y: d.stack(tensors=[x, y, x], dim=-1), (2, 3), (2, 3))
case("stack", lambda d, x, y: d.stack(tensors=[x, y], dim=1), (2, 3), (2, 3))
case("stack", lambda d, x: d.stack([x, x]), ())

# --------------------------------------------------------------------------- functions as methods
case(".exp", lambda d, x: x.exp(), (2, 3))
case(".log", lambda d, x: x.log(), POSITIVE)
case(".sqrt", lambda d, x: x.sqrt(), POSITIVE)
case(".abs", lambda d, x: x.abs(), TIES)
case(".clamp", lambda d, x: x.clamp(min=0, max=2) + x.clamp(1), TIES)
case(".sum", lambda d, x: x.sum(dim=1, keepdim=True) + x.sum(0) + x.sum(), (2, 3))
case(".mean", lambda d, x: x.mean(dim=1, keepdim=True) + x.mean((0, 1)) + x.mean(), (2, 3))
case(".var", lambda d, x: x.var(dim=1, correction=0, keepdim=True) + x.var(), (2, 3))
case(".std", lambda d, x: x.std(dim=1, correction=0, keepdim=True) + x.std(), (2, 3))
case(".max", lambda d, x: (*x.max(dim=1, keepdim=True), x.max(0).indices, x.max()), TIES)
case(".min", lambda d, x: (*x.min(dim=1, keepdim=True), x.min(0).indices, x.min()), TIES)
case(".sum .mean .var .std .amax .amin", lambda d, x: [getattr(x, f)(axis=0) for f in ["sum", "mean", "var", "std", "amax", "amin"]], (2, 3))
case(".view", lambda d, x: x.view(3, 2) @ x.view((2, 3)) + x.view(-1).sum(), (6,))
case(".squeeze", lambda d, x: (x.squeeze(), x.squeeze(dim=0)), (1, 2, 1))
case(".unsqueeze", lambda d, x: x.unsqueeze(dim=0) + x.unsqueeze(-1), (3,))
case(".amax", lambda d, x: x.amax(dim=1, keepdim=True) + x.amax(), TIES)
case(".amin", lambda d, x: x.amin(dim=1, keepdim=True) + x.amin(), TIES)
case(".reshape", lambda d, x: x.reshape(3, 2) @ x.reshape((2, 3)) + x.reshape(-1).sum(), (6,))
case(".flatten", lambda d, x: x.flatten(start_dim=0, end_dim=1) + x.flatten(0, 1), (2, 3, 4))
case(".transpose", lambda d, x: x.transpose(dim0=0, dim1=1) @ x, (2, 3))
case(".permute", lambda d, x: x.permute(2, 0, 1) + x.permute((2, 0, 1)), (2, 3, 4))

# --------------------------------------------------------------------------- activations along an axis, losses
for _dim in [0, -1]:
    case("softmax", lambda d, x, k=_dim: d.softmax(x, k), (3, 4))
    case("softmax", lambda d, x, k=_dim: d.softmax(x, dim=k), np.array([[1e4, 0, -1e4], [5.0, 5.0, 5.0]]))
    case("log_softmax", lambda d, x, k=_dim: d.log_softmax(x, k), (3, 4))
    case("log_softmax", lambda d, x, k=_dim: d.log_softmax(x, dim=k), np.array([[1e4, 0, -1e4], [5.0, 5.0, 5.0]]))
for _reduction in ["mean", "sum", "none"]:
    case("mse_loss", lambda d, x, y, r=_reduction: d.mse_loss(x, y, reduction=r), (3, 4), (3, 4))
    case("cross_entropy", lambda d, x, y, r=_reduction: d.cross_entropy(x, y, reduction=r), (5, 3), LABELS)
    case("binary_cross_entropy_with_logits", lambda d, x, y, r=_reduction: d.binary_cross_entropy_with_logits(x, y, reduction=r),
         (5, 3), np.array([[0.0, 1.0, 0.3]] * 5))  # fmt: skip
case("mse_loss", lambda d, x, y: d.mse_loss(x, y), (), SCALAR)
case("mse_loss", lambda d, x, y: d.mse_loss(x, y), (3,), np.array([1, 0, 2]))
case("cross_entropy", lambda d, x, y: d.cross_entropy(x, y), np.array([[1e4, 0, -1e4], [-1e4, 1e4, 0.0]]), LABELS[:2].astype("u1"))
case("binary_cross_entropy_with_logits", lambda d, x, y: d.binary_cross_entropy_with_logits(x, y), np.array([1e4, -1e4, 0]), ZERO / 4)

# --------------------------------------------------------------------------- layers
case("linear", lambda d, x, w, b: d.linear(input=x, weight=w, bias=b), (5, 4), (3, 4), (3,))
case("linear", lambda d, x, w, b: d.linear(x, w, b), (2, 5, 4), (3, 4), (3,))
case("linear", lambda d, x, w: d.linear(x, w), (4,), (3, 4))
case("linear", lambda d, x, w, b: d.linear(x, w, b), (0, 4), (3, 4), (3,))
case("Linear", lambda d, x: d.Linear(4, 3, dtype=x.dtype, generator=rng())(x), (5, 4))
case("Linear", lambda d, x: (d.Linear(4, 3, False, dtype=x.dtype, generator=rng())(x), repr(d.Linear(4, 3, bias=False))), (5, 4))
case("Flatten", lambda d, x: (d.Flatten()(x), d.Flatten(0, 1)(x), repr(d.Flatten(0, 1))), (2, 3, 4))
case("Parameter", lambda d, x: (d.Parameter(x.detach()).requires_grad, d.Parameter(data=x.detach(), requires_grad=False)), (2,))


def _sequential(d, x):
    net = d.Sequential(d.Flatten(), d.Linear(4, 3, dtype=x.dtype, generator=rng()), d.Sequential(d.Tanh()))
    return net(x), net[:2](x), net[-1](x), len(net), [type(m).__name__ for m in net], repr(net), list(net.state_dict())


def _module(d, x):
    class Net(d.Module):
        def __init__(self):
            super().__init__()
            self.layers = d.Sequential(d.Linear(2, 2, dtype=x.dtype, generator=rng()), d.ReLU())
            self.scale = d.Parameter(d.ones(2, dtype=x.dtype))
            self.again = self.layers

        def forward(self, x, twice=False):
            return self.layers(x) * self.scale * (2 if twice else 1)

    net = Net()
    net.eval()
    training = [m.training for m in net.modules()]
    y = net(x, twice=True)
    y.sum().backward(retain_graph=True)
    gradients = [p.grad for p in net.parameters()]
    net.zero_grad()
    net.load_state_dict({name: value * 2 for name, value in net.state_dict().items()})
    names = [name for name, _ in net.named_parameters()], [name for name, _ in net.named_parameters("a")]
    names += [name for name, _ in net.named_modules()], [(name, type(m).__name__) for name, m in net.named_modules(prefix="a")]
    names += [p.requires_grad for p in net.layers.requires_grad_(False).parameters()], (net.layers.requires_grad_() is net.layers)
    children = dict(net.layers.named_children()).keys()
    return y.detach(), net(x), gradients, [p.grad for p in net.parameters()], names, children, net.state_dict(), training, net.train().training


case("Sequential", _sequential, (5, 2, 2))
case("Module", _module, (3, 2), stepped=False)
case("Module", lambda d, x: raised(lambda: d.Module()(x)), (2,))



def _buffered(d, x):
    """A layer with a buffer: what is saved, what is learnt, what `double` does to both."""

    class Centre(d.Module):
        def __init__(self):
            super().__init__()
            self.mean, self.seen = d.Buffer(d.zeros(2)), d.Buffer(d.tensor(0))
            self.scale = d.Parameter(d.ones(2))
            self.inside = d.Identity()

        def forward(self, x):
            return (self.inside(x) - self.mean) * self.scale

    net = d.Sequential(Centre(), d.Linear(2, 1, generator=rng())).double()
    net.load_state_dict(net.state_dict())
    names = [n for n, _ in net.named_parameters()], [n for n, _ in net.named_buffers()], list(net.state_dict())
    return net(x.double()), names, [str(b.dtype).removeprefix("torch.") for b in net.buffers()], repr(net)


case("Buffer Identity", _buffered, (3, 2), stepped=False)
case("Buffer", lambda d, x: (d.Buffer(x.detach()).requires_grad, isinstance(d.Buffer(x.detach()), d.Tensor)), (2,))


def _listed(d, x):
    layers = d.ModuleList([d.Identity()]).append(d.Linear(2, 2, generator=rng())).append(d.ReLU())
    net = d.Sequential(layers[1], *layers[2:]).to(x.dtype)
    return net(layers[0](x)), len(layers), [n for n, _ in layers.named_parameters()], repr(layers)


case("ModuleList Identity", _listed, (3, 2), stepped=False)
case("embedding", lambda d, w, i: d.embedding(input=i, weight=w), (3, 2), TWICE)
case("embedding", lambda d, w, i: d.embedding(i, w), (4, 3), np.array([[0, 3], [3, 1]], "i4"))
case("embedding", lambda d, w: d.embedding(d.tensor(1), w) * d.embedding(d.tensor(np.zeros((2, 0), int)), w).sum(), (3, 2))
case("Embedding", lambda d, x, i: d.Embedding(5, 3, std=0.02, dtype=x.dtype, generator=rng())(i) * x, (1,), TWICE)
case("Embedding", lambda d, x, i: (d.Embedding(5, 3, dtype=x.dtype, generator=rng())(i) * x, repr(d.Embedding(5, 3))), (1,), TWICE)



def _checkpointed(d, x, w):
    """A chain in which both ends and a weight inside need a gradient, and the weight twice."""
    y = d.checkpoint(lambda x: d.tanh(x @ w) @ w, x) * x
    return d.checkpoint(lambda y: y * w, y)


case("checkpoint", _checkpointed, (3, 3), (3, 3))
case("checkpoint", lambda d, x, w: (w2 := w * 3, d.checkpoint(lambda t: t * w2, x) + w2)[1], (2,), (2,))  # a result outside
case("checkpoint", lambda d, x, w: (y := x * w, d.checkpoint(lambda t: d.tanh(t * y) * y, y) + y)[1], (2,), (2,))  # the input, too
case("checkpoint", lambda d, x, w: d.checkpoint(lambda t: d.checkpoint(lambda s: d.tanh(s * w), t * w) * t, x * w), (2,), (2,))
case("checkpoint", lambda d, x, w: (y := d.checkpoint(lambda t: d.tanh(t * w), x), y * y + d.checkpoint(lambda t: t * y, y))[1], (2,), (2,))
case("checkpoint", lambda d, x, w: (d.checkpoint(lambda t: t, x), d.checkpoint(lambda t: w * 2, x), d.checkpoint(lambda t: w, x) * 2), (2,), (2,))
case("checkpoint", lambda d, x: (lambda row: d.checkpoint(lambda t: t * row[0] + row[1], row[2]))(list(x)), (3, 2))
case("checkpoint", lambda d, x: d.checkpoint(input=x.detach(), function=lambda x: x * 2).requires_grad, (2,))
case("checkpoint", lambda d, w, i: d.checkpoint(lambda i: w[i] * 2, i), (4, 2), TWICE)  # only what is inside needs one
bad("checkpoint: array", lambda d: d.checkpoint(lambda x: x, np.ones(2)))

# --------------------------------------------------------------------------- where parameters start
for _shape in [(3, 4), (3, 4, 5, 5)]:
    case("uniform_", lambda d, w: d.uniform_(w.detach(), -2, 3, rng()), _shape)
    case("normal_", lambda d, w: d.normal_(tensor=w.detach(), mean=1, std=3, generator=rng()), _shape)
    case("xavier_uniform_", lambda d, w: d.xavier_uniform_(w.detach(), 2.0, rng()), _shape)
    case("xavier_normal_", lambda d, w: d.xavier_normal_(w.detach(), 2.0, rng()), _shape)
    case("kaiming_uniform_", lambda d, w: d.kaiming_uniform_(w.detach(), 0.1, "fan_out", "leaky_relu", rng()), _shape)
    case("kaiming_normal_", lambda d, w: d.kaiming_normal_(w.detach(), nonlinearity="relu", generator=rng()), _shape)
case("constant_ zeros_ ones_", lambda d, w: (d.constant_(w.detach() * 1, 0.3), d.zeros_(w.detach() * 1), d.ones_(w.detach() * 1)), (2, 3))
case("calculate_gain", lambda d: [d.calculate_gain(k) for k in ["linear", "sigmoid", "tanh", "relu", "leaky_relu"]])
case("calculate_gain", lambda d: (d.calculate_gain("leaky_relu", 0.2), raised(lambda: d.calculate_gain("relu6"))))


# --------------------------------------------------------------------------- optimisers and schedules
def descend(d, x, make, schedule=None, steps=60):
    """The path of `steps` steps on a narrow valley, and the learning rates on the way."""
    w = d.Parameter(x.detach())
    optimizer = make(d, [w])
    scheduler = schedule(d, optimizer) if schedule else None
    path, rates = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        ((w * w * d.tensor([1.0, 5.0, 0.1], dtype=w.dtype)).sum() + d.sin(w[0] * w[1])).backward()
        optimizer.step()
        path.append(w.tolist())
        rates.append([group["lr"] for group in optimizer.param_groups])
        if scheduler:
            scheduler.step()
            rates.append(list(scheduler.get_last_lr()))
    return path, rates


def _sgd(d, params):
    return d.SGD(params, lr=0.05)


def _warm_up_then_cosine(d, optimizer):
    warm_up = d.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    return d.SequentialLR(optimizer, [warm_up, d.CosineAnnealingLR(optimizer, 30, 0.001)], milestones=[5])


case("Optimizer", lambda d, x: (raised(lambda: d.Optimizer([x], {"lr": 1}).zero_grad()), raised(lambda: d.Optimizer([], {}))), (2,))
case("SGD", lambda d, x: descend(d, x, _sgd), (3,))
case("Adam", lambda d, x: descend(d, x, lambda d, p: d.Adam(p, 0.1)), (3,))
case("AdamW", lambda d, x: descend(d, x, lambda d, p: d.AdamW(p, 0.1)), (3,))
case("Adam", lambda d, x: descend(d, x, lambda d, p: d.Adam(params=p, amsgrad=True)), (3,))
case("AdamW", lambda d, x: descend(d, x, lambda d, p: d.AdamW(params=p, amsgrad=True)), (3,))
case("LRScheduler", lambda d, x: raised(lambda: d.LRScheduler(d.SGD([x], 0.1))), (2,))
case("StepLR", lambda d, x: descend(d, x, _sgd, lambda d, o: d.StepLR(o, 7, 0.5)), (3,))
case("CosineAnnealingLR", lambda d, x: descend(d, x, _sgd, lambda d, o: d.CosineAnnealingLR(o, 20, 0.01)), (3,))
case("LinearLR", lambda d, x: descend(d, x, _sgd, lambda d, o: d.LinearLR(o, 0.2, 0.9, 10)), (3,))
case("SequentialLR", lambda d, x: descend(d, x, _sgd, _warm_up_then_cosine), (3,))


# --------------------------------------------------------------------------- bad input
def _linear(d, x, w, b=None):
    return d.linear(d.tensor(x), d.tensor(w), None if b is None else d.tensor(b))


def f(*shape):
    return np.ones(shape, "f")


PAIR = np.array([0, 2])


bad("linear: list", lambda d: d.linear([1.0], d.ones(2, 1)))
bad("linear: array", lambda d: d.linear(np.ones((1, 2), "f"), d.ones(3, 2)))
bad("linear: weight array", lambda d: d.linear(d.ones(1, 2), np.ones((3, 2), "f")))
bad("linear: bias array", lambda d: d.linear(d.ones(1, 2), d.ones(3, 2), np.ones(3, "f")))
bad("linear: integer input", lambda d: _linear(d, np.ones((1, 2), int), f(3, 2)))
bad("linear: boolean input", lambda d: _linear(d, np.ones((1, 2), bool), f(3, 2)))
bad("linear: width", lambda d: _linear(d, f(5, 4), f(3, 2)))
bad("linear: 0-d", lambda d: _linear(d, f(), f(3, 2)))
bad("linear: 1-d weight", lambda d: _linear(d, f(5, 2), f(2)))
bad("linear: 3-d weight", lambda d: _linear(d, f(5, 2), f(1, 3, 2)))
bad("linear: bias shape", lambda d: _linear(d, f(5, 2), f(3, 2), f(2)))
bad("linear: bias row", lambda d: _linear(d, f(5, 2), f(3, 2), f(1, 3)))
bad("linear: float64 input", lambda d: _linear(d, np.ones((5, 2)), f(3, 2)))
bad("linear: integer weight", lambda d: _linear(d, f(5, 2), np.ones((3, 2), int)))
bad("linear: float64 bias", lambda d: _linear(d, f(5, 2), f(3, 2), np.ones(3)))
bad("Linear: no inputs", lambda d: d.Linear(0, 2))
bad("Linear: negative", lambda d: d.Linear(3, -2))
bad("Linear: float", lambda d: d.Linear(3.0, 2))
bad("Linear: truth", lambda d: d.Linear(3, True))
bad("Linear: text", lambda d: d.Linear("3", 2))
bad("Linear: seed", lambda d: d.Linear(3, 2, generator=0))
bad("Linear: seed 1", lambda d: d.Linear(3, 2, generator=1))
bad("Linear: width", lambda d: d.Linear(3, 2)(d.ones(4, 2)))
bad("Linear: array", lambda d: d.Linear(3, 2)(np.ones((4, 3), "f")))
bad("Linear: float64", lambda d: d.Linear(3, 2)(d.ones(4, 3, dtype=d.float64)))
bad("uniform_: seed", lambda d: d.uniform_(d.ones(2), generator=3))
bad("normal_: seed", lambda d: d.normal_(d.ones(2), generator=3))
bad("uniform_: array", lambda d: d.uniform_(np.zeros(2)))
bad("normal_: list", lambda d: d.normal_([1.0]))
bad("kaiming_normal_: array", lambda d: d.kaiming_normal_(np.zeros((2, 2))))
bad("kaiming_uniform_: empty", lambda d: d.kaiming_uniform_(d.ones(2, 0)))
bad("xavier_uniform_: vector", lambda d: d.xavier_uniform_(d.ones(2)))
bad("xavier_normal_: scalar", lambda d: d.xavier_normal_(d.ones(())))
bad("kaiming_uniform_: vector", lambda d: d.kaiming_uniform_(d.ones(2)))
bad("kaiming_normal_: mode", lambda d: d.kaiming_normal_(d.ones(2, 2), mode="fan"))
bad("mse_loss: shapes", lambda d: d.mse_loss(d.ones(3), d.ones(3, 1)))
bad("mse_loss: broadcastable", lambda d: d.mse_loss(d.ones(3, 1), d.ones(3)))
bad("mse_loss: empty", lambda d: d.mse_loss(d.ones(0, 2), d.ones(0, 2)))
bad("mse_loss: integers", lambda d: d.mse_loss(d.tensor([1]), d.tensor([1])))
bad("mse_loss: array", lambda d: d.mse_loss(d.ones(3), np.ones(3)))
bad("mse_loss: number", lambda d: d.mse_loss(d.ones(()), 1.0))
bad("mse_loss: reduction", lambda d: d.mse_loss(d.ones(3), d.ones(3), reduction="max"))
bad("mse_loss: reduction None", lambda d: d.mse_loss(d.ones(3), d.ones(3), reduction=None))
bad("cross_entropy: 1-d", lambda d: d.cross_entropy(d.ones(3), d.tensor(1)))
bad("cross_entropy: 3-d", lambda d: d.cross_entropy(d.ones(3, 2, 2), d.tensor([1])))
bad("cross_entropy: empty", lambda d: d.cross_entropy(d.ones(0, 3), d.tensor(np.zeros(0, int))))
bad("cross_entropy: no class", lambda d: d.cross_entropy(d.ones(2, 0), d.tensor(PAIR)))
bad("cross_entropy: float labels", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([0.0, 1.0])))
bad("cross_entropy: NaN labels", lambda d: d.cross_entropy(d.ones(1, 3), d.tensor([float("nan")])))
bad("cross_entropy: boolean labels", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor([True, False])))
bad("cross_entropy: one-hot", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(np.eye(3, dtype=int)[:2])))
bad("cross_entropy: label column", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(PAIR[:, None])))
bad("cross_entropy: label count", lambda d: d.cross_entropy(d.ones(3, 3), d.tensor(PAIR)))
bad("cross_entropy: label high", lambda d: d.cross_entropy(d.ones(2, 2), d.tensor(PAIR)))
bad("cross_entropy: label low", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(PAIR - 1)))
bad("cross_entropy: integer scores", lambda d: d.cross_entropy(d.tensor([[1, 2, 3]] * 2), d.tensor(PAIR)))
bad("cross_entropy: array labels", lambda d: d.cross_entropy(d.ones(2, 3), PAIR))
bad("cross_entropy: list labels", lambda d: d.cross_entropy(d.ones(2, 3), [0, 2]))
bad("cross_entropy: reduction", lambda d: d.cross_entropy(d.ones(2, 3), d.tensor(PAIR), reduction="avg"))
bad("bce: shapes", lambda d: d.binary_cross_entropy_with_logits(d.ones(3, 1), d.ones(3)))
bad("bce: empty", lambda d: d.binary_cross_entropy_with_logits(d.ones(0), d.ones(0)))
bad("bce: integer target", lambda d: d.binary_cross_entropy_with_logits(d.ones(2), d.tensor(PAIR)))
bad("bce: integer input", lambda d: d.binary_cross_entropy_with_logits(d.tensor(PAIR), d.ones(2)))
bad("bce: array", lambda d: d.binary_cross_entropy_with_logits(np.ones(2), d.ones(2)))
bad("bce: reduction", lambda d: d.binary_cross_entropy_with_logits(d.ones(2), d.ones(2), reduction="batchmean"))
bad("embedding: floats", lambda d: d.embedding(d.ones(2), d.ones(3, 2)))
bad("embedding: high", lambda d: d.embedding(d.tensor([3]), d.ones(3, 2)))
bad("embedding: low", lambda d: d.embedding(d.tensor([0, -1]), d.ones(3, 2)))
bad("embedding: 1-d weight", lambda d: d.embedding(d.tensor([0]), d.ones(3)))
bad("embedding: whole weight", lambda d: d.embedding(d.tensor([0]), d.tensor([[1, 2]])))
bad("Embedding: deviation", lambda d: d.Embedding(2, 2, std=-0.1))
bad("Embedding: none", lambda d: d.Embedding(0, 2))
bad("Embedding: width", lambda d: d.Embedding(2, 1.5))
bad("Embedding: seed", lambda d: d.Embedding(2, 2, generator=1))
