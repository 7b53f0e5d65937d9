"""Checks for the exercises of *The convolutional layer*."""

import numpy as np

from dlnotes.check import Mistakes, exercise, expect, hinted, require


@exercise("conv-pencil")
def pencil(y, turned):
    """Two channels, one filter with a bias; as a layer, and with the notes' formula."""
    hint = "at each place add the two products of each channel, then the bias 1, once"
    mistakes: Mistakes = (
        ((-1, 4, 5), "the bias is missing"),
        ((1, 6, 7), "the bias is added once for each output, not for each channel"),
        ((4, 5, 4), "this is the notes' formula; in a layer the first weight meets the earlier sample"),
    )
    require(np.ndim(y) < 2, "y: channels are summed, so three numbers are left.")
    hinted("y", y, (0, 5, 6), hint, mistakes)
    hint = "now the first weight of each kernel meets the later sample of the window"
    mistakes = (
        ((0, 5, 6), "this is the layer again; turn both kernels round"),
        ((3, 4, 3), "the bias is missing"),
    )
    hinted("turned", turned, (4, 5, 4), hint, mistakes)


@exercise("conv-image")
def image(conv2d):
    """The loop in two dimensions."""
    x = np.arange(12.0).reshape(1, 3, 4)
    got = conv2d(x.copy(), np.ones((1, 1, 1, 1)), np.zeros(1))
    expect("One weight of 1 leaves the image as it is: conv2d(x, w, b)", got, x)
    got = np.asarray(conv2d(x.copy(), np.ones((2, 1, 2, 2)), np.zeros(2)))
    what = "1 channel of 3 x 4 and 2 filters of 2 x 2 make"
    require(got.shape == (2, 2, 3), f"{what} (2, 2, 3), one channel for each filter, not {got.shape}.")
    rng = np.random.default_rng(0)
    for C, O, H, W, kh, kw in ((1, 1, 4, 5, 2, 2), (1, 1, 5, 5, 2, 3), (3, 1, 5, 6, 3, 3), (2, 4, 6, 5, 3, 2)):
        x, w, b = rng.normal(size=(C, H, W)), rng.normal(size=(O, C, kh, kw)), rng.normal(size=O)
        want, turned = _conv2d(x, w, b), _conv2d(x, w[:, :, ::-1, ::-1], b)
        mistakes = (
            (want - b[:, None, None], "the bias is missing"),
            (turned, "this is the convolution with the minus sign; a layer does not turn its kernels"),
            (want + (C - 1) * b[:, None, None], "the bias is added once for each output, not for each channel"),
        )
        many = f"{_many(C, 'channel')} of {H} x {W}, {_many(O, 'filter')}"
        what = f"The layer with {many} and a window of {kh} x {kw}"
        expect(what, conv2d(x.copy(), w.copy(), b.copy()), want, hint="Sum over channels, too.", mistakes=mistakes)


@exercise("conv-size")
def sizes(A, B, C, lost, padding):
    """Sizes of 100 samples, the samples that no window holds, the padding that keeps a size."""
    hint = "the last window starts at sample 95; how many starts are there from 0 on?"
    hinted("A", A, 96, hint, ((95, "the window at 0 counts, too"), (100, "there is no padding")))
    mistakes: Mistakes = (
        (25, "94 / 4 is rounded down, not up; and 100 / 4 forgets that the window is 6 samples long"),
        (23, "the window at 0 counts, too"),
        (23.5, "half a window does not fit: round down"),
        (24.5, "half a window does not fit: round down"),
        (95, "this is for stride 1"),
    )
    hinted("B", B, 24, "windows start at 0, 4, 8, and so on; the last may start at 94", mistakes)
    hint = "with dilation 8, three weights span 17 samples; the signal has 116 with its zeros"
    mistakes = (
        (84, "the padding is missing"),
        (114, "the dilation is missing"),
        (92, "p zeros go on both sides"),
    )
    hinted("C", C, 100, hint, mistakes)
    hint = "the last of the 24 windows starts at 92; where does it end?"
    hinted("lost", lost, 2, hint, ((0, hint), (4, hint)))
    mistakes = (
        (4, "this is for dilation 1"),
        (32, "half of this goes before the signal, and half after it"),
        (18, "nine weights have eight gaps between them"),
    )
    hinted("padding", padding, 16, "the span minus 1 is d (k - 1); half of it goes on each side", mistakes)


@exercise("conv-cost")
def cost(parameters, multiplications, grouped, separable):
    """A 5 x 5 layer from 16 to 32 channels at stride 2 on 28 x 28."""
    hint = "each of the 32 filters has 5 x 5 weights for each of 16 channels, and one bias"
    mistakes: Mistakes = (
        (12800, "the biases are missing"),
        (13312, "a filter has one bias, not one for each channel"),
        (832, "a filter has a kernel for each of the 16 channels"),
    )
    hinted("parameters", parameters, 12832, hint, mistakes)
    mistakes = (
        (28 * 28 * 12800, "the stride is forgotten: how many outputs are there?"),
        (14 * 14 * 12832, "a bias is added, not multiplied"),
        (14 * 12800, "the outputs have rows and columns"),
        (12 * 12 * 12800, "the padding is forgotten"),
        (13 * 13 * 12800, "(28 + 4 - 5) / 2 is 13.5; round down and add 1"),
    )
    hint = "every weight, but not the biases, is used once at each of the places of the output"
    hinted("multiplications", multiplications, 14 * 14 * 12800, hint, mistakes)
    mistakes = (
        (3200, "the biases are missing"),
        (3208, "there are still 32 filters, each with a bias"),
        (12832, "in 4 groups a filter sees a quarter of the channels"),
    )
    hinted("grouped", grouped, 3232, "in 4 groups a filter sees 4 of the 16 channels", mistakes)
    mistakes = (
        (912, "the biases are missing"),
        (416, "the 1 x 1 layer is missing"),
        (544, "the depthwise layer is missing"),
        (1376, "the depthwise layer has as many channels out as in, 16"),
    )
    hint = "16 kernels with a bias each, then 32 filters of 16 weights and a bias"
    hinted("separable", separable, 960, hint, mistakes)


@exercise("conv-merge")
def stack(merge):
    """Two layers as one."""
    got = merge(np.array([[[1.0, 2]]]), np.array([[[1.0, 0, 3]]]))
    hint = "The merged kernel is as long as what one output sees: k1 + k2 - 1."
    if got is not None:
        require(np.shape(got) == (1, 1, 4), f"merge has shape {np.shape(got)} for k1 = 2 and k2 = 3. {hint}")
    expect("merge([[[1, 2]]], [[[1, 0, 3]]])", got, [[[1, 2, 3, 6]]])
    rng = np.random.default_rng(1)
    for C, M, O, k1, k2 in ((1, 2, 1, 2, 2), (2, 1, 3, 3, 2), (3, 4, 2, 3, 5)):
        w1, w2, x = rng.normal(size=(M, C, k1)), rng.normal(size=(O, M, k2)), rng.normal(size=(C, 12))
        got = merge(w1.copy(), w2.copy())
        shape, wanted = np.shape(got), (O, C, k1 + k2 - 1)
        require(got is not None, "merge is still None.")
        path = f"From {C} channels to {M} and then {O}"
        require(shape == wanted, f"{path}, merge should have shape {wanted}, not {shape}.")
        want = _conv1d(_conv1d(x, w1), w2)
        hint = "Add up over the channels in between, and do not turn a kernel."
        expect(f"One layer in place of {C} -> {M} -> {O} channels", _conv1d(x, np.asarray(got, float)), want, hint=hint)


@exercise("conv-debug")
def debug(backward):
    """The slopes of weights and input, with several channels."""
    rng = np.random.default_rng(2)
    small = backward(np.array([[1.0, 0, 2]]), np.array([[[3.0, 1]]]), np.array([[1.0, -1]]))
    if isinstance(small, tuple | list) and len(small) == 2:
        mistakes = (((1, 2, -3), "do not turn the kernel; window by window each weight meets its own sample"),)
        require(np.shape(small[1]) == (1, 3), f"dx should have the shape of x, (1, 3), not {np.shape(small[1])}.")
        expect("dx for w = (3, 1), g = (1, -1)", small[1][0], [3, -2, -1], mistakes=mistakes)
    for C, O, k, L in ((1, 1, 1, 3), (1, 1, 2, 4), (2, 1, 3, 6), (2, 3, 3, 7)):
        x, w, g = rng.normal(size=(C, L)), rng.normal(size=(O, C, k)), rng.normal(size=(O, L - k + 1))
        got = backward(x.copy(), w.copy(), g.copy())
        require(got is not None, "backward is still None.")
        require(isinstance(got, tuple | list) and len(got) == 2, "Return two things, the slopes of w and of x.")
        dw, dx = got
        want_w, want_x = _backward(x, w, g)
        case = f"with {_many(C, 'channel')}, {_many(O, 'filter')} and {_many(k, 'weight')} each"
        expect(f"dw {case}", dw, want_w)
        require(np.shape(dx) == x.shape, f"dx should have the shape of x, {x.shape}, not {np.shape(dx)}.")
        turned = np.allclose(dx, _backward(x, w[:, :, ::-1], g)[1]) and not np.allclose(dx, want_x)
        require(not turned, "dx: do not turn the kernel; window by window each weight meets its own sample.")
        hint = f"a sample is in up to {k} windows; what is left of the first?"
        require(np.allclose(dx, want_x, rtol=1e-9, atol=1e-9), f"dx for a kernel of {k}: {hint}")


@exercise("conv-strided")
def strided(strided_backward):
    """One channel, any stride."""
    rng = np.random.default_rng(3)
    for L, k, s in ((5, 2, 1), (6, 2, 2), (7, 3, 2), (9, 3, 3), (8, 3, 2), (9, 2, 4)):
        n = (L - k) // s + 1
        x, w, g = rng.normal(size=L), rng.normal(size=k), rng.normal(size=n)
        got = strided_backward(x.copy(), w.copy(), g.copy(), s)
        require(isinstance(got, tuple | list) and len(got) == 2, "Return two things, the slopes of w and of x.")
        apart = np.zeros(s * (n - 1) + 1)
        apart[::s] = g  # s - 1 zeros between the slopes
        want_w = np.array([apart @ x[j : j + len(apart)] for j in range(k)])
        want_x = np.pad(np.convolve(apart, w), (0, L - len(apart) - k + 1))
        case = f"for {L} samples, {k} weights and stride {s}"
        first = np.array([g @ x[j : j + n] for j in range(k)])
        expect(f"dw {case}", got[0], want_w, mistakes=((first, "output i reads from sample s i on"),) if s > 1 else ())
        left = "dx has a slope for each sample, also for those at the end that no window holds"
        require(np.shape(got[1]) in ((), (L,)), f"dx {case}: {left}, so {L}, not {np.size(got[1])}.")
        hint = "Samples that no window holds get 0; where windows overlap, slopes add up."
        mistakes = ((np.pad(np.convolve(apart, w[::-1]), (0, L - len(apart) - k + 1)), "the kernel is turned"),)
        expect(f"dx {case}", got[1], want_x, hint=hint, mistakes=mistakes)


def _many(n, word):
    return f"{n} {word}{'s' * (n > 1)}"


def _conv1d(x, w):
    k = w.shape[2]
    return np.stack([(w * x[:, i : i + k]).sum((1, 2)) for i in range(x.shape[1] - k + 1)], axis=1)


def _conv2d(x, w, b):
    kh, kw = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))
    return np.einsum("ocij,crsij->ors", w, windows) + b[:, None, None]


def _backward(x, w, g):
    dw, dx = np.zeros(w.shape), np.zeros(x.shape)
    for o, c in np.ndindex(w.shape[:2]):
        dw[o, c] = np.correlate(x[c], g[o], mode="valid")
        dx[c] += np.convolve(g[o], w[o, c])
    return dw, dx
