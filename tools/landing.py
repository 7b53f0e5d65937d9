"""Draw the landing page's picture, _static/pieces.svg: the linear pieces of a trained network, exactly.

A ReLU network is linear on each piece of the plane where the same neurons are awake.  The square is cut by the
line of every neuron of the first layer, every piece by the lines that the next layer draws in it, and so on.
"""

from pathlib import Path

import numpy as np

import dlnotes.numpy as dn
from dlnotes import data, train

OUT = Path(__file__).parent.parent / "_static" / "pieces.svg"
EDGE = 1.15  # half the side of the square
WIDTHS = (2, 14, 14, 1)


def trained() -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, np.ndarray]:
    """The (weight, bias) of each layer of a network that tells two spirals apart, and the points."""
    generator = np.random.default_rng(7)
    points, labels = data.spirals(240, 0.03, generator, turns=1.1)
    layers = [dn.Linear(k, m, generator=generator) for k, m in zip(WIDTHS, WIDTHS[1:])]
    model = dn.Sequential(layers[0], dn.ReLU(), layers[1], dn.ReLU(), layers[2])
    targets = labels[:, None].astype(float)
    train.fit(model, (points, targets), dn.Adam(model.parameters(), 0.01), epochs=400, batch_size=40,
              generator=generator, loss=dn.binary_cross_entropy_with_logits)  # fmt: skip
    right = (train.predict(model, points)[:, 0] > 0) == labels
    print(f"{right.mean():.1%} of {len(points)} points right")
    numbers = [tensor.detach().numpy() for tensor in model.parameters()]
    return list(zip(numbers[::2], numbers[1::2])), points, labels


def keep(polygon: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The part of a convex polygon (n, 2) where `side`, linear and given at its corners, is positive."""
    corners = []
    for p, s, q, t in zip(polygon, side, np.roll(polygon, 1, axis=0), np.roll(side, 1)):
        if (s > 0) != (t > 0):
            corners.append(q + (p - q) * t / (t - s))
        if s > 0:
            corners.append(p)
    return np.array(corners)


def cut(polygon: np.ndarray, w: np.ndarray, b: float) -> list[np.ndarray]:
    """The one or two parts of `polygon` on either side of the line w x + b = 0."""
    side = polygon @ w + b
    return [part for part in (keep(polygon, side), keep(polygon, -side)) if len(part) > 2]


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def pieces(layers: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, float]]:
    """Every piece in the square, and the network's output in its middle."""
    square = EDGE * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    found = [(square, np.eye(2), np.zeros(2))]  # piece; on it a = A x + c
    for W, b in layers[:-1]:
        next_found = []
        for polygon, A, c in found:
            parts = [polygon]
            for w, bias in zip(W @ A, W @ c + b):
                parts = [half for part in parts for half in cut(part, w, bias)]
            for part in parts:
                awake = (W @ (A @ part.mean(0) + c) + b > 0)[:, None]
                next_found.append((part, awake * (W @ A), awake[:, 0] * (W @ c + b)))
        found = next_found
    W, b = layers[-1]
    return [(polygon, (W @ (A @ polygon.mean(0) + c) + b).item()) for polygon, A, c in found]


def svg() -> str:
    layers, points, labels = trained()
    found = pieces(layers)
    assert np.isclose(sum(area(polygon) for polygon, _ in found), (2 * EDGE) ** 2), "the pieces tile the square"
    print(f"{len(found)} linear pieces")
    scale = np.array([200, -200]) / EDGE  # SVG's y points down
    shapes = []
    doubt = np.argsort(np.argsort([-abs(z) for _, z in found])) / len(found)  # by rank: the outputs span decades
    for (polygon, z), d in zip(found, doubt):
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in polygon * scale)
        strength = 0.1 + 0.75 * (1 - d)
        shapes.append(f'<polygon class="{"ab"[z > 0]}" fill-opacity="{strength:.2f}" points="{corners}"/>')
    for (x, y), label in zip(points * scale, labels):
        shapes.append(f'<circle class="{"ab"[label]}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>')
    title = f"A square cut into {len(found)} polygons, tinted blue or red, along two interleaved spirals of points"
    return (
        f'''<svg class="pieces" viewBox="-200 -200 400 400" role="img" aria-label="{title}">{"".join(shapes)}</svg>\n'''
    )


if __name__ == "__main__":
    OUT.write_text(svg(), encoding="utf-8")
