"""Reverse-mode differentiation on NumPy arrays.

A `Tensor` is an array that remembers how it was computed.  Every operation below does two things on
one screen: it computes its result, and it writes down, for each input, the *vector-Jacobian product*
(VJP), the function that turns the gradient of the result into the gradient of that input.
`Tensor.backward` then reads these notes in reverse: that is backpropagation, whole.

Three rules keep it right:

- Arrays inside Tensors are read-only.  A write into `x.data` raises at once, so nothing that was
  recorded can change behind the tape's back.  In-place operators (`w -= ...`) put a new array in.
- A VJP closes over arrays, never over Tensors, so it sees the values of the forward pass.
- Operations are numbered as they are made.  An operation comes after its inputs, so the numbers read
  downwards are an order in which every gradient is complete before it is passed on.

Names, arguments and shapes are PyTorch's; where a gradient is a matter of choice (at ties and kinks),
the choice is PyTorch's too.  Source: chapter *Backpropagation*; Griewank and Walther, *Evaluating
Derivatives*, 2008, chapter 3.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import itertools
import math
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from dlnotes import _validate

__all__ = [
    "Tensor", "tensor", "zeros", "ones", "arange", "randn", "no_grad", "enable_grad", "float32", "float64", "int64",
    "exp", "log", "sqrt", "sin", "cos", "abs", "maximum", "minimum", "clamp", "where",
    "sum", "mean", "var", "std", "amax", "amin", "max", "min",
    "matmul", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute",
    "concatenate", "cat", "stack", "checkpoint",
]  # fmt: skip

float32, float64, int64 = np.dtype("float32"), np.dtype("float64"), np.dtype("int64")


class _Mode(threading.local):
    recording = True


_mode = _Mode()
_number = itertools.count(1)
_made = operator.attrgetter("_order")


@contextlib.contextmanager
def _recording(mode: bool) -> Iterator[None]:
    before, _mode.recording = _mode.recording, mode
    try:
        yield
    finally:
        _mode.recording = before


def no_grad() -> Any:
    """Record nothing inside this block (`with no_grad():`) or function (`@no_grad()`)."""
    return _recording(False)


def enable_grad() -> Any:
    """Record inside this block or function, also where `no_grad` holds around it."""
    return _recording(True)


def _numpys_words(reduce: Callable) -> Callable:
    """`reduce`, which takes NumPy's words axis and keepdims for dim and keepdim too, as PyTorch does."""

    @functools.wraps(reduce)
    def called(*inputs: Any, **options: Any) -> Any:
        for theirs, ours in ("axis", "dim"), ("keepdims", "keepdim"):
            if theirs in options:
                options[ours] = options.pop(theirs)
        return reduce(*inputs, **options)

    return called


class Tensor:
    """An array with a gradient.

    data: anything `numpy.array` takes; it is copied.  Python floats become float32, as in PyTorch;
    arrays keep their dtype.
    requires_grad: whether `backward` is to fill in `grad` (float32 and float64 only, else TypeError).

    >>> x = tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("_data", "_requires_grad", "grad", "_inputs", "_order", "_retains", "__weakref__")
    __array_ufunc__ = None  # ndarray * Tensor asks Tensor.__rmul__

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None):
        try:
            array = np.array(_plain(data), dtype=dtype)
        except ValueError as error:
            raise ValueError(f"data: expected numbers in rows of one length, got {data!r:.80}") from error
        if array.dtype.kind not in "biuf":
            raise TypeError(f"data: expected real numbers, got {type(data).__name__} of {array.dtype}")
        entry = data
        while isinstance(entry, (list, tuple)) and entry:
            entry = entry[0]
        if dtype is None and array.dtype == float64 and not hasattr(entry, "dtype"):
            array = array.astype(float32)
        self._put(array)
        self.grad: Tensor | None = None
        self._inputs: tuple | list | None = ()
        self._order = 0
        self._retains = False
        self.requires_grad_(requires_grad)

    # ------------------------------------------------------------------ the array
    data = property(
        operator.attrgetter("_data"), lambda self, values: self.copy_(values), None,
        "The values, a read-only array.  Assigning copies the new values in.",
    )  # fmt: skip
    shape = property(operator.attrgetter("_data.shape"), doc="The length of each axis.")
    ndim = property(operator.attrgetter("_data.ndim"), doc="The number of axes.")
    dtype = property(operator.attrgetter("_data.dtype"), doc="What kind of number each entry is.")
    T = property(lambda self: self.permute(*reversed(range(self.ndim))))
    requires_grad = property(
        lambda self: self._requires_grad, lambda self, value: self.requires_grad_(value), None,
        "Whether `backward` fills in `grad`, or goes on through this Tensor to those it came from.",
    )  # fmt: skip

    @property
    def is_leaf(self) -> bool:
        """Whether this Tensor was made, not computed on the tape."""
        return self._order == 0

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of the axis `dim`."""
        return self.shape if dim is None else self.shape[_axes(dim, self.ndim)[0]]

    def numpy(self) -> np.ndarray:
        """The values as a read-only array; RuntimeError on a Tensor with a gradient (detach it first)."""
        if self.requires_grad:
            raise RuntimeError("numpy(): this Tensor requires a gradient; call x.detach().numpy()")
        return self._data

    def item(self) -> Any:
        """The value of a one-element Tensor as a Python number."""
        return self._data.item()

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self._data.tolist()

    def detach(self) -> Tensor:
        """The same values, off the tape."""
        return _wrap(self._data)

    def clone(self) -> Tensor:
        """The same values in a Tensor of its own, on the tape: a change of one in place does not show in the other."""
        return record(self._data, (self, lambda g: g))

    @_numpys_words
    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Index of the largest element along `dim` (of all, flattened, if None); the first of equals."""
        return _wrap(np.argmax(self._data, axis=dim, keepdims=keepdim))

    @_numpys_words
    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Index of the smallest element along `dim` (of all, flattened, if None); the first of equals."""
        return _wrap(np.argmin(self._data, axis=dim, keepdims=keepdim))

    def to(self, dtype: Any) -> Tensor:
        """The same values in another dtype; the gradient comes back in this one."""
        array = Tensor(self._data, dtype=dtype).data
        return record(array, (self, lambda g: g)) if array.dtype.kind == "f" else _wrap(array)

    def float(self) -> Tensor:
        """The same values as float32."""
        return self.to(float32)

    def double(self) -> Tensor:
        """The same values as float64."""
        return self.to(float64)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d Tensor")
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise ValueError(f"a Tensor of shape {self.shape} is not one truth; ask x.any() or x.all()")
        return bool(self.item())

    def __float__(self) -> builtins.float:
        return builtins.float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return operator.index(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec or self.ndim == 0 else repr(self)

    def __repr__(self) -> str:
        body = np.array2string(self._data, precision=4, separator=", ", prefix="tensor(")
        return f"tensor({body}{', requires_grad=True' if self.requires_grad else ''})"

    def __reduce__(self) -> tuple:  # copy, deepcopy and pickle take the values, not the tape
        return type(self), (self._data, self.requires_grad)

    # ------------------------------------------------------------------ changes in place
    def copy_(self, other: Any) -> Tensor:
        """Put new values of the same shape in, kept in this Tensor's dtype, and return self."""
        array = np.array(_plain(other), dtype=self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"other: expected shape {self.shape}, got {array.shape}")
        return self._put(array)

    def _put(self, array: np.ndarray) -> Tensor:
        array.setflags(write=False)
        self._data = array
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient from here on, and return self."""
        if requires_grad and self.dtype not in (float32, float64):
            raise TypeError(
                f"requires_grad: only float32 and float64 have gradients, got {self.dtype}"
            )
        if self._order and not requires_grad:
            raise RuntimeError("requires_grad: a computed Tensor stays on the tape; detach() it")
        self._requires_grad = bool(requires_grad)
        return self

    def _in_place(self, result: Tensor) -> Tensor:
        if result.shape != self.shape:
            raise ValueError(f"in place: expected shape {self.shape}, got a result of shape {result.shape}")
        if not np.can_cast(result.dtype, self.dtype, "same_kind"):
            raise TypeError(f"in place: a {self.dtype} Tensor cannot hold a result in {result.dtype}")
        if not (_mode.recording and (self.requires_grad or result.requires_grad)):
            return self.copy_(result)
        if self._order or not self.requires_grad:  # x += y with x computed: the name moves to a new Tensor on the tape
            return result if result.dtype == self.dtype else result.to(self.dtype)
        raise RuntimeError(
            "a leaf Tensor that requires a gradient was changed in place while recording; "
            "do it inside `with no_grad():`"
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        value = value if isinstance(value, Tensor) else _wrap(np.array(value))
        if _mode.recording and (self.requires_grad or value.requires_grad):
            raise RuntimeError(
                "a Tensor on the tape cannot be written into; use where or concatenate, or no_grad"
            )
        array = self._data.copy()
        array[_plain(index)] = value.data
        self.copy_(array)

    def __iadd__(self, other: Any) -> Tensor:
        return self._in_place(self + other)

    def __isub__(self, other: Any) -> Tensor:
        return self._in_place(self - other)

    def __imul__(self, other: Any) -> Tensor:
        return self._in_place(self * other)

    def __itruediv__(self, other: Any) -> Tensor:
        return self._in_place(self / other)

    def retain_grad(self) -> None:
        """Have `backward` fill in `grad` of this computed Tensor as well; those of leaves it always does.

        >>> x = tensor(3.0, requires_grad=True)
        >>> y = x * 2
        >>> y.retain_grad()
        >>> (y * y).backward()
        >>> y.grad
        tensor(12.)
        """
        if not self.requires_grad:
            raise RuntimeError("retain_grad(): this Tensor requires no gradient")
        self._retains = not self.is_leaf

    # ------------------------------------------------------------------ backpropagation
    @np.errstate(all="ignore")  # an infinite slope, as sqrt has at 0, is an answer
    def backward(self, gradient: Any = None, retain_graph: bool = False) -> None:
        """Add the gradient of this Tensor to `grad` of every leaf it was computed from.

        gradient: the gradient of some later result with respect to this one, of this shape; 1 for a
        one-element Tensor.  The tape is freed behind the pass unless `retain_graph`.

        Raises RuntimeError where nothing was recorded or the tape is freed already, ValueError where
        `gradient` is missing or has another shape.
        """
        if not self.requires_grad:
            raise RuntimeError("backward(): nothing here requires a gradient")
        if gradient is None and self._data.size != 1:
            raise ValueError(
                f"gradient: needed for a Tensor of shape {self.shape}; only a one-element one has a default"
            )
        gradient = np.ones(self.shape, self.dtype) if gradient is None else np.array(_plain(gradient), self.dtype)
        if gradient.shape != self.shape:
            raise ValueError(f"gradient: expected shape {self.shape}, got {gradient.shape}")

        for leaf, g in _gradients(self, gradient, retain_graph=retain_graph):
            leaf.grad = _wrap(g if leaf.grad is None else leaf.grad._data + g)

    # ------------------------------------------------------------------ operators
    def __add__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return record(a.data + b.data, (a, lambda g: g), (b, lambda g: g))

    def __sub__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return record(a.data - b.data, (a, lambda g: g), (b, lambda g: -g))

    def __mul__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        x, y = a.data, b.data
        return record(x * y, (a, lambda g: g * y), (b, lambda g: g * x))

    def __truediv__(self, other: Any) -> Tensor:
        a, b = _operands(_floating(self), other)
        x, y = a.data, b.data
        z = x / y
        return record(z, (a, lambda g: g / y), (b, lambda g: -g * z / y))

    def __pow__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        x, n = a.data, b.data
        z = x**n

        def d_exponent(g: np.ndarray) -> np.ndarray:  # x^n log x, whose limit at x = 0 is 0
            return np.where((x == 0) & (n >= 0), 0, g * z * np.log(x))

        return record(
            z,
            (a, lambda g: np.where(n == 0, 0, g * n * x ** np.where(n == 0, 1, n - 1))),
            (b, d_exponent),
        )

    def __neg__(self) -> Tensor:
        return record(-self.data, (self, lambda g: -g))

    def __matmul__(self, other: Any) -> Tensor:
        return matmul(*_operands(self, other))

    def __abs__(self) -> Tensor:
        return abs(self)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return b - a

    def __rtruediv__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return b / a

    def __rpow__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return b**a

    def __rmatmul__(self, other: Any) -> Tensor:
        a, b = _operands(self, other)
        return b @ a

    # Comparisons give Tensors of booleans, and record nothing.
    def __lt__(self, other: Any) -> Tensor:
        return _wrap(self.data < _operands(self, other)[1].data)

    def __le__(self, other: Any) -> Tensor:
        return _wrap(self.data <= _operands(self, other)[1].data)

    def __gt__(self, other: Any) -> Tensor:
        return _wrap(self.data > _operands(self, other)[1].data)

    def __ge__(self, other: Any) -> Tensor:
        return _wrap(self.data >= _operands(self, other)[1].data)

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        try:
            return _wrap(self.data == _operands(self, other)[1].data)
        except TypeError:  # None, a text: unequal, and Python's own answer, False, is right
            return NotImplemented

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else ~equal

    def __invert__(self) -> Tensor:
        return _wrap(~self.data)

    def __and__(self, other: Any) -> Tensor:
        return _wrap(self.data & _operands(self, other)[1].data)

    def __or__(self, other: Any) -> Tensor:
        return _wrap(self.data | _operands(self, other)[1].data)

    def all(self) -> Tensor:
        """Whether every element is true."""
        return _wrap(self._data.all())

    def any(self) -> Tensor:
        """Whether some element is true."""
        return _wrap(self._data.any())

    def __contains__(self, value: Any) -> bool:
        return bool((self.data == _operands(self, value)[1].data).any())

    __hash__ = object.__hash__

    def __getitem__(self, index: Any) -> Tensor:
        index = _plain(index)
        shape, dtype = self.shape, self.dtype

        def scatter(g: np.ndarray) -> np.ndarray:  # an element read twice gets both gradients
            full = np.zeros(shape, dtype)
            np.add.at(full, index, g) if _has_arrays(index) else full.__setitem__(index, g)
            return full

        return record(self.data[index], (self, scatter))

    # ------------------------------------------------------------------ functions as methods
    def exp(self) -> Tensor:
        return exp(self)

    def log(self) -> Tensor:
        return log(self)

    def sqrt(self) -> Tensor:
        return sqrt(self)

    def abs(self) -> Tensor:
        return abs(self)

    def clamp(self, min: Any = None, max: Any = None) -> Tensor:
        return clamp(self, min, max)

    @_numpys_words
    def sum(self, dim: Any = None, keepdim: bool = False) -> Tensor:
        return sum(self, dim, keepdim)

    @_numpys_words
    def mean(self, dim: Any = None, keepdim: bool = False) -> Tensor:
        return mean(self, dim, keepdim)

    @_numpys_words
    def var(self, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Tensor:
        return var(self, dim, correction=correction, keepdim=keepdim)

    @_numpys_words
    def std(self, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Tensor:
        return std(self, dim, correction=correction, keepdim=keepdim)

    @_numpys_words
    def max(self, dim: int | None = None, keepdim: bool = False) -> Any:
        return max(self, dim, keepdim)

    @_numpys_words
    def min(self, dim: int | None = None, keepdim: bool = False) -> Any:
        return min(self, dim, keepdim)

    @_numpys_words
    def amax(self, dim: Any = (), keepdim: bool = False) -> Tensor:
        return amax(self, dim, keepdim)

    @_numpys_words
    def amin(self, dim: Any = (), keepdim: bool = False) -> Tensor:
        return amin(self, dim, keepdim)

    def reshape(self, *shape: Any) -> Tensor:
        return reshape(self, shape[0] if len(shape) == 1 else shape)

    def view(self, *shape: Any) -> Tensor:
        """`reshape`: nothing is written into arrays here, so it makes no difference whether they are shared."""
        return self.reshape(*shape)

    def squeeze(self, dim: Any = None) -> Tensor:
        return squeeze(self, dim)

    def unsqueeze(self, dim: int) -> Tensor:
        return unsqueeze(self, dim)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        return flatten(self, start_dim, end_dim)

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        return transpose(self, dim0, dim1)

    def permute(self, *dims: Any) -> Tensor:
        return permute(self, dims[0] if len(dims) == 1 and np.iterable(dims[0]) else dims)


# ---------------------------------------------------------------------- the tape
def _wrap(array: Any) -> Tensor:
    """A Tensor around an array that nobody else holds."""
    t, array = Tensor.__new__(Tensor), np.asarray(array)
    array.setflags(write=False)
    t._data, t._requires_grad, t.grad, t._inputs, t._order, t._retains = array, False, None, (), 0, False
    return t


def record(data: Any, *inputs: tuple[Tensor, Callable[[np.ndarray], Any]]) -> Tensor:
    """The result `data` of an operation, with one (input, vjp) pair for each Tensor it came from.

    A vjp maps the gradient of the result to the gradient of its input.  It may leave broadcast axes
    in place: `backward` sums them away.  Only inputs that need a gradient are kept.
    """
    out = _wrap(data)
    if _mode.recording:
        kept = [pair for pair in inputs if pair[0]._requires_grad]
        if kept:
            out._requires_grad, out._inputs, out._order = True, kept, next(_number)
    return out


def _tape(result: Tensor, since: int = 0) -> list[Tensor]:
    """What `result` was computed from, the newest first, back to Tensors that are not newer than number `since`."""
    tape, stack, seen = [], [result], {result}
    while stack:
        node = stack.pop()
        tape.append(node)
        if node._order <= since:
            continue
        if node._inputs is None:
            raise RuntimeError("backward(): this tape was freed; keep it with retain_graph=True")
        for x, _ in node._inputs:
            if x not in seen:
                seen.add(x)
                stack.append(x)
    return sorted(tape, key=_made, reverse=True)


def _gradients(
    result: Tensor, gradient: np.ndarray, since: int = 0, retain_graph: bool = False
) -> Iterator[tuple[Tensor, np.ndarray]]:
    """The pass back: every leaf that `result` was computed from, or where its tape began, with its gradient."""
    tape, gradients = _tape(result, since), {result: gradient}
    for node in tape:
        g = gradients.pop(node)  # whole, for all that came from this node is newer: pass it on to the inputs
        if node._order <= since:
            yield node, g
            continue
        if node._retains:
            node.grad = _wrap(g if node.grad is None else node.grad._data + g)
        for x, vjp in node._inputs:  # type: ignore[union-attr]
            gx, data = vjp(g), x._data
            if gx.shape != data.shape:
                gx = sum_to_shape(gx, data.shape)
            if gx.dtype != data.dtype:
                gx = gx.astype(data.dtype)
            gradients[x] = gradients[x] + gx if x in gradients else gx
        if not retain_graph:
            node._inputs = None


def remember(vjp: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
    """`vjp`, which answers at once when asked again about the same array: for gradients that share their work."""
    last: list = [None, None]

    def asked(g: np.ndarray) -> Any:
        if last[0] is not g:
            last[:] = g, vjp(g)
        return last[1]

    return asked


def parts(x: Tensor, places: list[tuple[Any, tuple | None]]) -> list[Tensor]:
    """The parts of x at these indices, in these shapes.

    Each of n parts by itself would give back a gradient as large as x.  Here each adds its own to one array, which
    a node before them all hands on: the cost is that of x, not n times it.
    """
    size, dtype = x.shape, x.dtype
    whole: list[np.ndarray] = []  # that array, from the first part of a pass to the last
    hub = record(np.zeros((), dtype), (x, lambda g: whole.pop()))

    def part(index: Any, shape: tuple | None) -> Tensor:
        piece = x.data[index]

        def add(g: np.ndarray) -> np.ndarray:
            if not whole:
                whole.append(np.zeros(size, dtype))
            whole[0][index] += g.reshape(piece.shape)
            return np.zeros(())

        return record(piece if shape is None else piece.reshape(shape), (hub, add))

    return [part(*place) for place in places]


def select(mask: np.ndarray, g: np.ndarray) -> np.ndarray:
    """g where the mask holds, 0 elsewhere: what g * mask would be, were 0 times infinity not nan.

    Seen as bits, 0 is all zeros; True and False, made negative, are all ones and all zeros.
    """
    return (g.view(f"i{g.itemsize}") & -mask.view("i1")).view(g.dtype)


FEW = 64  # terms that may be added one after the other


def total(x: np.ndarray, axes: tuple[int, ...], keepdims: bool = False) -> np.ndarray:
    """The sum over these axes, right to the last digits of its dtype however many terms it has.

    NumPy adds in pairs along the axis that lies close in memory, but one after the other along the rest, and in float32
    2^24 + 1 is 2^24.  Where these terms are many, 32 at a time are added as they are, and what they give in float64.
    """
    if x.dtype.kind != "f":
        return x.sum(axes, int64 if x.dtype.kind == "u" else None, keepdims=keepdims)  # uint64 has no negative numbers
    if x.itemsize == 2:
        return total(x.astype(float32), axes, keepdims).astype(x.dtype)
    if x.itemsize == 4 and x.size and _count(x.shape, axes) > FEW:
        _, near = builtins.min((builtins.abs(s), a) for a, s in enumerate(x.strides) if x.shape[a] > 1)
        far = [a for a in axes if a != near]
        if _count(x.shape, far) > FEW:
            length, a = builtins.max((x.shape[a], a) for a in far)
            n = builtins.min(32, length)
            at, end = (slice(None),) * a, length // n * n
            sums = x[*at, :end].reshape(*x.shape[:a], -1, n, *x.shape[a + 1 :]).sum(a + 1), x[*at, end:]
            return np.add(*(part.sum(axes, float64, keepdims=keepdims) for part in sums)).astype(x.dtype)
    return x.sum(axes, keepdims=keepdims)


def sum_to_shape(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Undo broadcasting: what was copied along an axis gets the sum of its copies' gradients."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    stretched = (new + i for i, n in enumerate(shape) if n == 1 != g.shape[new + i])
    return total(g, (*range(new), *stretched)).reshape(shape)


def _operands(a: Tensor, b: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors, of one kind: beside a floating operand, numbers and whole numbers take its dtype."""
    if not isinstance(b, Tensor):
        takes = isinstance(b, (int, float)) and (a.dtype.kind == "f" or isinstance(b, bool))
        b = _wrap(np.asarray(b, a.dtype)) if takes else Tensor(b)
    here, there = a._data.dtype, b._data.dtype
    if here != there:
        if here.kind == "f" != there.kind:
            return a, b.to(here)
        if there.kind == "f" != here.kind:
            return a.to(there), b
    return a, b


def _as_tensor(x: Any, name: str = "input") -> Tensor:
    _validate.tensors(Tensor, **{name: x})
    return x


def _floating(x: Tensor) -> Tensor:
    return x if _as_tensor(x).dtype.kind == "f" else x.float()  # whole numbers as float32


def _plain(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain(i) for i in index)
    return index.data if isinstance(index, Tensor) else index


def _has_arrays(index: Any) -> bool:
    entries = index if isinstance(index, tuple) else (index,)
    return any(isinstance(i, (np.ndarray, list, tuple)) for i in entries)


# ---------------------------------------------------------------------- making Tensors
def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A Tensor with a copy of `data`; see `Tensor`."""
    return Tensor(data, requires_grad, dtype)


def zeros(*size: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """A Tensor of zeros of the given size: `zeros(2, 3)` or `zeros((2, 3))`."""
    return Tensor(np.zeros(size[0] if len(size) == 1 else size, dtype), requires_grad)


def ones(*size: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """A Tensor of ones of the given size: `ones(2, 3)` or `ones((2, 3))`."""
    return Tensor(np.ones(size[0] if len(size) == 1 else size, dtype), requires_grad)


def arange(start: float, end: float | None = None, step: float = 1, *, dtype: Any = None,
           requires_grad: bool = False) -> Tensor:  # fmt: skip
    """start, start + step, ... up to `end`, which is left out; `arange(n)` counts from 0.

    Whole numbers give int64, others float32.  Raises ValueError where `step` does not lead from `start` to `end`.

    >>> arange(2, 3, 0.25)
    tensor([2.  , 2.25, 2.5 , 2.75])
    """
    start, end = (0, start) if end is None else (start, end)
    for name, value in ("start", start), ("end", end), ("step", step):
        _validate.at_least(name, value, -math.inf)
    if step == 0 or (end - start) / step < 0:
        raise ValueError(f"step: expected one that leads from {start} to {end}, got {step}")
    values = start + step * np.arange(math.ceil((end - start) / step))
    whole = np.array([start, end, step]).dtype.kind in "iu"
    return Tensor(values, requires_grad, dtype or (int64 if whole else float32))


def randn(*size: Any, generator: np.random.Generator, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """A Tensor of standard normal draws of the given size, from `generator`: `randn(2, 3, generator=generator)`.

    Raises TypeError where `generator` is no generator or `dtype` is not floating.
    """
    _validate.generator(generator, needed=True)
    _validate.floating("dtype", np.dtype(dtype))
    draws = generator.normal(size=size[0] if len(size) == 1 else size)
    return Tensor(draws, requires_grad, dtype)


# ---------------------------------------------------------------------- element by element
def exp(input: Tensor) -> Tensor:
    """e to the power of each element."""
    y = np.exp(_floating(input).data)
    return record(y, (input, lambda g: g * y))


def log(input: Tensor) -> Tensor:
    """Natural logarithm of each element; -inf at 0, nan below."""
    x = _floating(input).data
    with np.errstate(divide="ignore", invalid="ignore"):
        return record(np.log(x), (input, lambda g: g / x))


def sqrt(input: Tensor) -> Tensor:
    """Square root of each element; nan below 0."""
    with np.errstate(invalid="ignore"):
        y = np.sqrt(_floating(input).data)
    return record(y, (input, lambda g: g / (2 * y)))


def sin(input: Tensor) -> Tensor:
    """Sine of each element, in radians."""
    x = _floating(input).data
    return record(np.sin(x), (input, lambda g: g * np.cos(x)))


def cos(input: Tensor) -> Tensor:
    """Cosine of each element, in radians."""
    x = _floating(input).data
    return record(np.cos(x), (input, lambda g: -g * np.sin(x)))


def abs(input: Tensor) -> Tensor:
    """Absolute value of each element; the gradient at 0 is 0."""
    x = _as_tensor(input).data
    return record(np.abs(x), (input, lambda g: select(x > 0, g) - select(x < 0, g)))


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of each pair of elements; at a tie each gets half the gradient."""
    input, other = _operands(_as_tensor(input), _as_tensor(other, "other"))
    a, b = input.data, other.data
    return record(
        np.maximum(a, b),
        (input, lambda g: _share(g, ~(a < b), a == b)),
        (other, lambda g: _share(g, ~(b < a), a == b)),
    )


def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of each pair of elements; at a tie each gets half the gradient."""
    input, other = _operands(_as_tensor(input), _as_tensor(other, "other"))
    a, b = input.data, other.data
    return record(
        np.minimum(a, b),
        (input, lambda g: _share(g, ~(a > b), a == b)),
        (other, lambda g: _share(g, ~(b > a), a == b)),
    )


def _share(g: np.ndarray, wins: np.ndarray, ties: np.ndarray) -> np.ndarray:
    return select(wins, np.where(ties, g / 2, g))


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element, moved to the nearest of the numbers `min` and `max` where it lies outside them."""
    x = _as_tensor(input).data
    if min is None and max is None:
        raise ValueError("clamp: expected min, max or both, got neither")
    inside = np.ones(x.shape, bool)
    inside &= True if min is None else x >= min
    inside &= True if max is None else x <= max
    y = np.clip(x, min, max)
    if y.dtype.kind == "f":  # whatever the bounds are made of; whole numbers between fractions are float32
        y = y.astype(x.dtype if x.dtype.kind == "f" else float32, copy=False)
    return record(y, (input, lambda g: select(inside, g)))


def where(condition: Tensor, input: Tensor, other: Tensor) -> Tensor:
    """`input` where the condition holds, `other` elsewhere."""
    chosen = _as_tensor(condition, "condition").data
    if chosen.dtype != bool:
        raise TypeError(f"condition: expected dtype bool, got {chosen.dtype}")
    a, b = _operands(input if isinstance(input, Tensor) else Tensor(input), other)
    return record(
        np.where(chosen, a.data, b.data), (a, lambda g: select(chosen, g)), (b, lambda g: select(~chosen, g))
    )


# ---------------------------------------------------------------------- reductions
def _axes(dim: Any, ndim: int) -> tuple[int, ...]:
    dims: Any = (dim,) if isinstance(dim, (int, np.integer)) else dim or range(ndim)
    if ndim == 0 and tuple(dims) in ((0,), (-1,)):  # as if it had one axis, as in PyTorch
        return ()
    axes = tuple(d + ndim if d < 0 else d for d in dims)
    if any(not 0 <= d < ndim for d in axes) or len(set(axes)) < len(axes):
        raise ValueError(f"dim: expected distinct axes of a {ndim}-d Tensor, got {dim}")
    return axes


def _count(shape: tuple[int, ...], axes: Sequence[int]) -> int:
    return math.prod(shape[a] for a in axes)


@_numpys_words
def sum(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Sum over the axes `dim` (an int, a tuple, or None for all)."""
    x = _as_tensor(input).data
    axes = _axes(dim, x.ndim)
    shape = x.shape

    def spread(g: np.ndarray) -> np.ndarray:  # each term gets the gradient of the sum
        return np.broadcast_to(g if keepdim else np.expand_dims(g, axes), shape)

    return record(total(x, axes, keepdim), (input, spread))


@_numpys_words
def mean(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Mean over the axes `dim` (an int, a tuple, or None for all)."""
    n = _count(_as_tensor(input).shape, _axes(dim, input.ndim))
    with np.errstate(invalid="ignore"):  # the mean of nothing is nan
        return sum(input, dim, keepdim) / n


@_numpys_words
def var(input: Tensor, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Tensor:
    """Variance over the axes `dim`: squared deviations from the mean, summed, over n - correction.

    Where that is not above 0, nothing is known of it: inf, or nan where all are equal.
    """
    n = _count(_as_tensor(input).shape, _axes(dim, input.ndim))
    deviation = input - mean(input, dim, keepdim=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return sum(deviation * deviation, dim, keepdim) / builtins.max(n - correction, 0)


@_numpys_words
def std(input: Tensor, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Tensor:
    """Standard deviation over the axes `dim`, the square root of `var`; its gradient is 0 where all are equal."""
    v = var(input, dim, correction=correction, keepdim=keepdim)
    y = np.sqrt(v.data)
    return record(y, (v, lambda g: np.divide(g, 2 * y, out=np.zeros_like(y), where=y != 0)))


@_numpys_words
def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """Largest element over the axes `dim` (all for `()`); equals share the gradient evenly."""
    return _extreme(np.max, input, dim, keepdim)


@_numpys_words
def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """Smallest element over the axes `dim` (all for `()`); equals share the gradient evenly."""
    return _extreme(np.min, input, dim, keepdim)


def _extreme(pick: Callable, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    x = _as_tensor(input).data
    axes = _axes(dim, x.ndim)
    if _count(x.shape, axes) == 0:
        raise ValueError(f"input: expected at least one element along dim {dim}, got shape {x.shape}")
    y = pick(x, axis=axes, keepdims=True)

    def share(g: np.ndarray) -> np.ndarray:
        ties = x == y
        return select(ties, (g if keepdim else np.expand_dims(g, axes)) / ties.sum(axis=axes, keepdims=True))

    return record(y if keepdim else np.squeeze(y, axes), (input, share))


class _Extremes(NamedTuple):
    """What `max` and `min` find along an axis."""

    values: Tensor
    indices: Tensor


@_numpys_words
def max(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Largest element of all; along an axis `dim`, a pair: the largest `values`, and their `indices`.

    Of equals along an axis the first is taken, and gets the whole gradient; over all, they share it, as in `amax`.

    >>> max(tensor([[1.0, 3.0, 2.0]]), 1).indices
    tensor([1])
    """
    return amax(input) if dim is None else _pick(np.argmax, input, dim, keepdim)


@_numpys_words
def min(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Smallest element of all; along an axis `dim`, a pair: the smallest `values`, and their `indices`.

    Of equals along an axis the first is taken, and gets the whole gradient; over all, they share it, as in `amin`.
    """
    return amin(input) if dim is None else _pick(np.argmin, input, dim, keepdim)


def _pick(find: Callable, input: Tensor, dim: int, keepdim: bool) -> _Extremes:
    if _as_tensor(input).ndim == 0 and _axes(dim, 0) == ():
        return _pick(find, reshape(input, (1,)), 0, False)
    x = input.data
    (axis,) = _axes(dim, x.ndim)
    if x.shape[axis] == 0:
        raise ValueError(f"input: expected at least one element along dim {dim}, got shape {x.shape}")
    index = find(x, axis=axis, keepdims=True)

    def place(g: np.ndarray) -> np.ndarray:
        full = np.zeros(x.shape, x.dtype)
        np.put_along_axis(full, index, g if keepdim else np.expand_dims(g, axis), axis)
        return full

    values, indices = np.take_along_axis(x, index, axis), index
    if not keepdim:
        values, indices = values.squeeze(axis), index.squeeze(axis)
    return _Extremes(record(values, (input, place)), _wrap(indices))


# ---------------------------------------------------------------------- matrix products
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product over the last two axes; leading axes broadcast; a 1-d Tensor is a row or a column.

    Raises ValueError where the inner sizes differ.
    """
    input, other = _operands(_as_tensor(input), _as_tensor(other, "other"))
    a, b = input.data, other.data
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(
            "matmul: expected the last axis of input to equal the second-last of other, "
            f"got shapes {a.shape} and {b.shape}"
        )
    rows = a[None] if a.ndim == 1 else a  # (..., n, k)
    cols = b[:, None] if b.ndim == 1 else b  # (..., k, m)

    def full(g: np.ndarray) -> np.ndarray:  # (..., n, m)
        g = g[..., None] if b.ndim == 1 else g
        return g[..., None, :] if a.ndim == 1 else g

    def d_other(g: np.ndarray) -> np.ndarray:
        d = np.swapaxes(rows, -1, -2) @ full(g)
        return d[..., 0] if b.ndim == 1 else d

    return record(
        a @ b, (input, lambda g: full(g) @ np.swapaxes(cols, -1, -2)), (other, d_other)
    )


# ---------------------------------------------------------------------- shapes
def reshape(input: Tensor, shape: Any) -> Tensor:
    """The same elements in another shape; one size may be -1."""
    x = _as_tensor(input).data
    before = x.shape
    return record(x.reshape(shape), (input, lambda g: g.reshape(before)))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from `start_dim` to `end_dim` made into one."""
    shape = _as_tensor(input).shape or (1,)
    (first,), (last,) = _axes(start_dim, len(shape)), _axes(end_dim, len(shape))
    if first > last:
        raise ValueError(f"start_dim: expected at most end_dim, got {start_dim} and {end_dim}")
    joined = _count(shape, tuple(range(first, last + 1)))
    return reshape(input, shape[:first] + (joined,) + shape[last + 1 :])


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without the axes of length 1: all of them, or those of `dim` (an int or a tuple) that are."""
    shape = _as_tensor(input).shape
    axes = range(len(shape)) if dim is None else _axes(dim, len(shape)) if dim != () else ()
    return reshape(input, tuple(n for a, n in enumerate(shape) if a not in axes or n != 1))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new axis of length 1 at the place `dim`."""
    shape = _as_tensor(input).shape
    if not -len(shape) - 1 <= dim <= len(shape):
        raise ValueError(f"dim: expected a place from {-len(shape) - 1} to {len(shape)}, got {dim}")
    place = dim % (len(shape) + 1)
    return reshape(input, (*shape[:place], 1, *shape[place:]))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes swapped."""
    if _as_tensor(input).ndim == 0 and {dim0, dim1} <= {0, -1}:
        return reshape(input, ())
    return record(
        np.swapaxes(_as_tensor(input).data, dim0, dim1),
        (input, lambda g: np.swapaxes(g, dim0, dim1)),
    )


def permute(input: Tensor, dims: Any) -> Tensor:
    """The axes in another order."""
    axes = _axes(tuple(dims), _as_tensor(input).ndim) if len(dims) else ()
    if len(axes) != input.ndim:
        raise ValueError(f"dims: expected all {input.ndim} axes, got {tuple(dims)}")
    back = np.argsort(axes)
    return record(input.data.transpose(axes), (input, lambda g: g.transpose(back)))


def concatenate(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along an axis that they have."""
    tensors = list(tensors)
    if not tensors:
        raise ValueError("tensors: expected at least one Tensor, got none")
    arrays = [_as_tensor(t, "tensors").data for t in tensors]
    ends = itertools.accumulate(a.shape[dim] for a in arrays)

    def cut(end: int, length: int) -> Callable[[np.ndarray], np.ndarray]:
        return lambda g: np.moveaxis(np.moveaxis(g, dim, 0)[end - length : end], 0, dim)

    return record(
        np.concatenate(arrays, axis=dim),
        *((t, cut(end, a.shape[dim])) for t, a, end in zip(tensors, arrays, ends, strict=True)),
    )


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """`concatenate`, under its short name."""
    return concatenate(tensors, dim)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new axis."""
    tensors = list(tensors)
    if not tensors:
        raise ValueError("tensors: expected at least one Tensor, got none")

    def take(i: int) -> Callable[[np.ndarray], np.ndarray]:
        return lambda g: np.take(g, i, axis=dim)

    arrays = [_as_tensor(t, "tensors").data for t in tensors]
    return record(np.stack(arrays, axis=dim), *((t, take(i)) for i, t in enumerate(tensors)))


# ---------------------------------------------------------------------- memory for time
def checkpoint(function: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    """`function(input)`, its tape forgotten: `backward` runs it again to make the tape anew.

    The gradients are those of `function(input)`, also of what else it uses, parameters or results; the arrays
    between are held only while the second run needs them.  `function` must do the same both times.  Source: Chen, Xu,
    Zhang and Guestrin, *Training deep nets with sublinear memory cost*, 2016; chapter *Backpropagation*.
    """
    start = _wrap(_as_tensor(input).data).requires_grad_(input.requires_grad)
    since = next(_number)
    y = function(start)
    if y._order <= since:  # nothing was recorded
        return input if y is start else y
    used = [x for x in _tape(y, since) if x._order <= since]  # `start`, and all that is older than this run

    @remember
    def again(g: np.ndarray) -> dict[Tensor, np.ndarray]:
        since = next(_number)
        with enable_grad():
            y = function(start)
        return dict(_gradients(y, g, since))

    def share(x: Tensor) -> Callable[[np.ndarray], np.ndarray]:
        return lambda g: again(g).get(x, np.zeros(x.shape, x.dtype))

    return record(y.data, *((input if x is start else x, share(x)) for x in used))
