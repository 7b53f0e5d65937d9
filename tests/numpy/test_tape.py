"""The tape: depth, sharing, accumulation, freeing, recording or not, and changes in place."""

import copy
import gc
import pickle
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt

RECURSION = 120  # enough for pytest's own frames below, far too little for a recursive pass


@pytest.fixture
def small_stack():
    before, depth = sys.getrecursionlimit(), len(_frames())
    sys.setrecursionlimit(depth + RECURSION)
    yield
    sys.setrecursionlimit(before)


def _frames():
    frame, frames = sys._getframe(), []
    while frame:
        frames.append(frame)
        frame = frame.f_back
    return frames


def leaf(*values):
    return dn.tensor(list(values), requires_grad=True, dtype="float64")


def deep(x, n=100_000):
    for _ in range(n):
        x = x + 1
    return x


# ---------------------------------------------------------------------- the pass
def test_a_hundred_thousand_operations_deep(small_stack):
    x = leaf(1.0)
    y = deep(x, 50_000)
    y = deep(y * y, 50_000).sum()
    y.backward()
    assert x.grad.item() == 2 * 50_001


def test_a_deep_tape_is_deleted_without_a_pass(small_stack):
    x = leaf(1.0)
    y = deep(x * 2)
    del y
    gc.collect()
    assert (x * 2).item() == 2


def test_a_diamond_of_diamonds():
    x = y = leaf(1.0)
    for _ in range(60):  # 2^60 paths: one pass over each edge, or never done
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_gradients_of_unequal_paths_add_up():
    x = leaf(2.0)
    a = x * 3
    b = a * x  # 3x^2
    (a * b + b + x).backward()  # 9x^3 + 3x^2 + x
    assert x.grad.item() == 27 * 4 + 6 * 2 + 1


def test_one_tensor_twice_in_one_operation():
    x = leaf(3.0)
    (x * x).backward()
    assert x.grad.item() == 6
    y = leaf(1.0, 2.0)
    (y @ y).backward()
    assert y.grad.tolist() == [2, 4]


def test_gradients_accumulate_until_forgotten():
    x = leaf(1.0, 2.0)
    for k in range(1, 4):
        (x * 2).sum().backward()
        assert x.grad.tolist() == [2 * k, 2 * k]
    x.grad = None
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_an_earlier_gradient_is_not_written_into():
    x = leaf(1.0)
    (x * 2).backward()
    before = x.grad
    (x * 3).backward()
    assert (before.item(), x.grad.item()) == (2, 5)


def test_retained_tape_passes_again_and_a_freed_one_says_so():
    x = leaf(2.0)
    shared = x * x
    y, z = shared * 3, shared * 5
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 24
    with pytest.raises(RuntimeError, match="this tape was freed; keep it with retain_graph=True"):
        z.backward()
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()
    assert x.grad.item() == 24  # a refused pass leaves nothing behind


def test_only_leaves_that_ask_have_gradients():
    x, fixed = leaf(1.0), dn.tensor([2.0])
    y = x * fixed
    (y * 3).backward()
    assert fixed.grad is None
    assert y.grad is None
    assert not (fixed * 2).requires_grad


def test_a_leaf_may_be_the_result():
    x = leaf(1.0, 2.0)
    x.backward(np.array([3.0, 4.0]))
    assert x.grad.tolist() == [3, 4]


def test_the_callers_gradient_is_copied():
    x, seed = leaf(1.0, 2.0), np.array([1.0, 1.0])
    (x + 0).backward(seed)
    seed[:] = 7  # still the caller's to write
    assert x.grad.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: dn.tensor([1.0]).backward(), RuntimeError, "nothing here requires a gradient"),
        (lambda: (leaf(1.0, 2.0) * 2).backward(), ValueError, r"gradient: needed for a Tensor of shape \(2,\)"),
        (lambda: (leaf(1.0, 2.0) * 2).backward(1.0), ValueError, r"expected shape \(2,\), got \(\)"),
        (lambda: (leaf(1.0, 2.0) * 2).backward(dn.ones(2, 1)), ValueError, r"expected shape \(2,\), got \(2, 1\)"),
    ],
)
def test_a_pass_that_cannot_be(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_infinite_slopes_are_answers_not_warnings():
    x = leaf(0.0)
    (x.sqrt() + 0 * x).backward()
    assert x.grad.item() == np.inf
    y = leaf(0.0)
    dn.log(y).backward()
    assert y.grad.item() == np.inf


def test_mixed_precision_gives_each_leaf_its_own():
    x, y = dn.tensor([1.0], requires_grad=True), leaf(2.0)
    z = x * y
    assert z.dtype == dn.float64
    z.backward()
    assert (x.grad.dtype, y.grad.dtype) == (dn.float32, dn.float64)


# ---------------------------------------------------------------------- recording or not
def test_no_grad_nests_and_survives_exceptions():
    x = leaf(1.0)
    with dn.no_grad():
        with dn.no_grad():
            assert not (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(KeyError), dn.no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_no_grad_decorates_a_function_for_every_call():
    @dn.no_grad()
    def double(x):
        return x * 2

    x = leaf(1.0)
    assert not double(x).requires_grad
    assert not double(x).requires_grad
    assert (x * 2).requires_grad


def test_no_grad_is_of_one_thread():
    x, seen = leaf(1.0), []
    with dn.no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
        assert not (x * 2).requires_grad
    assert seen == [True]


def test_threads_record_tapes_of_their_own():
    gradients = {}

    def work(k):
        x = leaf(float(k))
        y = x
        for _ in range(300):
            y = y + x * 0.001
        (y * y).backward()
        gradients[k] = x.grad.item()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert gradients == pytest.approx({k: 2 * 1.3**2 * k for k in range(4)})


def test_detach_cuts():
    x = leaf(3.0)
    (x * x.detach()).backward()
    assert x.grad.item() == 3


# ---------------------------------------------------------------------- a pass inside a pass
def test_a_checkpoint_passes_back_whatever_stands_around_it():
    """A result from outside is used inside, twice; under no_grad; kept and passed again; all as without checkpoint."""

    def nested(wrap, x, w2):  # x w2^3 + w2
        return wrap(lambda t: wrap(lambda s: s * w2, t * w2) * w2, x) + w2

    for wrap in (dn.checkpoint, lambda function, x: function(x)):
        x, w = leaf(1.0), leaf(2.0)
        y = nested(wrap, x, w * 3)
        for k in range(1, 4):
            with dn.no_grad():
                y.backward(retain_graph=k < 3)
            assert (x.grad.item(), w.grad.item()) == (216 * k, 3 * (3 * 36 + 1) * k)
        with pytest.raises(RuntimeError, match="this tape was freed"):
            y.backward()


def test_a_checkpoint_leaves_the_gradients_of_others_alone():
    """Its second run and the pass through it are its own: nothing outside of the pass asked for is passed back."""
    x, w = leaf(1.0), leaf(2.0)
    inside = w * 3
    elsewhere = (inside * inside).sum()
    dn.checkpoint(lambda t: t * inside.detach(), x).backward()
    assert (w.grad, x.grad.item()) == (None, 6)
    elsewhere.backward()  # not freed by the other pass
    assert w.grad.item() == 36


def test_what_is_looked_at_by_gradients_is_so_under_no_grad_too():
    layer = dn.Conv2d(1, 1, 3, generator=np.random.default_rng(0))
    seen = dn.receptive_map(layer, dn.ones(1, 1, 5, 5))
    with dn.no_grad():
        np.testing.assert_array_equal(dn.receptive_map(layer, dn.ones(1, 1, 5, 5)), seen)
    assert (seen > 0).sum() == 9


# ---------------------------------------------------------------------- changes in place
def test_raw_writes_raise():
    x = leaf(1.0, 2.0)
    y = x * 2
    for t in (x, y, x.detach(), x[0:1], dn.zeros(2), x.T):
        with pytest.raises(ValueError, match="read-only"):
            t.data[...] = 5
    (y * y).sum().backward()
    for write in (lambda: x.grad.data.fill(0), lambda: x.detach().numpy().sort(), lambda: np.asarray(x.grad).put(0, 1)):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert x.tolist() == [1, 2]


def test_making_a_tensor_leaves_the_callers_array_alone():
    a = np.array([1.0, 2.0])
    x = dn.tensor(a)
    x[0] = a[1]
    x[:] = a
    x.copy_(a)
    x.data = a
    _ = x + a, a + x, a @ x, x @ a
    a[:] = 9
    assert x.tolist() == [1, 2]


def test_update_under_no_grad_keeps_identity_and_gradient():
    w = leaf(1.0, 2.0)
    name, y = w, w * w
    with dn.no_grad():
        w -= 0.5
        w *= 2
        w /= 4
        w += 1
    assert w is name
    assert w.requires_grad
    assert w.is_leaf
    assert w.tolist() == [1.25, 1.75]
    y.sum().backward()  # the tape holds the values it was recorded with
    assert w.grad.tolist() == [2, 4]


def test_in_place_on_a_leaf_while_recording_raises():
    w = leaf(1.0)
    for change in ("w += 1", "w -= 1", "w *= 2", "w /= 2", "w[0] = 1"):
        with pytest.raises(RuntimeError, match="no_grad"):
            exec(change, {"w": w})
    assert w.tolist() == [1]


def test_in_place_on_a_computed_tensor_moves_the_name():
    x = leaf(2.0)
    y = z = x * x
    y += x
    assert y is not z
    (y + z).backward()  # 2x^2 + x
    assert x.grad.item() == 9


def test_a_running_total_joins_the_tape():
    x, total = leaf(1.0, 2.0), dn.zeros(())
    for row in x:
        total += row * 3
    total.backward()
    assert x.grad.tolist() == [3, 3]


def test_setitem():
    x = dn.tensor([[1.0, 2.0], [3.0, 4.0]])
    x[0] = [5, 6]
    x[x > 5] = 0
    x[:, 1] += 1
    x[1, 0] = dn.tensor(7.0)
    assert x.tolist() == [[5, 1], [7, 5]]
    with pytest.raises(RuntimeError, match="cannot be written into"):
        x[0] = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="cannot be written into"):
        (leaf(1.0) * 2)[0] = 1
    with pytest.raises(IndexError):
        x[2] = 1
    with pytest.raises(ValueError, match="broadcast"):
        x[0] = [1, 2, 3]


def test_a_view_is_cut_from_what_changes():
    x = dn.tensor([[1.0, 2.0], [3.0, 4.0]])
    row, turned = x[0], x.T
    x[0, 0] = 9
    assert row.tolist() == [1, 2]
    assert turned.tolist() == [[1, 3], [2, 4]]


def test_assigning_data():
    w = leaf(1.0, 2.0)
    w.data = w.data * 3
    w.data = [4, 5]
    assert w.tolist() == [4, 5]
    assert w.dtype == dn.float64
    with pytest.raises(ValueError, match=r"other: expected shape \(2,\), got \(3,\)"):
        w.data = [1, 2, 3]


def test_what_stands_on_the_left_keeps_its_shape_and_dtype_on_the_tape_too():
    y = leaf(1.0, 2.0)
    for total in (dn.zeros(()), dn.zeros(1), dn.zeros(3, 2).sum(0) * y.float(), dn.tensor(1)):
        shape, dtype = total.shape, total.dtype
        for other in (y, y.reshape(1, 2) * dn.ones(2, 1)):
            if dtype == dn.float32 and shape == other.shape:
                total += other
                assert (total.shape, total.dtype) == (shape, dtype)
            else:
                with pytest.raises((ValueError, TypeError), match="in place: "):
                    total += other


def test_in_place_does_not_round_silently():
    count = dn.tensor([1, 2])
    count += 1
    assert count.tolist() == [2, 3]
    with pytest.raises(TypeError, match="int64 Tensor cannot hold a result in float32"):
        count += 0.5
    assert count.tolist() == [2, 3]
    with pytest.raises(ValueError, match="expected shape"):
        x = dn.ones(2)
        x += dn.ones(3, 2)


# ---------------------------------------------------------------------- memory
def test_memory_stays_level_over_many_steps():
    net = dn.Sequential(dn.Linear(20, 30), dn.ReLU(), dn.Linear(30, 5))
    optimizer = dn.Adam(net.parameters())
    x, y = dn.ones(16, 20), dn.tensor(np.arange(16) % 5)

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad()
            dn.cross_entropy(net(x), y).backward()
            optimizer.step()
        found = gc.collect()  # and Python's free lists are emptied
        return found, tracemalloc.get_traced_memory()[0]

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        _, before = steps(100)
        found, after = steps(200)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert found == 0  # no cycles: every tape goes when its last name goes
    assert after - before < 20_000


def test_a_freed_tape_lets_go_of_its_arrays():
    x = leaf(*range(5))
    middle = x * 2
    gone = weakref.ref(middle)
    y = (middle * middle).sum()
    del middle
    assert gone() is not None
    y.backward()
    assert gone() is None


# ---------------------------------------------------------------------- copies
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_hold_the_values_and_not_the_tape(copied):
    for x in (leaf(1.0, 2.0), dn.tensor([1, 2]), dn.tensor(True), dn.Parameter([1.0]), leaf(1.0) * 2):
        y = copied(x)
        assert type(y) is type(x)
        assert (y.dtype, y.shape, y.requires_grad) == (x.dtype, x.shape, x.requires_grad)
        assert y.is_leaf
        np.testing.assert_array_equal(y.data, x.data)


def test_a_copied_network_learns_alone():
    tied = dn.Linear(2, 2)
    net = dn.Sequential(tied, tied)
    twin = copy.deepcopy(net)
    assert twin[0] is twin[1]
    assert twin[0] is not tied
    before = net.state_dict()
    optimizer = dn.SGD(twin.parameters(), 0.1)
    twin(dn.ones(4, 2)).sum().backward()
    optimizer.step()
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
        assert not np.array_equal(value, twin.state_dict()[name])


def test_a_copied_optimiser_goes_on_with_the_copied_weights():
    w = dn.Parameter([1.0])
    optimizer = dn.SGD([w], 0.1, momentum=0.9)
    (w * w).backward()
    optimizer.step()
    twin, other = copy.deepcopy((w, optimizer))
    for p, o in ((w, optimizer), (twin, other)):
        o.zero_grad()
        (p * p).backward()
        o.step()
    assert twin is not w
    assert twin.item() == w.item()


def test_a_computed_tensor_keeps_its_gradient_where_asked():
    seen = []
    for d in (dn, dt):
        x = d.tensor([1.0, 2.0], requires_grad=True)
        y = x * 3
        z = d.sin(y)
        y.retain_grad()
        y.retain_grad()  # once more changes nothing
        x.retain_grad()  # a leaf has its gradient anyway
        (z * y).sum().backward(retain_graph=True)
        (z * y).sum().backward()
        seen.append((np.asarray(y.grad), np.asarray(x.grad)))
        with pytest.raises(RuntimeError):
            d.tensor([1.0]).retain_grad()
    for ours, theirs in zip(*seen):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
