"""Checks for the exercises of *Hypernetworks and weight sharing*."""

import numpy as np

import dlnotes.numpy as dn
from dlnotes.check import exercise, expect, require


@exercise("hyper-gradient")
def back_through_g(gradient):
    """dJ/du where theta = tanh(u c), y = theta x, J = (y - t)^2."""
    for u, c, x, t in ((0.0, 2.0, 3.0, 1.0), (0.5, 1.0, 2.0, -1.0), (-0.3, 0.7, 1.5, 0.4)):
        theta = np.tanh(u * c)
        want = 2 * (theta * x - t) * x * (1 - theta**2) * c
        expect(f"gradient(u={u:g}, c={c:g}, x={x:g}, t={t:g})", gradient(u, c, x, t), want)


@exercise("hyper-step")
def step_of_g(trained, other, unmoved):
    """theta = u c + v with u = 1, v = 2: one step of rate 0.1 on (u, v) for the code 3, seen from other codes."""
    expect("the weight of the code 3 after the step", trained, 1)
    expect("the weight of the code -1 after the step (u and v have moved for every code)", other, 1.8)
    expect("the code whose weight stays where it was", unmoved, -1 / 3, 0.02)


@exercise("hyper-size")
def size_of_g(parameters):
    """The parameters of a G with one hidden layer that writes a fully connected H."""
    for code, hidden, sizes in ((2, 16, [1, 16, 1]), (1, 1, [1, 1]), (10, 16, [2, 16, 16, 1])):
        n = sum(m * (k + 1) for k, m in zip(sizes, sizes[1:], strict=False))
        want = hidden * (code + 1) + n * (hidden + 1)
        expect(f"parameters({code}, {hidden}, {sizes})", parameters(code, hidden, sizes), want)


@exercise("hyper-shared")
def add_up_the_uses(shared_gradient):
    """The gradient of a detector's weights: its uses, added up."""
    rng = np.random.default_rng(4)
    for length, k in ((4, 2), (12, 5), (3, 3)):
        x, g = rng.normal(size=length), rng.normal(size=length - k + 1)
        want = np.correlate(x, g)
        expect(f"for a signal of {length} and {k} weights, the gradient", shared_gradient(x, g, k), want)


@exercise("hyper-posterior")
def why_the_motif(posterior):
    """The probability of each place of a motif in Gaussian noise, from the densities themselves."""
    rng = np.random.default_rng(6)
    for length, k, s in ((6, 3, 1.0), (12, 4, 0.7), (40, 5, 0.1)):
        motif, x = rng.normal(size=k), s * rng.normal(size=length)
        clean = np.array([np.pad(motif, (i, length - k - i)) for i in range(length - k + 1)])
        x += clean[2]
        log = -((x - clean) ** 2).sum(1) / (2 * s**2)
        want = np.exp(log - log.max())
        expect(f"posterior(x, motif, s={s:g}) for a signal of {length}", posterior(x, motif, s), want / want.sum())


@exercise("hyper-film")
def add_or_multiply(answers):
    """What G must write for one unit with activation a = x."""
    wanted = (("x + c", "add"), ("c x", "multiply"), ("x - 3", "neither"), ("c (x - 1)", "both"))
    require(answers is not None, "answers is still None.")
    require(len(answers) == 4, f"answers should be four words, but there are {len(answers)}.")
    for (family, want), answer in zip(wanted, answers):
        require(answer is not None, f"your answer for y = {family} is still None.")
        words = ("add", "multiply", "both", "neither")
        require(answer in words, f"your answer for y = {family} should be one of {words}, but is {answer!r}.")
        hint = "write y = gamma(c) x + beta(c), and see which of the two changes with c"
        require(answer == want, f"y = {family}: not {answer!r}; {hint}.")


@exercise("hyper-tape")
def keep_the_tape(cost):
    """The cost of H with the weights that G writes, on the tape: its gradient against a central difference."""
    G, H, c, x, t = _small()
    written = G.weight.data.copy()
    own = {name: np.array(value) for name, value in H.state_dict().items()}

    def by_hand(weight):
        theta = weight @ c.data + G.bias.data
        return np.mean((x.data @ theta[:2, None] + theta[2] - t.data) ** 2)

    J = cost(G, H, c, x, t)
    require(J is not None, "cost(G, H, c, x, t) is still None.")
    expect("the cost", J.data if isinstance(J, dn.Tensor) else J, by_hand(written))
    require(isinstance(J, dn.Tensor) and J.requires_grad, "the cost is on no tape: return what dn.mse_loss makes.")
    G.zero_grad()
    J.backward()
    require(
        G.weight.grad is not None,
        "G.weight.grad is None after backward(): where does theta go into H as numbers instead of as a result?",
    )
    want = np.empty_like(written)
    for place in np.ndindex(written.shape):
        nudge = np.zeros_like(written)
        nudge[place] = 1e-5
        want[place] = (by_hand(written + nudge) - by_hand(written - nudge)) / 2e-5
    expect("G.weight.grad", G.weight.grad.data, want, 1e-6)
    for name, value in H.state_dict().items():
        expect(f"H's own {name} after the call (leave it alone)", np.asarray(value), own[name])


@exercise("hyper-tied")
def stay_tied(tied):
    """An embedding and an output layer with one weight that starts from given vectors."""
    start = np.random.default_rng(5).normal(size=(5, 3)).astype("float32")
    given = start.copy()
    model = tied(5, 3, start)
    require(model is not None, "tied(5, 3, start) is still None.")
    words = dn.tensor(np.array([1, 4, 4]))
    expect("the number of weights (shared ones count once)", dn.num_weights(model), 15)
    expect("the scores", model(words).data, start[[1, 4, 4]] @ start.T, 1e-5)
    dn.cross_entropy(model(words), dn.tensor(np.array([0, 2, 3]))).backward()
    dn.SGD(model.parameters(), 0.5).step()
    embed, out = model[0].weight.data, model[1].weight.data
    require((embed == out).all(), "after one step of training the two layers differ: they are copies.")
    require(abs(embed - start).max() > 1e-3, "one step of training changed nothing.")
    expect("start itself (leave it alone)", start, given)


def _small():
    """A linear G that writes H, a layer of two weights and a bias, with a code, four inputs and their targets."""
    rng = np.random.default_rng(7)
    G = dn.Linear(2, 3, dtype=dn.float64, generator=rng)
    H = dn.Linear(2, 1, dtype=dn.float64, generator=rng)
    return G, H, *(dn.tensor(rng.normal(size=shape)) for shape in (2, (4, 2), (4, 1)))
