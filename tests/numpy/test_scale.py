"""Cost grows as the arithmetic does: memory is freed, and twice the batch costs twice.  No clock: bytes and calls."""

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import dlnotes.numpy as dn


@pytest.fixture(autouse=True)
def by_reference_counts():
    """What the tape leaves must go at once, not when the collector finds it."""
    gc.disable()
    yield
    gc.enable()


def draw(*shape):
    return dn.tensor(np.random.default_rng(0).standard_normal(shape).astype(np.float32), requires_grad=True)


# ---------------------------------------------------------------------- training
@pytest.mark.parametrize(
    "optimizer", [lambda p: dn.SGD(p, 0.1, momentum=0.9), lambda p: dn.Adam(p, 0.01)], ids=["SGD", "Adam"]
)
def test_ten_thousand_steps_hold_memory_constant(optimizer):
    rng = np.random.default_rng(0)
    model = dn.Sequential(dn.Linear(2, 4, generator=rng), dn.Tanh(), dn.Linear(4, 2, generator=rng))
    x, labels = draw(4, 2), dn.tensor([0, 1, 1, 0])
    steps = optimizer(model.parameters())

    def train(times):
        for _ in range(times):
            loss = dn.cross_entropy(model(x), labels)
            steps.zero_grad()
            loss.backward()
            steps.step()

    train(1_000)  # what is made once
    early = sys.getallocatedblocks()
    train(9_000)
    assert sys.getallocatedblocks() - early < 100  # objects, arrays among them: not one in a hundred steps


def test_arrays_are_free_after_the_pass_though_the_loss_is_kept():
    x = draw(50, 40)
    h = dn.relu(x * x)
    between, loss = weakref.ref(h.data), dn.exp(h).sum()
    del h
    assert between() is not None  # the tape needs it
    loss.backward()
    assert between() is None


def test_arrays_are_free_when_the_result_is_dropped():
    x = draw(50, 40)
    h = dn.relu(x * x)
    between, loss = weakref.ref(h.data), dn.exp(h).sum()
    del h, loss
    assert between() is None


def test_nothing_is_kept_where_nothing_is_recorded():
    x = draw(500, 400)  # 0.8 MB
    with dn.no_grad():
        held, most = traced(lambda: deep(x, 20))
    assert held < 1.1 * x.data.nbytes
    assert most < 3.5 * x.data.nbytes


def test_the_pass_back_takes_little_more_than_the_tape():
    x = draw(500, 400)
    y = []
    held, _ = traced(lambda: y.append(deep(x, 20)))
    assert held < 20.5 * x.data.nbytes  # tanh keeps its result
    left, most = traced(lambda: y.pop().sum().backward())
    assert most < 6 * x.data.nbytes
    assert left < 1.1 * x.data.nbytes  # the gradient


def deep(x, layers):
    for _ in range(layers):
        x = dn.tanh(x)
    return x


def traced(run):
    """Bytes that are held after `run` by what it returned or kept, and most at one time."""
    tracemalloc.start()
    kept = run()
    found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return found


def test_a_graph_of_ten_thousand_operations_needs_no_recursion():
    x = draw(3)
    y = x
    for _ in range(10_000):
        y = y + 1
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


# ---------------------------------------------------------------------- batches
RNG = np.random.default_rng(0)
LABELS = np.arange(10**5) % 3
LSTM, GRU = dn.LSTM(6, 8, batch_first=True), dn.GRU(6, 8, batch_first=True)
LAYERS = {
    "linear": (dn.Linear(16, 16), (16,)),
    "conv1d": (dn.Conv1d(4, 8, 3), (4, 20)),
    "conv2d, few channels": (dn.Conv2d(1, 4, 3, padding=1), (1, 12, 12)),
    "conv2d, many channels": (dn.Conv2d(32, 32, 3, padding=1), (32, 8, 8)),
    "conv2d, strides, dilation, groups": (dn.Conv2d(4, 8, 3, stride=2, dilation=2, groups=2), (4, 14, 14)),
    "conv_transpose2d": (dn.ConvTranspose2d(4, 6, 3, stride=2), (4, 6, 6)),
    "locally connected": (dn.LocallyConnected2d(2, 3, (8, 8), 3), (2, 8, 8)),
    "max_pool2d": (dn.MaxPool2d(2), (4, 12, 12)),
    "max_pool2d, overlapping": (dn.MaxPool2d(3, 2), (4, 13, 13)),
    "avg_pool2d": (dn.AvgPool2d(2), (4, 12, 12)),
    "batch norm": (dn.BatchNorm2d(4), (4, 8, 8)),
    "layer norm": (dn.LayerNorm(32), (8, 32)),
    "group norm": (dn.GroupNorm(2, 4), (4, 8, 8)),
    "local response norm": (dn.LocalResponseNorm(3), (6, 8, 8)),
    "dropout": (dn.Dropout(0.5, generator=RNG), (64,)),
    "gelu": (dn.GELU(), (64,)),
    "softmax": (dn.Softmax(1), (64,)),
}
FUNCTIONS = {name: (lambda x, layer=layer: layer(x), shape) for name, (layer, shape) in LAYERS.items()} | {
    "LSTM": (lambda x: LSTM(x)[0], (5, 6)),
    "GRU": (lambda x: GRU(x)[0], (5, 6)),
    "attention": (lambda x: dn.scaled_dot_product_attention(x, x, x), (2, 16, 8)),
    "cross_entropy": (lambda x: dn.cross_entropy(x, dn.tensor(LABELS[: len(x)])), (3,)),
    "embedding": (lambda x: x * dn.embedding(dn.tensor(LABELS[: len(x)]), draw(3, 16)), (16,)),
    "hyper": (lambda x: dn.HyperLinear(4, 6, 6)(x[:, :6], x[:, 6:]), (10,)),
    "index": (lambda x: x[dn.tensor(LABELS[: len(x)])], (32,)),
    "sum": (lambda x: x.sum(1), (64,)),
    "var": (lambda x: x.var(0), (64,)),
    "concatenate": (lambda x: dn.concatenate([x, x]), (64,)),
    "matmul": (lambda x: x @ draw(16, 16), (16,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_operation_is_worse_than_linear_in_batch_size(name):
    f, shape = FUNCTIONS[name]
    n = max(16, 40_000 // int(np.prod(shape)) // 4)  # the larger batch takes 160 kB
    f(draw(2, *shape))  # what is made once
    (bytes_small, calls_small), (bytes_large, calls_large) = cost(f, n, shape), cost(f, 4 * n, shape)
    assert bytes_large < 4.3 * bytes_small + 50_000
    assert calls_large < 4.3 * calls_small


def cost(f, n, shape):
    """Most bytes at one time, and calls of functions, in Python and beneath, of f and its gradient."""
    x, calls = draw(n, *shape), 0

    def run():
        f(x).sum().backward()

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    _, most = traced(run)
    x.grad = None
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(before)
    return most, calls
