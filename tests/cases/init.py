"""Starting values: equal draws in both back ends."""

from __future__ import annotations

import numpy as np

from tests.cases.table import bad, case, rng

for _shape in [(3, 4), (4, 3), (5, 5), (1, 1), (3, 2, 5, 5), (7, 2, 1)]:
    case("orthogonal_", lambda d, w: d.orthogonal_(w.detach(), 2.0, rng()), _shape)
for _shape in [(), (0, 3), (40, 3)]:
    case("trunc_normal_", lambda d, w: d.trunc_normal_(w.detach(), 0.5, 2.0, -1, 1.5, rng()), _shape)
    case("trunc_normal_", lambda d, w: d.trunc_normal_(tensor=w.detach(), generator=rng()), _shape)
for _shape in [(3, 4), (4, 3), (1, 1), (0, 2)]:
    case("eye_", lambda d, w: d.eye_(w.detach()), _shape)
for _shape in [(4, 4, 3), (4, 2, 3, 3), (2, 4, 3, 2), (4, 1, 1, 1), (6, 3, 4, 2, 3)]:
    for _groups in [1, 2]:
        case("dirac_", lambda d, w, k=_groups: d.dirac_(w.detach(), k), _shape)
for _sparsity in [0, 0.25, 0.3, 1]:
    case("sparse_", lambda d, w, s=_sparsity: d.sparse_(w.detach(), s, 0.5, rng()), (6, 4))
case("sparse_", lambda d, w: d.sparse_(w.detach(), sparsity=0.1, generator=rng()), (5, 2))

bad("orthogonal_: vector", lambda d: d.orthogonal_(d.ones(3)))
bad("orthogonal_: empty", lambda d: d.orthogonal_(d.ones(3, 0)))
bad("orthogonal_: seed", lambda d: d.orthogonal_(d.ones(3, 3), generator=1))
bad("trunc_normal_: array", lambda d: d.trunc_normal_(np.ones(3)))
bad("trunc_normal_: far", lambda d: d.trunc_normal_(d.ones(3), a=4, b=5))
bad("trunc_normal_: turned round", lambda d: d.trunc_normal_(d.ones(3), a=1, b=-1))
bad("trunc_normal_: nan", lambda d: d.trunc_normal_(d.ones(3), a=float("nan")))
bad("trunc_normal_: std", lambda d: d.trunc_normal_(d.ones(3), std=0))
bad("eye_: vector", lambda d: d.eye_(d.ones(3)))
bad("dirac_: matrix", lambda d: d.dirac_(d.ones(3, 3)))
bad("dirac_: groups", lambda d: d.dirac_(d.ones(3, 3, 3), 2))
bad("dirac_: no groups", lambda d: d.dirac_(d.ones(3, 3, 3), 0))
bad("sparse_: kernel", lambda d: d.sparse_(d.ones(3, 3, 3), 0.1))
bad("sparse_: share", lambda d: d.sparse_(d.ones(3, 3), 1.1))
