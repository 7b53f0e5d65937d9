"""Networks with a name: their published sizes, one seed for both back ends, equal losses and gradients."""

import copy

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import models, weights
from dlnotes.train import evaluate, fit

BACKENDS = pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])

# torchvision's numbers; LeCun 1998 without the table of C3; Caffe's for two towers; He 2016 rounds: 0.27 M, 0.46 M ...
PUBLISHED = {
    "lenet5": (models.lenet5(None), 61_706),
    "lenet5 of 32": (models.lenet5(None, size=32), 61_706),
    "alexnet": (models.alexnet(None), 61_100_840),
    "alexnet in two towers": (models.alexnet(None, towers=2), 60_965_224),
    "vgg11": (models.vgg(None, 11), 132_863_336),
    "vgg13": (models.vgg(None, 13), 133_047_848),
    "vgg16": (models.vgg(None, 16), 138_357_544),
    "vgg19": (models.vgg(None, 19), 143_667_240),
    "vgg11_bn": (models.vgg(None, 11, batch_norm=True), 132_868_840),
    "vgg13_bn": (models.vgg(None, 13, batch_norm=True), 133_053_736),
    "vgg16_bn": (models.vgg(None, 16, batch_norm=True), 138_365_992),
    "vgg19_bn": (models.vgg(None, 19, batch_norm=True), 143_678_248),
    "resnet18": (models.resnet(None, 18), 11_689_512),
    "resnet34": (models.resnet(None, 34), 21_797_672),
    "resnet50": (models.resnet(None, 50), 25_557_032),
    "vgg C": (models.vgg(None, "C"), 133_638_952),  # the paper's table 2 says 134 million
    "efficientnet_lite0": (models.efficientnet_lite0(None), 4_652_008),  # the weights that are published
    "resnet20": (models.resnet_cifar(None, 20), 269_722),
    "resnet32": (models.resnet_cifar(None, 32), 464_154),
    "resnet44": (models.resnet_cifar(None, 44), 658_586),
    "resnet56": (models.resnet_cifar(None, 56), 853_018),
    "resnet110": (models.resnet_cifar(None, 110), 1_727_962),
    "char_rnn": (models.char_rnn(None, 65, layers=2), 876_929),  # torch.nn's Embedding, LSTM and Linear
    "gpt-2": (models.gpt(None, 50257, 1024, features=768, layers=12, heads=12), 124_439_808),  # Hugging Face's
    "gpt-2 xl": (models.gpt(None, 50257, 1024, features=1600, layers=48, heads=25), 1_557_611_200),
    "mlp": (models.mlp(None, (784, 256, 128, 10)), 235_146),
}  # fmt: skip

# Small enough to run: a function of the back end and the options, and the shape of an input.
SMALL = {
    "mlp": (lambda d, **o: models.mlp(d, (6, 5, 4, 3), **o), (4, 6)),
    "mlp, all options": (
        lambda d, **o: models.mlp(d, (6, 5, 3), activation="Tanh", batch_norm=True, dropout=0.5, **o), (4, 6)),
    "lenet5": (lambda d, **o: models.lenet5(d, **o), (2, 1, 28, 28)),
    "lenet5, scaled": (
        lambda d, **o: models.lenet5(d, size=32, width=0.5, channels=3, classes=4, activation="ReLU", **o),
        (2, 3, 32, 32)),
    "alexnet": (lambda d, **o: models.alexnet(d, size=67, width=0.03, classes=4, **o), (2, 3, 67, 67)),
    "alexnet, two towers": (
        lambda d, **o: models.alexnet(d, towers=2, size=28, channels=1, width=0.03, classes=4, **o), (2, 1, 28, 28)),
    "vgg11": (lambda d, **o: models.vgg(d, 11, size=32, width=0.03, classes=4, **o), (2, 3, 32, 32)),
    "vgg16_bn": (
        lambda d, **o: models.vgg(d, batch_norm=True, size=28, channels=1, width=0.03, classes=4, dropout=0, **o),
        (3, 1, 28, 28)),
    "resnet18": (lambda d, **o: models.resnet(d, 18, size=64, width=0.05, classes=4, **o), (2, 3, 64, 64)),
    "resnet34": (lambda d, **o: models.resnet(d, 34, size=16, width=0.05, channels=1, classes=4, **o), (2, 1, 16, 16)),
    "mlp, start": (
        lambda d, **o: models.mlp(d, (6, 5, 3), layer_norm=True, flat=True, init="xavier", gain=2, **o), (4, 2, 3)),
    "alexnet, other ideas": (
        lambda d, **o: models.alexnet(d, size=28, width=0.03, classes=4, activation="Tanh", response_norm=True,
                                      overlap=False, init="xavier", **o), (2, 3, 28, 28)),
    "vgg C": (lambda d, **o: models.vgg(d, "C", size=32, width=0.03, classes=4, **o), (2, 3, 32, 32)),
    "resnet50": (lambda d, **o: models.resnet(d, 50, size=16, width=0.05, classes=4, **o), (2, 3, 16, 16)),
    "resnet8, plain": (lambda d, **o: models.resnet_cifar(d, 8, width=0.25, plain=True, **o), (2, 3, 16, 16)),
    "resnet8, no norm": (lambda d, **o: models.resnet_cifar(d, 8, width=0.25, batch_norm=False, **o), (2, 3, 16, 16)),
    "efficientnet_lite0": (
        lambda d, **o: models.efficientnet_lite0(d, width=0.05, classes=4, dropout=0, **o), (2, 3, 32, 32)),
    "resnet20": (lambda d, **o: models.resnet_cifar(d, 20, width=0.25, **o), (2, 3, 16, 16)),
    "resnet8": (lambda d, **o: models.resnet_cifar(d, 8, width=0.25, channels=1, classes=4, **o), (2, 1, 9, 9)),
}  # fmt: skip
TOKENS = {
    "char_rnn": (lambda d, **o: models.char_rnn(d, 7, features=3, hidden=5, **o), (2, 6)),
    **{
        f"char_rnn, {cell}": (
            lambda d, cell=cell, **o: models.char_rnn(d, 7, cell=cell, features=3, hidden=4, layers=2, **o), (2, 6))
        for cell in ("RNN", "GRU")
    },
    "gpt": (lambda d, **o: models.gpt(d, 7, 6, features=8, layers=2, heads=2, **o), (2, 6)),
    "gpt, rotary": (lambda d, **o: models.gpt(d, 7, 6, features=8, layers=2, heads=2, positions="rotary", **o), (2, 6)),
    "gpt of 2017": (
        lambda d, **o: models.gpt(d, 7, 6, features=8, layers=2, heads=2, hidden=5, norm_first=False,
                                  positions="sinusoidal", **o), (2, 6)),
    "gpt, no positions": (
        lambda d, **o: models.gpt(d, 7, 6, features=8, layers=1, heads=2, positions="none", **o), (2, 6)),
    "gpt, not tied": (
        lambda d, **o: models.gpt(d, 7, 9, features=4, layers=1, heads=1, tied=False, dropout=0.1, **o), (2, 6)),
}  # fmt: skip
SMALL |= TOKENS
NAMES = pytest.mark.parametrize("name", SMALL)


def small(name, d, dtype="float64", seed=0):
    make, shape = SMALL[name]
    return make(d, generator=np.random.default_rng(seed), dtype=getattr(d, dtype)), shape


def inputs(name, d, shape):
    draws = np.random.default_rng(1)
    if name in TOKENS:
        return d.tensor(draws.integers(0, 7, shape))
    return d.tensor(draws.normal(size=shape), requires_grad=True)


def state(model):
    return {name: np.asarray(v) for name, v in model.state_dict().items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_sizes_are_the_published_ones(name):
    plan, published = PUBLISHED[name]
    assert models.count(plan) == published


@NAMES
def test_the_count_is_that_of_the_network(name):
    make, _ = SMALL[name]
    model, _ = small(name, dn)
    assert models.count(make(None)) == sum(p.data.size for p in model.parameters())


@NAMES
def test_one_seed_gives_one_network(name):
    (ours, _), (theirs, _), (other, _) = small(name, dn), small(name, dt), small(name, dn, seed=1)
    a, b = state(ours), state(theirs)
    assert list(a) == list(b)
    for key in a:
        np.testing.assert_array_equal(a[key], b[key], err_msg=key)
    assert any((a[key] != value).any() for key, value in state(other).items())


@NAMES
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_losses_and_gradients_agree(name, mode):
    seen = []
    for d in (dn, dt):
        model, shape = small(name, d)
        model.train(mode == "train")
        x = inputs(name, d, shape)
        scores = model(x).flatten(0, -2)
        cost = d.cross_entropy(scores, d.tensor(np.arange(len(scores)) % scores.shape[1]))
        cost.backward()
        found = {f"gradient of {k}": np.asarray(p.grad) for k, p in model.named_parameters()} | state(model)
        found["gradient of x"] = np.asarray(0 if name in TOKENS else x.grad)
        seen.append({"scores": np.asarray(scores.detach()), **found})
    ours, theirs = seen
    assert np.ptp(ours["scores"]) > 0
    for key in ours:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-7, atol=1e-9, err_msg=key)


@BACKENDS
@NAMES
def test_every_weight_has_a_gradient(name, d):
    model, shape = small(name, d)
    model.train()
    (model(inputs(name, d, shape)) ** 2).sum().backward()
    assert [k for k, p in model.named_parameters() if p.grad is None] == []


@BACKENDS
@NAMES
def test_networks_are_float32_unless_asked(name, d):
    model = SMALL[name][0](d)
    assert {p.dtype for p in model.parameters()} == {d.float32}


@NAMES
def test_weights_travel(name, tmp_path):
    ours, _ = small(name, dn, "float32")
    weights.save(ours, tmp_path / "w")
    theirs = weights.load(small(name, dt, "float32", seed=1)[0], tmp_path / "w")
    for key, value in state(theirs).items():
        np.testing.assert_array_equal(value, ours.state_dict()[key])


@BACKENDS
@NAMES
def test_a_copy_is_a_network_of_its_own(name, d):
    model, shape = small(name, d)
    twin, before = copy.deepcopy(model), state(model)
    with d.no_grad():
        for p in twin.parameters():
            p += 1
    for key, value in state(model).items():
        np.testing.assert_array_equal(value, before[key])


def test_names_are_those_of_torchvision():
    keys = {
        "alexnet": ["features.0.weight", "features.10.bias", "classifier.1.weight", "classifier.6.bias"],
        "vgg11": ["features.0.weight", "features.18.bias", "classifier.0.weight", "classifier.6.bias"],
        "vgg16_bn": ["features.1.running_var", "features.40.weight", "classifier.3.bias"],
        "resnet18": [
            "conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
            "layer2.0.downsample.1.num_batches_tracked", "layer4.1.bn2.bias", "fc.weight",
        ],
    }  # fmt: skip
    for name, expected in keys.items():
        assert set(expected) <= set(small(name, dn)[0].state_dict())
    assert len(models.build(dt, models.resnet(None, 18)).state_dict()) == 122  # as torchvision's


def test_option_a_keeps_every_second_pixel_and_adds_zeros():
    block = models.build(dn, models.layer("Thin"))
    x = np.arange(32.0).reshape(1, 2, 4, 4)
    np.testing.assert_array_equal(block(dn.tensor(x)).data[:, :2], x[..., ::2, ::2])
    np.testing.assert_array_equal(block(dn.tensor(x)).data[:, 2:], np.zeros((1, 2, 2, 2)))


def test_a_residual_block_with_a_silent_branch_is_the_identity():
    model = models.resnet_cifar(dn, 8, generator=np.random.default_rng(0))
    block = model.layer1[0]
    dn.zeros_(block.bn2.weight)
    x = np.random.default_rng(0).uniform(size=(2, 16, 5, 5))
    np.testing.assert_array_equal(block(dn.tensor(x.astype("f"))).data, x.astype("f"))


@BACKENDS
def test_what_tells_images_apart_survives_plain_depth(d):
    """The 13 convolutions of VGG-16 from He's start; from PyTorch's default, differences fade to a ten-millionth."""
    options = dict(depth=16, size=32, width=0.25)
    model = models.vgg(d, **options, generator=np.random.default_rng(0))
    default = models.build(d, models.vgg(None, **options), generator=np.random.default_rng(0))
    x = d.tensor(np.random.default_rng(1).normal(size=(4, 3, 32, 32)).astype("f"))

    def difference(network):
        with d.no_grad():
            return np.asarray(network.features(x)).std(0).mean()

    assert difference(default) < 1e-6 < 1e-3 < difference(model)


def test_a_plan_reads_as_it_was_written():
    plan = models.lenet5(None)
    assert repr(plan[:2]) == "[Conv2d(1, 6, 5, padding=2), Tanh()]"
    model = models.build(dn, [models.layer("Linear", 2, 3), {"out": models.layer("Linear", 3, 1, bias=False)}])
    assert list(model.state_dict()) == ["0.weight", "0.bias", "1.out.weight"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.vgg(None, 12), "depth: expected one of 11, 13, 16, 19, C, got 12"),
        (lambda: models.resnet(None, 101), "depth: expected one of 18, 34, 50, got 101"),
        (lambda: models.resnet_cifar(None, 18), "depth: expected 6 n .2, as 20, 32, 44 or 56, got 18"),
        (lambda: models.alexnet(None, towers=3), "towers: expected one of 1, 2, got 3"),
        (lambda: models.vgg(None, 11, width=0), "width: expected a number above 0, got 0"),
        (lambda: models.mlp(None, (3,)), r"sizes: expected at least two, of inputs and outputs, got \(3,\)"),
        (lambda: models.mlp(dn, (3, 4, 2), activation="Relu"), "plan: expected layers of dlnotes.numpy, got 'Relu'"),
        (lambda: models.mlp(dn, (3, 4, 2), dropout=-0.5), "p: expected a finite number of at least 0, got -0.5"),
        (lambda: models.lenet5(dn, classes=0), "out_features: expected at least 1, got 0"),
        (lambda: models.char_rnn(None, 5, cell="Gru"), "cell: expected one of RNN, LSTM, GRU, got 'Gru'"),
        (lambda: models.mlp(dn, (3, 2), generator=1), "generator: expected a numpy.random.Generator, got 1"),
    ],
)
def test_bad_options_are_named(call, message):
    with pytest.raises((ValueError, TypeError), match=message.replace("6 n .2", r"6 n \+ 2")):
        call()


@BACKENDS
@pytest.mark.parametrize("name", ["mlp", "resnet8", "gpt"])
def test_networks_learn_what_they_are_shown(name, d):
    model, shape = small(name, d)
    shape = (8, *shape[1:])
    x = np.asarray(inputs(name, d, shape).detach())
    y = (x + 1) % 7 if name in TOKENS else np.arange(8) % 3
    options = dict(epochs=60, batch_size=8, generator=np.random.default_rng(0))
    fit(model, (x, y), d.Adam(model.parameters(), 0.03), **options)
    assert evaluate(model, (x, y)).accuracy > 0.95


# ---------------------------------------------------------------------- sequences
@BACKENDS
@pytest.mark.parametrize("name", TOKENS)
def test_step_by_step_is_all_at_once(name, d):
    model, shape = small(name, d)
    model.eval()
    tokens, seen, now = inputs(name, d, shape), [], None
    for t in range(shape[1]):
        scores, now = model.step(tokens[:, t : t + 1], now)
        seen.append(np.asarray(scores.detach()))
    np.testing.assert_allclose(np.concatenate(seen, 1), np.asarray(model(tokens).detach()), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", TOKENS)
def test_generation_is_one_in_both_back_ends(name):
    def text(d, seed, **options):
        model = small(name, d)[0]
        out = models.generate(model, [1, 2, 3], 5, generator=np.random.default_rng(seed), **options)
        assert model.training and all(type(t) is int and 0 <= t < 7 for t in out)
        return out

    assert text(dn, 0)[:3] == [1, 2, 3] and len(text(dn, 0)) == 8
    assert text(dn, 0) == text(dt, 0)
    assert len({tuple(text(dn, seed)) for seed in range(8)}) > 1
    assert text(dn, 0, temperature=0) == text(dt, 1, temperature=0) == text(dn, 2, temperature=1e-9)


def test_temperature_sharpens():
    model = models.char_rnn(dn, 3, hidden=2, generator=np.random.default_rng(0))
    model.head.weight.data = 0 * model.head.weight.data
    model.head.bias.data = np.log([0.2, 0.3, 0.5])

    def share(temperature):
        out = models.generate(model, [0], 600, temperature=temperature, generator=np.random.default_rng(1))
        return np.bincount(out[1:], minlength=3) / 600

    for t in (0.5, 1.0, 2.0):
        p = np.array([0.2, 0.3, 0.5]) ** (1 / t)
        np.testing.assert_allclose(share(t), p / p.sum(), atol=0.06)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(prompt=[]), "prompt: expected at least one symbol, got none"),
        (dict(temperature=-1), "temperature: expected a finite number of at least 0, got -1"),
        (dict(length=0), "length: expected at least 1, got 0"),
        (dict(generator=0), "generator: expected a numpy.random.Generator, got int"),
        (dict(prompt=[7]), "input: expected rows from 0 to 6, got 7"),
    ],
)
def test_generate_refuses(options, message):
    model = small("char_rnn", dn)[0]
    with pytest.raises((ValueError, TypeError), match=message):
        models.generate(model, **dict(prompt=[1], length=2, generator=np.random.default_rng(0)) | options)
    assert model.training


@BACKENDS
def test_gpt_looks_back_only(d):
    model, shape = small("gpt", d)
    tokens = inputs("gpt", d, shape)
    before = np.asarray(model(tokens).detach())
    for t in range(shape[1]):
        changed = np.asarray(tokens).copy()
        changed[:, t] = (changed[:, t] + 1) % 7
        moved = np.asarray(model(d.tensor(changed)).detach()) != before
        assert not moved[:, :t].any() and moved[:, t:].any((0, 2)).all()


@BACKENDS
def test_gpt_reads_the_last_of_a_longer_text(d):
    model, (_, context) = small("gpt", d)
    text, state, steps = d.tensor(np.random.default_rng(0).integers(0, 7, (1, 11))), None, []
    for t in range(11):
        scores, state = model.step(text[:, t : t + 1], state)
        steps.append(np.asarray(scores.detach())[0, -1])
    for t in range(11):
        window = text[:, max(0, t + 1 - context) : t + 1]
        np.testing.assert_allclose(steps[t], np.asarray(model(window).detach())[0, -1], rtol=1e-9, atol=1e-12)
    assert models.generate(model, [1] * 9, 9, generator=np.random.default_rng(0))[:9] == [1] * 9


@BACKENDS
@pytest.mark.parametrize("name", TOKENS)
def test_a_state_may_be_gone_on_from_twice(name, d):
    model, shape = small(name, d)
    model.eval()
    tokens = inputs(name, d, shape)
    _, state = model.step(tokens[:, :3])
    first, second = (np.asarray(model.step(tokens[:, 3:5], state)[0].detach()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_gpt_starts_with_small_weights():
    model = models.gpt(dn, 50, 32, features=64, layers=8, tied=False, generator=np.random.default_rng(0))
    deviations = {name: p.data.std() for name, p in model.named_parameters() if p.ndim > 1}
    for name, deviation in deviations.items():
        assert np.isclose(deviation, 0.005 if "out_proj" in name or "mlp.2" in name else 0.02, rtol=0.1), name
    assert not any(p.data.any() for name, p in model.named_parameters() if name.endswith("bias"))
    tokens = np.random.default_rng(1).integers(0, 50, (8, 33))
    loss = dn.cross_entropy(model(dn.tensor(tokens[:, :-1])).flatten(0, 1), dn.tensor(tokens[:, 1:].ravel()))
    assert abs(loss.item() - np.log(50)) < 0.05  # it knows nothing yet, and knows that


@BACKENDS
def test_a_plain_network_starts_from_the_weights_of_its_residual_twin(d):
    residual, plain = (
        models.resnet_cifar(d, 8, width=0.5, plain=p, generator=np.random.default_rng(0)) for p in (False, True)
    )
    ours, theirs = state(residual), state(plain)
    assert list(ours) == list(theirs)
    for key, value in ours.items():
        np.testing.assert_array_equal(value, theirs[key])


@pytest.mark.parametrize("init, gain, scale", [("kaiming", None, 2.0), ("kaiming", 1.0, 1.0), ("xavier", None, 1.0)])
def test_weights_start_with_the_variance_that_was_asked_for(init, gain, scale):
    model = models.mlp(dn, (400, 400, 400), init=init, gain=gain, generator=np.random.default_rng(0))
    for weight in (model[0].weight, model[2].weight):
        assert abs(weight.data.var() * 400 / scale - 1) < 0.02
    assert not model[0].bias.data.any()
    rotation = models.start(model, "orthogonal", 2, generator=np.random.default_rng(0))[0].weight.data
    np.testing.assert_allclose(rotation @ rotation.T, 4 * np.eye(400), atol=1e-4)


def test_start_leaves_other_layers_alone():
    model = models.lenet5(dn, generator=np.random.default_rng(0))
    before = state(model)
    models.start(model, only="Linear", generator=np.random.default_rng(1))
    changed = {key for key, value in state(model).items() if (value != before[key]).any()}
    assert changed == {f"{i}.{part}" for i in (7, 9, 11) for part in ("weight", "bias")}


@BACKENDS
@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "none"])
def test_pieces_give_the_scores_of_the_whole(d, positions):
    model, _ = small("gpt", d)
    model = models.gpt(d, 7, 6, features=8, layers=2, heads=2, positions=positions, dtype=d.float64)
    tokens = d.tensor(np.random.default_rng(0).integers(0, 7, (2, 6)))
    with d.no_grad():
        whole, state, pieces = model(tokens), None, []
        for i in range(6):
            scores, state = model.step(tokens[:, i : i + 1], state)
            pieces.append(np.asarray(scores))
    np.testing.assert_allclose(np.concatenate(pieces, 1), np.asarray(whole), atol=1e-12)


@BACKENDS
def test_beyond_the_context_the_oldest_keys_are_dropped(d):
    """With one block nothing deeper remembers them, so the answer is that of the last `context` symbols alone."""
    for positions in ("rotary", "none", "learned"):
        model = models.gpt(d, 7, 4, features=8, layers=1, heads=2, positions=positions, dtype=d.float64)
        tokens, state = d.tensor(np.random.default_rng(0).integers(0, 7, (1, 9))), None
        with d.no_grad():
            for i in range(9):
                scores, state = model.step(tokens[:, i : i + 1], state)
                last = model(tokens[:, max(0, i - 3) : i + 1])
                np.testing.assert_allclose(np.asarray(scores)[:, -1], np.asarray(last)[:, -1], atol=1e-12)
                assert state[0].shape[1] <= 4 and state[1][0]["key"].shape[2] <= 4


@BACKENDS
def test_attention_maps_come_out(d):
    model, _ = small("gpt", d)
    tokens = d.tensor(np.random.default_rng(0).integers(0, 7, (3, 5)))
    maps = [np.asarray(m.detach()) for m in model.attention(tokens)]
    assert [m.shape for m in maps] == [(3, 2, 5, 5)] * 2
    for m in maps:
        np.testing.assert_allclose(m.sum(-1), 1)
        assert (m[..., np.triu(np.ones((5, 5), bool), 1)] == 0).all()
    block = model.blocks[0]
    x = d.tensor(np.random.default_rng(0).normal(size=(3, 5, 8)))
    with_weights, alone = block(x, need_weights=True)[0], block(x)
    np.testing.assert_allclose(np.asarray(with_weights.detach()), np.asarray(alone.detach()), atol=1e-12)


@BACKENDS
def test_a_text_ends_where_it_stops(d):
    model = models.char_rnn(d, 5, hidden=8, generator=np.random.default_rng(0))
    whole = models.generate(model, [0], 60, generator=np.random.default_rng(1))
    ended = models.generate(model, [0], 60, stop=3, generator=np.random.default_rng(1))
    assert 3 in whole[1:] and ended == whole[: whole.index(3, 1) + 1]


@BACKENDS
def test_lsuv_gives_every_layer_unit_variance_in_both_back_ends(d):
    sizes = (20, *[30] * 8, 4)
    model = models.mlp(d, sizes, activation="Tanh", generator=np.random.default_rng(0), dtype=d.float64)
    x, seen = 3 * np.random.default_rng(1).normal(size=(200, 20)), []
    models.lsuv(model, x, generator=np.random.default_rng(2))
    for layer in model:
        if isinstance(layer, d.Linear):
            layer.register_forward_hook(lambda _, inputs, output: seen.append(np.asarray(output.detach()).var()))
    model(d.tensor(x))
    assert len(seen) == 9 and max(abs(np.array(seen) - 1)) < 0.01
    with pytest.raises(ValueError, match="inputs: expected some for which the outputs of .* vary"):
        models.lsuv(model, 0 * x, generator=np.random.default_rng(2))
