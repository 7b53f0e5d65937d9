"""Everything follows the model: on a device that is not the CPU, nothing is made on the CPU and mixed in.

Tried on every machine on a device that is only said to be another (`elsewhere`), and on a real one where there is one.
"""

from contextlib import nullcontext

import numpy as np
import pytest
import torch

import dlnotes.torch as dt
from dlnotes import augment, metrics, models, weights
from dlnotes.train import ensemble, evaluate, find_lr, fit, predict
from tests.cases import CASES
from tests.torch.elsewhere import Elsewhere, elsewhere, move

REAL = next((name for name in ("cuda", "mps") if getattr(torch, name).is_available()), None)
PLACES = {
    "elsewhere": (elsewhere, move, Elsewhere),
    "real": (nullcontext, lambda model: model.to(REAL), lambda x: x.to(REAL)),
}
DEVICES = pytest.mark.parametrize(
    "place",
    [
        "elsewhere",
        pytest.param("real", marks=pytest.mark.skipif(REAL is None, reason="this machine has no GPU for PyTorch")),
    ],
)


def everywhere(place, ask):
    """What `ask(move, put)` gives on the CPU, and there."""
    inside, move, put = PLACES[place]
    here = ask(lambda model: model, lambda x: x)
    with inside():
        there = ask(move, put)
    return here, there


def same(here, there):
    if isinstance(here, torch.Tensor):
        assert there.device.type != "cpu"
        here, there = here.detach(), there.detach().cpu()
    if isinstance(here, dict):
        assert list(here) == list(there)
        here, there = list(here.values()), list(there.values())
    if isinstance(here, tuple | list):
        assert len(here) == len(there)
        for a, b in zip(here, there):
            same(a, b)
    else:
        np.testing.assert_allclose(there, here, rtol=1e-3, atol=1e-5)  # a GPU adds in another order


def task(n=22):
    g = np.random.default_rng(1)
    return g.normal(size=(n, 2, 6, 6)), g.integers(0, 3, n)


def network():
    f = dict(generator=np.random.default_rng(0))
    return dt.Sequential(
        dt.Conv2d(2, 4, 3, **f), dt.BatchNorm2d(4), dt.ReLU(), dt.Dropout(0.2, **f), dt.Flatten(), dt.Linear(64, 3, **f)
    )


@DEVICES
def test_training_is_the_same_and_goes_on_from_checkpoints(place, tmp_path):
    def ask(move, put):
        model = move(network())
        adam = dt.Adam(model.parameters(), 0.01)
        path = tmp_path / str(len(list(tmp_path.iterdir())))
        options = dict(batch_size=8, validation=task(10), clip=1.0, patience=9, checkpoint=path, resume=True,
                       augment=augment.chain(augment.flip), scheduler=dt.ReduceLROnPlateau(adam))  # fmt: skip
        for epochs in (2, 4):
            seen = fit(model, task(), adam, epochs=epochs, generator=np.random.default_rng(2), **options)
        sweep = find_lr(model, task(), adam, generator=np.random.default_rng(0), steps=4)
        weights.save(model, path)
        copy = weights.load(move(network()), path)
        scores = predict(copy, put(torch.from_numpy(task()[0])))  # data may lie there, too
        return seen.loss, seen.validation, list(sweep), scores, list(metrics.accuracy(scores, task()[1]))

    same(*everywhere(place, ask))


@DEVICES
def test_models_answer_alike(place):
    def ask(move, put):
        model, tokens = move(network()), np.random.default_rng(0).integers(0, 7, (4, 6))
        images = put(torch.from_numpy(task()[0]).float())
        g = np.random.default_rng(0)
        rnn = move(models.char_rnn(dt, 7, layers=2, dropout=0.5, hidden=8, features=4, generator=g))
        gpt = move(models.gpt(dt, 7, 6, features=8, layers=1, heads=2, dropout=0.1, generator=g))
        adam = dt.Adam(rnn.parameters())
        labels = np.where(tokens > 4, -100, tokens)
        return (
            evaluate(model, task()), evaluate([model, network()], task()), ensemble([network(), model], task()[0]),
            weights.mean([model, model]).state_dict()["0.weight"], dt.monte_carlo(model, images, 3, g),
            dt.receptive_map(model[:1], images),
            fit(rnn, (tokens, labels), adam, steps=3, generator=g, batch_size=3).loss, evaluate(gpt, (tokens, labels)),
            *(models.generate(m, [1, 2], 8, generator=np.random.default_rng(5)) for m in (rnn, gpt)),
        )  # fmt: skip

    same(*everywhere(place, ask))


@DEVICES
def test_what_makes_tensors_of_its_own(place):
    def ask(move, put):
        g = np.random.default_rng(0)
        x, w = put(torch.from_numpy(g.normal(size=(3, 4, 6)))), put(torch.from_numpy(g.normal(size=(2, 3, 2, 2))))
        G, H = move(dt.Linear(2, 8, generator=g)), move(dt.Linear(3, 2, generator=g))
        f = dict(dtype=torch.float64, generator=g)
        rnn = move(dt.LSTM(6, 5, 2, dropout=0.5, bidirectional=True, batch_first=True, **f))
        block = move(dt.TransformerBlock(6, 2, dropout=0.1, causal=True, rotary=False, **f))
        positions = dt.sinusoidal_positions(4, 6, device=x.device, dtype=torch.float64)
        hidden = put(torch.tensor([[False] * 3 + [True]] * 3))
        image = put(torch.from_numpy(g.normal(size=(9, 9))))
        made = [move(layer).weight for layer in (dt.Linear(4, 4), dt.Conv2d(4, 4, 3))]
        for f in (dt.orthogonal_, dt.kaiming_normal_, dt.xavier_uniform_, dt.trunc_normal_):
            for weight in made:
                f(weight, generator=g)
        return (
            dt.conv_matrix(w, (4, 4), padding=1), dt.hyperfan_(G, H, generator=g).weight, rnn(x),
            block(x + positions, key_padding_mask=hidden), dt.rotary(x), made,
            dt.scaled_dot_product_attention(x, x, x, dropout_p=0.3, is_causal=True, generator=g),
            [getattr(dt.filters, name)(image) for name in ("box", "sharpen", "sobel", "median", "canny", "harris")],
            dt.filters.gaussian(image, 1.5), dt.filters.bilateral(image, 1.0, 1.0),
        )  # fmt: skip

    same(*everywhere(place, ask))


def test_no_case_of_the_walk_makes_a_tensor_on_the_cpu():
    """The table of cases with its inputs, and all that layers make, elsewhere.  A few ask what a mock cannot do."""
    ran = 0
    for case in CASES:
        try:
            with elsewhere() as device, torch.device(device):
                case.function(dt, *(dt.tensor(a) if isinstance(a, np.ndarray) else a for a in case.arrays))
            ran += 1
        except Exception as error:
            assert "two devices" not in str(error), case.name
    assert ran > 0.9 * len(CASES)


def test_elsewhere_is_not_here():
    with elsewhere() as device:
        x = torch.ones(2, device=device)
        for wrong in (lambda: x + torch.ones(2), lambda: np.asarray(x), lambda: torch.cat([x, torch.ones(2)])):
            with pytest.raises((RuntimeError, TypeError)):
                wrong()
        assert (x + 1).cpu().tolist() == [2, 2] and (x * torch.tensor(2.0)).device == device
