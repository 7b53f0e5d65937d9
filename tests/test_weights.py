"""Weights on disk: equal bits in both back ends, and nothing half written or half read."""

import enum
import itertools
import json
import multiprocessing
import os
import signal
import struct
import sys
import tempfile
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import models, weights
from dlnotes.train import fit, predict

BOTH = [dn, dt]
IDS = ["numpy", "torch"]
BACKENDS = pytest.mark.parametrize("d", BOTH, ids=IDS)
PAIRS = pytest.mark.parametrize(("a", "b"), list(itertools.product(BOTH, BOTH)))


def network(d, seed=0, dtype="float32"):
    f = dict(dtype=getattr(d, dtype), generator=np.random.default_rng(seed))
    model = d.Sequential(d.Linear(3, 4, **f), d.ReLU(), d.Linear(4, 2, bias=False, **f))
    model.count = d.Buffer(d.tensor(np.array(seed)))  # whole numbers, and an array of no axes
    return model


def bits(model):
    return {name: (np.asarray(v).dtype, np.asarray(v).tobytes()) for name, v in model.state_dict().items()}


@PAIRS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_travel_bit_for_bit(a, b, dtype, tmp_path):
    source, target = network(a, 5, dtype), network(b, 6, dtype)
    with a.no_grad():
        source[0].weight[0] = a.tensor(np.array([-0.0, 1e-45, np.inf], dtype))  # a signed zero, a denormal, infinity
    assert bits(source) != bits(target)
    weights.save(source, tmp_path / "w.safetensors")
    assert weights.load(target, tmp_path / "w.safetensors") is target
    assert bits(source) == bits(target)


@PAIRS
def test_a_shared_weight_stays_shared(a, b, tmp_path):
    def tied(d):
        model = d.Sequential(d.Embedding(4, 4), d.Linear(4, 4, bias=False))
        model[1].weight = model[0].weight
        return model

    source, target = tied(a), tied(b)
    weights.save(source, tmp_path / "w")
    weights.load(target, tmp_path / "w")
    assert bits(source) == bits(target) and target[1].weight is target[0].weight
    assert len(list(target.parameters())) == 1


def test_the_file_is_one_that_safetensors_and_pytorch_users_read(tmp_path):
    from safetensors.torch import load_file

    weights.save(network(dn), tmp_path / "w")
    theirs = dt.Sequential(dt.Linear(3, 4), dt.ReLU(), dt.Linear(4, 2, bias=False))
    theirs.count = dt.Buffer(torch.tensor(9))
    theirs.load_state_dict(load_file(tmp_path / "w"))
    assert bits(theirs) == bits(network(dn))


@BACKENDS
def test_a_file_of_others_without_a_checksum_loads(d, tmp_path):
    save_file({"weight": np.full((1, 2), 3, "f"), "bias": np.ones(1, "f")}, tmp_path / "w")
    assert weights.load(d.Linear(2, 1), tmp_path / "w").weight.tolist() == [[3, 3]]


@BACKENDS
def test_values_take_the_dtype_of_the_model(d, tmp_path):
    weights.save(network(d, 1, "float64"), tmp_path / "w")
    model = weights.load(network(d), tmp_path / "w")
    assert bits(model) == bits(network(d, 1))


@BACKENDS
def test_every_fault_is_listed_and_nothing_changes(d, tmp_path):
    weights.save(network(d, 1), tmp_path / "w")
    model = d.Sequential(d.Linear(3, 5), d.ReLU(), d.Linear(4, 2))
    before = bits(model)
    with pytest.raises(ValueError) as e:
        weights.load(model, tmp_path / "w")
    head, _, faults = str(e.value).partition(": ")
    assert head == "state_dict" and set(faults.split("; ")) == {
        "missing 2.bias", "0.weight: expected shape (5, 3), got (4, 3)", "0.bias: expected shape (5,), got (4,)",
        "unexpected count",
    }  # fmt: skip
    assert bits(model) == before


def test_both_back_ends_refuse_in_the_same_words(tmp_path):
    weights.save(network(dn), tmp_path / "w")
    said = []
    for d in BOTH:
        with pytest.raises(ValueError) as e:
            weights.load(d.Linear(7, 7), tmp_path / "w")
        said.append(str(e.value))
    assert said[0] == said[1]


def damaged(whole):
    (n,) = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8 : 8 + n])
    name = next(k for k in header if k != "__metadata__")
    header[name]["dtype"] = "BF16" if header[name]["dtype"] == "F32" else "F32"
    other = json.dumps(header).encode()
    middle = len(whole) - 5
    yield "empty", b""
    yield "short", whole[:7]
    yield "truncated", whole[:-1]
    yield "header only", whole[: 8 + n]
    yield "longer", whole + b"\0"
    yield "one bit", whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    yield "header of another", struct.pack("<Q", len(other)) + other + whole[8 + n :]
    yield "header too long", struct.pack("<Q", 2**60) + whole[8:]
    yield "pickle", b"\x80\x04\x95" + bytes(100)
    yield "zip", b"PK\x03\x04" + bytes(100)


@BACKENDS
def test_a_damaged_file_is_named_and_nothing_is_loaded(d, tmp_path):
    weights.save(network(d, 1), tmp_path / "good")
    whole, path = (tmp_path / "good").read_bytes(), tmp_path / "damaged"
    model = network(d)
    before = bits(model)
    for kind, content in damaged(whole):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="damaged, which is damaged") as e:
            weights.load(model, path)
        assert str(path) in str(e.value), kind
        assert bits(model) == before, kind


@BACKENDS
def test_a_dtype_that_numpy_has_not_is_refused(d, tmp_path):
    from safetensors.torch import save_file as save_torch

    save_torch({"weight": torch.ones(1, 2, dtype=torch.bfloat16), "bias": torch.ones(1)}, tmp_path / "w")
    with pytest.raises(ValueError, match="path: expected a whole safetensors file"):
        weights.load(d.Linear(2, 1), tmp_path / "w")


@BACKENDS
def test_a_file_that_is_not_there_is_named(d, tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(FileNotFoundError, match="path: expected a safetensors file, got .*, which is none"):
            weights.load(d.Linear(2, 1), path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    weights.save(network(dn, 1), tmp_path / "w")
    before = (tmp_path / "w").read_bytes()

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        weights.save(network(dn, 2), tmp_path / "w")
    assert (tmp_path / "w").read_bytes() == before
    assert os.listdir(tmp_path) == ["w"]  # and nothing beside it


def endless(path, number):
    """Save without end, and say so each time."""
    tree = {"number": number, "ones": np.full(200_000, float(number))}
    while True:
        weights.save_tree(tree, path)
        (path.parent.parent / f"{number}.begun").touch()


def halfway(path):
    """Write all of a file but its name, say so, and wait to be killed."""
    os.replace = lambda *_: ((path.parent.parent / "3.begun").touch(), signal.pause())
    weights.save_tree({"ones": np.ones(9)}, path)


@pytest.mark.skipif(sys.platform == "win32", reason="no lock to be had: what a killed save left stays")
def test_a_save_that_was_killed_leaves_nothing_for_long_and_others_their_files(tmp_path):
    """Two processes save to one path and are killed, wherever they are: the file is whole, the next save clears up."""
    folder, context = tmp_path / "folder", multiprocessing.get_context("fork")
    folder.mkdir()
    others = {".w.backup", ".w.1", ".w.5.1.partial", "w.1.partial", ".v.1.partial"}
    for name in others:
        (folder / name).touch()
    (folder / ".w.123.partial").write_bytes(b"half")
    random = np.random.default_rng(0)
    for _ in range(8):
        pair = [context.Process(target=endless, args=(folder / "w", number)) for number in (1, 2)]
        for process in pair:
            process.start()
        for number in (1, 2):  # both have saved: neither took the other's file away
            while not (tmp_path / f"{number}.begun").exists():
                assert all(process.is_alive() for process in pair)
        pair[0].join(random.uniform(0, 0.02))
        for process in pair:
            assert process.is_alive()
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        for number in (1, 2):
            (tmp_path / f"{number}.begun").unlink()
        tree = weights.load_tree(folder / "w")
        assert set(tree["ones"]) == {tree["number"]}
    last = context.Process(target=halfway, args=(folder / "w",))
    last.start()
    while not (tmp_path / "3.begun").exists():
        assert last.is_alive()
    last.kill()
    last.join()
    assert set(os.listdir(folder)) > others | {"w"}  # what it left
    weights.save_tree({}, folder / "w")
    assert set(os.listdir(folder)) == others | {"w"}


def test_where_there_is_no_lock_a_save_is_as_safe_and_clears_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    (tmp_path / ".w.123.partial").write_bytes(b"half")
    weights.save(network(dn), tmp_path / "w")
    assert sorted(os.listdir(tmp_path)) == [".w.123.partial", "w"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        weights.save(network(dn), tmp_path / "nowhere" / "w")


def test_what_is_no_model_is_refused(tmp_path):
    for f in (weights.save, weights.load):
        with pytest.raises(TypeError, match="model: expected a Module of dlnotes.numpy or dlnotes.torch, got dict"):
            f({}, tmp_path / "w")
    assert os.listdir(tmp_path) == []


def test_without_safetensors_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"pip install 'dlnotes\[weights\]'"):
        weights.save(network(dn), tmp_path / "w")


TREE = {
    "numbers": [1, -2.5, True, None, 1e-300, float("inf"), 2**100, 0.1 + 0.2],
    7: ("tuple", []),
    "a.b": {"array": np.arange(3.0), "more": ({"x": np.array(True)},)},
    "a": {"b": {"array": np.ones(1)}},  # under the name of another
    "7": np.ones(1),
    "empty": {},
    "dict": {"list": 1},
    "no rows": np.zeros((0, 2), np.float32),
}


def test_a_tree_comes_back_types_and_all(tmp_path):
    weights.save_tree(TREE, tmp_path / "t")
    back = weights.load_tree(tmp_path / "t")
    assert repr(back) == repr(TREE)
    assert back["no rows"].dtype == np.float32


def test_a_tree_of_torch_tensors(tmp_path):
    weights.save_tree({"a": torch.arange(4).reshape(2, 2).T}, tmp_path / "t")  # a transposed view
    back = weights.load_tree(tmp_path / "t", dt.tensor)["a"]
    assert isinstance(back, torch.Tensor) and back.tolist() == [[0, 2], [1, 3]] and back.dtype == torch.int64


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=3)  # halves of surrogate pairs, too
NUMBERS = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | ANY_TEXT
DTYPES = ["f4", "f8", "i8", "u1", "?", ">f8", ">i2", "f2", "u8"]  # what a file holds, and what it does not:
OTHERS = ["c8", "c16", "g", "U3", "S2", "O", "M8[s]", "V4", [("a", "f4")]]
ARRAYS = st.builds(
    lambda dtype, shape: np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype),
    st.sampled_from(DTYPES), st.lists(st.integers(0, 3), max_size=3),
)  # fmt: skip
SCALARS = st.sampled_from([np.dtype(name).type(1) for name in DTYPES])
KEYS = st.recursive(NUMBERS | SCALARS, lambda k: st.tuples(k, k) | st.just(()), max_leaves=3)
TREES = st.recursive(
    NUMBERS | ARRAYS | SCALARS,
    lambda t: st.lists(t, max_size=3) | st.tuples(t, t) | st.dictionaries(KEYS, t, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_any_tree_comes_back(tree):
    with tempfile.TemporaryDirectory() as folder:
        weights.save_tree(tree, folder + "/t")
        back = weights.load_tree(folder + "/t")
    assert same(tree, back), (tree, back)


class Point(NamedTuple):
    x: float


class Odd(enum.IntEnum):
    one = 1


def nest(levels):
    return [nest(levels - 1)] if levels else 0


ROUND = []
ROUND.append(ROUND)


def test_every_other_object_comes_back_equal_or_is_refused_before_anything_is_written(tmp_path):
    cases = [np.zeros(2, "i4").astype(dtype) for dtype in OTHERS] + [a[()] for a in map(np.zeros, [()] * 9, OTHERS)]
    cases += [np.ma.masked_equal([1, 2], 2), np.array([1.0]).view(np.recarray)]
    cases += [b"bytes", 1j, {1}, range(3), object(), Point(2.0), Odd.one, np.str_("text"), Counter("aab")]
    cases += [nest(98), nest(500), ROUND, 10**5000, float("nan"), Fraction(1, 3), np.float64(0.1), np.int8(3)]
    cases += [{b"b": 1}, {frozenset(): 1}, {torch.ones(1): 1}, {(1, torch.ones(1)): 1}, {np.float32(0.1): 1}, {(): ()}]
    cases += [torch.ones(1, dtype=torch.bfloat16), torch.ones(1, dtype=torch.complex64), torch.ones(1, device="meta")]
    cases += [torch.eye(2).to_sparse(), dn.ones(2), dt.Parameter(torch.ones(2)), "\ud800", {"\ud800": np.ones(1)}]
    kept = 0
    for i, case in enumerate(cases):
        folder = tmp_path / str(i)
        folder.mkdir()
        try:
            weights.save_tree({"a": case}, folder / "t")
        except (TypeError, ValueError, NotImplementedError) as error:
            assert not list(folder.iterdir()), case
            assert i >= len(OTHERS) * 2 or "a: expected one of bool, int8, " in str(error)
            continue
        back = weights.load_tree(folder / "t")["a"]
        assert np.array_equal(back, getattr(case, "detach", lambda case=case: case)()) or repr(back) == repr(case), case
        kept += 1
    assert 15 < kept < len(cases) - 25
    with pytest.raises(TypeError, match="tree.a: expected keys of numbers, text, None or tuples of them, got bytes"):
        weights.pack({"a": {b"b": 1}})
    with pytest.raises(ValueError, match=r"tree: expected at most a hundred levels, got tree.0.0.0.*\.\.\."):
        weights.pack(ROUND)


@BACKENDS
def test_options_as_numpy_scalars_are_checkpointed_and_read(d, tmp_path):
    def run(epochs, **options):
        model, half = network(d), np.float16(0.5)
        optimizer = d.SGD(model.parameters(), lr=np.float32(0.1), momentum=np.float64(0.5), weight_decay=half)
        g = np.random.default_rng(0)
        fit(model, (np.ones((4, 3), ">f4"), np.zeros(4, ">i2")), optimizer, epochs=epochs, generator=g,
            scheduler=d.StepLR(optimizer, 3, np.float64(0.5)), **options)  # fmt: skip
        return bits(model)

    run(2, checkpoint=tmp_path / "c")
    assert run(5, checkpoint=tmp_path / "c", resume=True) == run(5)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype.newbyteorder(a.dtype.byteorder) and np.array_equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize(("a", "b"), [(dn, dt), (dt, dn)], ids=["numpy to torch", "torch to numpy"])
def test_trained_weights_go_and_come_back(a, b, tmp_path):
    """With running statistics: the same predictions there, and the same bits on return."""
    g = np.random.default_rng(0)
    x, y = g.normal(size=(16, 1, 8, 8)).astype("f"), g.integers(0, 4, 16)
    one, other, back = (models.resnet_cifar(d, 8, channels=1, classes=4, width=0.25) for d in (a, b, a))
    fit(one, (x, y), a.SGD(one.parameters(), 0.1), epochs=2, batch_size=8, generator=g)
    weights.save(one, tmp_path / "there")
    weights.load(other, tmp_path / "there")
    np.testing.assert_allclose(predict(other, x), predict(one, x), rtol=1e-4, atol=1e-5)
    weights.save(other, tmp_path / "back")
    assert (tmp_path / "there").read_bytes() == (tmp_path / "back").read_bytes()
    assert bits(weights.load(back, tmp_path / "back")) == bits(one)


def test_trees_and_weights_are_told_apart(tmp_path):
    weights.save(network(dn), tmp_path / "w")
    with pytest.raises(ValueError, match="expected a file of save_tree, got .*w, which holds weights only"):
        weights.load_tree(tmp_path / "w")
    with pytest.raises(TypeError, match="tree.a.0: expected .*, got set"):
        weights.save_tree({"a": [{1}]}, tmp_path / "t")
    assert os.listdir(tmp_path) == ["w"]


def test_no_changed_byte_passes_for_a_weight(tmp_path):
    """Whichever byte changes: an error and nothing loaded, or (where only a label changed) just the weights."""
    weights.save(network(dn, 1), tmp_path / "good")
    whole, path, refused = (tmp_path / "good").read_bytes(), tmp_path / "damaged", 0
    flips = 1 << np.random.default_rng(0).integers(0, 8, len(whole))
    for i, flip in enumerate(flips.tolist()):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ flip]) + whole[i + 1 :])
        model = network(dn)
        try:
            weights.load(model, path)
            assert bits(model) == bits(network(dn, 1)), i
        except ValueError:
            assert bits(model) == bits(network(dn)), i
            refused += 1
    assert refused > 0.9 * len(whole)


@pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])
def test_the_mean_of_models_is_a_new_one(d):
    models = [d.Sequential(d.Linear(2, 3), d.BatchNorm1d(3)) for _ in range(3)]
    models[0](d.tensor(np.eye(2, dtype="f")))  # counts a batch
    before = [np.asarray(m[0].weight.detach()).copy() for m in models]
    middle = weights.mean(models)
    np.testing.assert_allclose(np.asarray(middle[0].weight.detach()), np.mean(before, 0), rtol=1e-6)
    assert int(middle[1].num_batches_tracked) == 1
    for model, weight in zip(models, before):
        np.testing.assert_array_equal(np.asarray(model[0].weight.detach()), weight)
    with pytest.raises(ValueError, match="models: expected at least one"):
        weights.mean([])
    with pytest.raises(ValueError, match="missing|shape|unexpected"):
        weights.mean([models[0], d.Sequential(d.Linear(2, 4), d.BatchNorm1d(4))])
