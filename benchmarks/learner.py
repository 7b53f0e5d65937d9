"""What a learner would otherwise have: the operations as textbooks print them, in plain NumPy, forward and backward.

Each function returns its result and a function from the gradient of the result to the gradients of the inputs.
"""

import numpy as np


def _sizes(x, w, stride, padding):
    (n, c, h, v), (m, _, kh, kw) = x.shape, w.shape
    return n, c, m, kh, kw, (h + 2 * padding - kh) // stride + 1, (v + 2 * padding - kw) // stride + 1


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _unpad(x, padding):
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


def conv_positions(x, w, stride, padding):
    """Convolution as two loops over the places of the output: at each, the kernels times one patch of every image."""
    n, c, m, kh, kw, rows, columns = _sizes(x, w, stride, padding)
    xp = _pad(x, padding)
    y = np.empty((n, m, rows, columns), x.dtype)
    places = [(i, j, np.s_[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw])
              for i in range(rows) for j in range(columns)]  # fmt: skip
    for i, j, patch in places:
        y[:, :, i, j] = np.tensordot(xp[patch], w, axes=([1, 2, 3], [1, 2, 3]))

    def backward(g):
        dxp, dw = np.zeros_like(xp), np.zeros_like(w)
        for i, j, patch in places:
            dw += np.tensordot(g[:, :, i, j], xp[patch], axes=([0], [0]))
            dxp[patch] += np.tensordot(g[:, :, i, j], w, axes=([1], [0]))
        return _unpad(dxp, padding), dw

    return y, backward


def conv_columns(x, w, stride, padding):
    """Convolution as one matrix product: every patch, gathered by index arrays, is a column."""
    n, c, m, kh, kw, rows, columns = _sizes(x, w, stride, padding)
    channel = np.repeat(np.arange(c), kh * kw)[:, None]  # (c kh kw, 1)
    down = np.tile(np.repeat(np.arange(kh), kw), c)[:, None] + stride * np.repeat(np.arange(rows), columns)
    across = np.tile(np.arange(kw), c * kh)[:, None] + stride * np.tile(np.arange(columns), rows)
    xp = _pad(x, padding)
    cols = xp[:, channel, down, across].transpose(1, 2, 0).reshape(c * kh * kw, -1)  # (c kh kw, rows columns n)
    flat = w.reshape(m, -1)
    y = (flat @ cols).reshape(m, rows, columns, n).transpose(3, 0, 1, 2)

    def backward(g):
        g = g.transpose(1, 2, 3, 0).reshape(m, -1)
        dcols = (flat.T @ g).reshape(c * kh * kw, -1, n).transpose(2, 0, 1)
        dxp = np.zeros_like(xp)
        np.add.at(dxp, (slice(None), channel, down, across), dcols)
        return _unpad(dxp, padding), (g @ cols.T).reshape(w.shape)

    return y, backward


def max_pool(x):
    """2 x 2 maxima: a reshape, a maximum, and a mask of where it was."""
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
    y = blocks.max(axis=(3, 5))

    def backward(g):
        return ((blocks == y[:, :, :, None, :, None]) * g[:, :, :, None, :, None]).reshape(x.shape)

    return y, backward


def batch_norm(x, weight, bias, eps=1e-5):
    """Each channel less its mean over its standard deviation, and the derivative as a textbook has it."""
    axes, column = (0, 2, 3), (1, -1, 1, 1)
    std = np.sqrt(x.var(axes, keepdims=True) + eps)
    z = (x - x.mean(axes, keepdims=True)) / std

    def backward(g):
        dz = g * weight.reshape(column)
        dx = (dz - dz.mean(axes, keepdims=True) - z * (dz * z).mean(axes, keepdims=True)) / std
        return dx, (g * z).sum(axes), g.sum(axes)

    return z * weight.reshape(column) + bias.reshape(column), backward


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, wx, wh, bx, bh):
    """The LSTM step by step, gates in the order i, f, g, o: x (T, N, D) -> h (T, N, H), from a zero state."""
    steps, n, size = x.shape[0], x.shape[1], wh.shape[1]
    h, c = np.zeros((n, size), x.dtype), np.zeros((n, size), x.dtype)
    kept, hs = [], []
    for t in range(steps):
        a = x[t] @ wx.T + bx + h @ wh.T + bh
        i, f, g, o = (u(part) for u, part in zip((_sigmoid, _sigmoid, np.tanh, _sigmoid), np.split(a, 4, axis=1)))
        new = f * c + i * g
        kept.append((h, c, i, f, g, o, np.tanh(new)))
        h, c = o * np.tanh(new), new
        hs.append(h)

    def backward(dhs):
        dx, dwx, dwh = np.empty_like(x), np.zeros_like(wx), np.zeros_like(wh)
        db, dh, dc = np.zeros_like(bx), np.zeros_like(h), np.zeros_like(h)
        for t in reversed(range(steps)):
            before, old, i, f, g, o, tanh = kept[t]
            dh = dh + dhs[t]
            dc = dc + dh * o * (1 - tanh**2)
            da = np.concatenate(
                [dc * g * i * (1 - i), dc * old * f * (1 - f), dc * i * (1 - g**2), dh * tanh * o * (1 - o)], axis=1
            )
            dx[t] = da @ wx
            dwx += da.T @ x[t]
            dwh += da.T @ before
            db += da.sum(0)
            dh, dc = da @ wh, dc * f
        return dx, dwx, dwh, db, db

    return np.stack(hs), backward
