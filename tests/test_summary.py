"""Summaries agree with the networks themselves, in both back ends, and with the published counts."""

import inspect
import math
import re

import numpy as np
import pytest

import dlnotes.numpy as dn
import dlnotes.torch as dt
from dlnotes import models
from dlnotes.models import layer, summary
from dlnotes.summary import FREE, LEARNED
from tests.test_models import NAMES, SMALL, small

# Parameters, and multiplications in thousand millions, as torchvision's documentation gives them for its weights.
PUBLISHED = {
    "alexnet": (models.alexnet(None), 61_100_840, 0.71),
    "vgg11": (models.vgg(None, 11), 132_863_336, 7.61),
    "vgg13": (models.vgg(None, 13), 133_047_848, 11.31),
    "vgg16": (models.vgg(None, 16), 138_357_544, 15.47),
    "vgg19": (models.vgg(None, 19), 143_667_240, 19.63),
    "vgg16_bn": (models.vgg(None, 16, batch_norm=True), 138_365_992, 15.47),
    "resnet18": (models.resnet(None, 18), 11_689_512, 1.81),
    "resnet34": (models.resnet(None, 34), 21_797_672, 3.66),
    "resnet50": (models.resnet(None, 50), 25_557_032, 4.09),
    "efficientnet_lite0": (models.efficientnet_lite0(None), 4_652_008, 0.39),  # as EfficientNet-B0's, in its paper
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name):
    plan, parameters, giga = PUBLISHED[name]
    found = summary(plan, (3, 224, 224))
    assert found.parameters == models.count(plan) == parameters
    assert round(found.multiplications / 1e9, 2) == giga
    assert found[-1].output == (1000,)


@NAMES
def test_a_plan_and_its_networks_have_one_summary(name):
    make, shape = SMALL[name]
    plan = summary(make(None), shape[1:])
    for d in (dn, dt):
        model, _ = small(name, d, "float32")
        assert list(summary(model, shape[1:])) == list(plan)
        assert model.training


# A layer of every kind, and the shape of an example for it.
LAYERS = {
    "Conv1d": (layer("Conv1d", 4, 6, 3, stride=2, padding=1, groups=2), (4, 9)),
    "Conv2d": (layer("Conv2d", 3, 4, (3, 5), bias=False, dilation=2), (3, 9, 12)),
    "ConvTranspose1d": (layer("ConvTranspose1d", 3, 4, 3, 2, 1, 1), (3, 5)),
    "ConvTranspose2d": (layer("ConvTranspose2d", 3, 4, (3, 2), (2, 3), dilation=2), (3, 5, 4)),
    "LocallyConnected2d": (layer("LocallyConnected2d", 2, 3, (6, 5), 3, 2, 1), (2, 6, 5)),
    "Linear": (layer("Linear", 5, 3, bias=False), (7, 5)),
    "BatchNorm1d": (layer("BatchNorm1d", 5), (5,)),
    "BatchNorm2d": (layer("BatchNorm2d", 3, affine=False), (3, 4, 4)),
    "InstanceNorm2d": (layer("InstanceNorm2d", 3, affine=True), (3, 4, 4)),
    "GroupNorm": (layer("GroupNorm", 2, 4), (4, 3, 3)),
    "LayerNorm": (layer("LayerNorm", (3, 4), bias=False), (3, 4)),
    "RMSNorm": (layer("RMSNorm", 6), (2, 6)),
    "Embedding": (layer("Embedding", 5, 3), (4,)),
    "LearnedPositions": (layer("LearnedPositions", 6, 3), (4, 3)),
    "RNN": (layer("RNN", 3, 4, 2, bias=False, batch_first=True), (5, 3)),
    "LSTM": (layer("LSTM", 3, 4, 2, batch_first=True, bidirectional=True), (5, 3)),
    "GRU": (layer("GRU", 3, 4, batch_first=True), (5, 3)),
    "TransformerBlock": (layer("TransformerBlock", 8, 2, 12, dropout=0.1), (5, 8)),
    "MaxPool1d": (layer("MaxPool1d", 3, 2, 1, ceil_mode=True), (2, 8)),
    "MaxPool2d": (layer("MaxPool2d", 2, ceil_mode=True), (2, 7, 5)),
    "AvgPool1d": (layer("AvgPool1d", 2), (2, 9)),
    "AvgPool2d": (layer("AvgPool2d", 3, 1, 1), (2, 7, 5)),
    "LPPool1d": (layer("LPPool1d", 2, 3), (2, 9)),
    "LPPool2d": (layer("LPPool2d", 2, 2), (2, 7, 5)),
    "BlurPool1d": (layer("BlurPool1d", 3, 3), (2, 7)),
    "BlurPool2d": (layer("BlurPool2d"), (2, 7, 5)),
    "AdaptiveAvgPool1d": (layer("AdaptiveAvgPool1d", 4), (2, 7)),
    "AdaptiveAvgPool2d": (layer("AdaptiveAvgPool2d", (3, None)), (2, 7, 5)),
    "Flatten": (layer("Flatten", 2), (2, 7, 5)),
    "LocalResponseNorm": (layer("LocalResponseNorm", 5), (7, 3, 3)),
    "Softmax": (layer("Softmax", -1), (4,)),
    "LogSoftmax": (layer("LogSoftmax", -1), (4,)),
    "Dropout": (layer("Dropout", 0.3), (4,)),
    "Dropout2d": (layer("Dropout2d", 0.3), (4, 2, 2)),
    **{kind: (layer(kind), (4,)) for kind in
       ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softplus")},
}  # fmt: skip
NOT_ALONE = {"RNNCell", "LSTMCell", "GRUCell", "MultiheadAttention", "HyperLinear"}  # called with more than one array


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_alone(kind):
    plan, size = LAYERS[kind]
    rows = summary([plan], size)
    for d in (dn, dt):
        assert list(summary(models.build(d, [plan]), size)) == list(rows)


def test_every_layer_is_known():
    made = {name for name, thing in vars(dn).items() if inspect.isclass(thing) and issubclass(thing, dn.Module)}
    containers = {"Module", "Sequential", "ModuleList", "AveragedModel", "HyperNetwork", "Identity"}
    assert set(LAYERS) | NOT_ALONE == made - containers
    inside = {"Thin", "Sinusoidal", "Edge", "ReLU6", "Identity"}
    assert {*LEARNED, *FREE} - inside | {"TransformerBlock"} == made - containers


def test_layers_that_take_several_arrays_are_counted():
    for plan in (layer("RNNCell", 3, 4), layer("LSTMCell", 3, 4, bias=False), layer("GRUCell", 3, 4),
                 layer("MultiheadAttention", 8, 2, bias=False), layer("HyperLinear", 2, 3, 4, bias=False)):  # fmt: skip
        model = models.build(dn, plan)
        assert models.count(plan) == models.count(model) == sum(p.data.size for p in model.parameters())


def test_multiplications_of_attention_are_those_of_its_matrices():
    rows = summary([layer("TransformerBlock", 8, 2)], (5, 8))
    by_kind = {row.kind: row.multiplications for row in rows if row.kind == "MultiheadAttention"}
    assert by_kind == {"MultiheadAttention": 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8}


def test_the_field_is_the_gradients():
    plan = [layer("Conv2d", 1, 2, 3, stride=2), layer("MaxPool2d", 3, 2), layer("Conv2d", 2, 1, 3, dilation=2)]
    field = summary(plan, (1, 60, 60))[-1].field
    model = models.build(dn, plan, generator=np.random.default_rng(0))
    assert field == dn.receptive_field(model).size[0] == 3 + 2 * 2 + 4 * 2 * 2
    assert [row.field for row in summary([*plan, layer("Flatten"), layer("Linear", 100, 2)], (1, 60, 60))][-2:] == [
        field, math.inf]  # fmt: skip


@pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])
def test_any_network_can_be_asked(d):
    class Twice(d.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.unused_name = d.Linear(4, 4), d.Tanh()

        def forward(self, x):
            return self.layer(self.unused_name(self.layer(x)) + x)

    rows = summary(Twice(), 4)
    assert [(row.name, row.parameters, row.multiplications) for row in rows] == [
        ("layer", 20, 16), ("unused_name", 0, 0), ("layer", 0, 16)]  # fmt: skip


@pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])
def test_parameters_that_nobody_accounts_for_are_not_lost(d):
    class Scaled(d.Module):
        def __init__(self):
            super().__init__()
            self.scale, self.layer = d.Parameter(d.ones(3).detach()), d.Linear(3, 3)

        def forward(self, x):
            return self.layer(x) * self.scale

    class Alone(d.Module):
        def __init__(self):
            super().__init__()
            self.scale = d.Parameter(d.ones(3).detach())

        def forward(self, x):
            return x * self.scale

    with pytest.raises(ValueError, match="model: expected every parameter in a layer that is called, got 3 in none"):
        summary(Scaled(), 3)
    with pytest.raises(ValueError, match="model: expected layers of .*, got 'Alone'"):
        summary(Alone(), 3)


def test_unknown_layers_of_a_plan_are_refused():
    for ask in (models.count, lambda plan: summary(plan, 3)):
        with pytest.raises(ValueError, match="plan: expected layers of .*, got 'Dense'"):
            ask([layer("Dense", 3, 4)])
        with pytest.raises(ValueError, match=r"plan: expected arguments of Linear, got Linear\(3\)"):
            ask([layer("Linear", 3)])


@pytest.mark.parametrize(
    ("plan", "size", "message"),
    [
        (models.resnet(None, 18), (1, 3, 224, 224), "3 axes, in_channels = 3 at conv1 Conv2d, got (1, 3, 224, 224)"),
        (models.layer("Conv2d", 3, 4, 3), (2, 9, 9), "3 axes, in_channels = 3 at Conv2d, got (2, 9, 9)"),
        (models.layer("Conv1d", 3, 4, 3), (3, 9, 9), "2 axes, in_channels = 3 at Conv1d, got (3, 9, 9)"),
        (models.mlp(None, (3, 4, 2)), 9, "in_features = 3 at 0 Linear, got (9,)"),
        (models.layer("MaxPool2d", 2), (8, 8), "3 axes at MaxPool2d, got (8, 8)"),
        (models.layer("LSTM", 3, 4), (7, 5), "2 axes, input_size = 3 at LSTM, got (7, 5)"),
        (models.layer("BatchNorm2d", 3), (4, 5, 5), "3 axes, num_features = 3 at BatchNorm2d, got (4, 5, 5)"),
        (models.layer("LayerNorm", 4), (7, 5), "(4,) at LayerNorm, got (7, 5)"),
    ],
)
def test_sizes_that_do_not_fit_a_plan_are_refused(plan, size, message):
    """They gave numbers, without a word, of a network that cannot be."""
    with pytest.raises(ValueError, match=re.escape(f"size: expected {message}")):
        models.summary(plan, size)


def test_tables():
    found = summary(models.lenet5(None), (1, 28, 28))
    text, page = repr(found), found._repr_html_()
    assert text.splitlines()[2].split() == ["0", "Conv2d", "6", "x", "28", "x", "28", "156", "117,600", "4,704", "5"]
    assert text.splitlines()[-1].split() == ["all", "61,706", "416,520", f"{found.activations:,}"]
    assert page.count("<tr>") == len(found) + 2 and "<th>multiplications</th>" in page and "<td>61,706</td>" in page
    assert "<th></th>" not in page  # a heading that says nothing


@pytest.mark.parametrize("d", [dn, dt], ids=["numpy", "torch"])
def test_forward_hooks_see_and_may_change(d):
    net = d.Sequential(d.Linear(2, 3), d.ReLU())
    seen = []
    with net[0].register_forward_hook(lambda module, inputs, output: seen.append((module, inputs[0].shape))):
        net(d.ones(4, 2))
    net(d.ones(4, 2))
    assert len(seen) == 1 and seen[0][0] is net[0] and tuple(seen[0][1]) == (4, 2)
    handle = net[1].register_forward_hook(lambda module, inputs, output: 0 * output + 7)
    assert np.asarray(net(d.ones(1, 2)).detach()).tolist() == [[7, 7, 7]]
    handle.remove()
    handle.remove()
    assert np.asarray(net(d.ones(1, 2)).detach()).max() != 7
